/** The trace: its strip below the graph, its way in the picture, and its story as it is told. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { selectLink, selectNamespace } from '../graph/selection.ts';
import { storyOf } from '../graph/traceStory.ts';
import type { TopologyIndex } from '../graph/topologyIndex.ts';
import { standsStill } from '../render/stillness.ts';
import { TraceCaption } from '../ui/trace/traceCaption.ts';
import { TraceStrip } from '../ui/trace/traceStrip.ts';
import type { TraceView } from './model.ts';
import type { PanelParts } from './parts.ts';
import { TraceTelling } from './traceTelling.ts';

/** What a trace tells of; the node's own box is always more than that. */
function toldOf(trace: Trace, index: TopologyIndex): Selection[] {
  return trace.path.hops.flatMap(({ link, namespace }) => [
    selectLink(link),
    ...(index.namespaces.get(namespace)?.root === true ? [] : [selectNamespace(namespace)]),
  ]);
}

/** Adds the trace; returns the strip below the graph, and the caption that lies over it. */
export function addTrace(parts: PanelParts): {
  readonly strip: HTMLElement;
  readonly caption: HTMLElement;
} {
  const { host, model, view } = parts;
  const caption = new TraceCaption();
  const strip = new TraceStrip({
    onGo: (step) => telling.player.go(step),
    onStep: (by) => telling.player.step(by),
    onToggle: () => telling.player.toggle(),
    onScrub: (place) => telling.player.scrub(place),
    onSpeed: (speed) => telling.setSpeed(speed),
    onFollow: (follow) => telling.setFollow(follow),
    onCommand: (command, trace) => parts.runOf(trace, command),
    onRecall: (trace) => parts.recall(trace),
    onMend: (finding) => parts.mend(finding),
    onClose: () => {
      set({ kind: 'none' });
      view.focus();
    },
  });
  const telling = new TraceTelling(parts, strip, caption);
  const show = (trace: TraceView, fresh: boolean): void => {
    const index = model.picture.value?.index;
    if (trace.kind === 'none') {
      strip.hide();
    } else if (trace.kind === 'running') {
      strip.showRunning(trace.title);
    } else if (index !== undefined && (fresh || strip.element.hidden)) {
      const steps = storyOf(trace.trace, index);
      strip.show({ ...trace, steps }, index, standsStill());
      strip.setLive(model.connection.value.kind === 'live');
      telling.player.load(steps);
      // The strip takes room from the graph: what it tells of must stay in sight.
      view.revealAll(toldOf(trace.trace, index));
    }
  };
  const set = (trace: TraceView): void => {
    telling.player.load([]);
    model.trace.set(trace);
  };
  host.on('traceRunning', ({ title }) => set({ kind: 'running', title }));
  host.on('trace', ({ trace, kept = [], can = { compare: false, saveCapture: false }, difference = null }) =>
    set(trace === null ? { kind: 'none' } : { kind: 'done', trace, kept, can, difference }),
  );
  model.trace.onDidChange((trace) => show(trace, true));
  model.connection.onDidChange(({ kind }) => {
    if (kind === 'empty' || kind === 'failed') {
      set({ kind: 'none' });
    }
    strip.setLive(kind === 'live');
  });
  model.picture.onDidChange(() => show(model.trace.value, false));
  return { strip: strip.element, caption: caption.element };
}
