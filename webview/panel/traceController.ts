/** The trace: its strip below the graph, and its way in the picture. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { selectLink, selectNamespace } from '../graph/selection.ts';
import type { TopologyIndex } from '../graph/topologyIndex.ts';
import { TraceStrip } from '../ui/traceStrip.ts';
import type { TraceView } from './model.ts';
import type { PanelParts } from './parts.ts';

/** What a trace tells of; the node's own box is always more than that. */
function toldOf(trace: Trace, index: TopologyIndex): Selection[] {
  return trace.path.hops.flatMap(({ link, namespace }) => [
    selectLink(link),
    ...(index.namespaces.get(namespace)?.root === true ? [] : [selectNamespace(namespace)]),
  ]);
}

/** Adds the trace; returns the strip's element. */
export function addTrace(parts: PanelParts): HTMLElement {
  const { host, model, view } = parts;
  const strip = new TraceStrip({
    onRow: (links) => model.traceRow.set(links),
    onClose: () => {
      set({ kind: 'none' });
      view.focus();
    },
    onCopy: () => parts.run('patchbay.trace.copyMarkdown', null),
    onMend: (finding) => parts.mend(finding),
  });
  const show = (trace: TraceView, fresh: boolean): void => {
    const index = model.picture.value?.index;
    if (trace.kind === 'none') {
      strip.hide();
    } else if (trace.kind === 'running') {
      strip.showRunning(trace.title);
    } else if (index !== undefined && (fresh || strip.element.hidden)) {
      strip.show(trace.trace, index, trace.difference);
      // The strip takes room from the graph: what it tells of must stay in sight.
      view.revealAll(toldOf(trace.trace, index));
    }
  };
  const set = (trace: TraceView): void => {
    model.traceRow.set(null);
    model.trace.set(trace);
  };
  host.on('traceRunning', ({ title }) => set({ kind: 'running', title }));
  host.on('trace', ({ trace, difference = null }) =>
    set(trace === null ? { kind: 'none' } : { kind: 'done', trace, difference }),
  );
  model.trace.onDidChange((trace) => show(trace, true));
  model.connection.onDidChange(({ kind }) => {
    if (kind === 'empty' || kind === 'failed') {
      set({ kind: 'none' });
    }
  });
  model.picture.onDidChange(() => show(model.trace.value, false));
  return strip.element;
}
