/** The head of a trace's strip: its verdict, which other traces are kept, and what can be done with it. */
import type { KeptTrace, TraceAbilities } from '../../../src/protocol/messages.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { button } from '../../controls/toolkit.ts';
import { clockTime } from '../../graph/clockTime.ts';
import { displayName } from '../../graph/text.ts';
import { headline } from '../../graph/traceStory.ts';
import type { TopologyIndex } from '../../graph/topologyIndex.ts';
import { h } from '../dom.ts';
import { icon, type IconName } from '../icons.ts';

/** A command about the trace that is shown. */
export type TraceCommand =
  | 'patchbay.trace.again'
  | 'patchbay.trace.compare'
  | 'patchbay.trace.copyMarkdown'
  | 'patchbay.trace.saveCapture';

export interface TraceHeadHandlers {
  readonly onCommand: (command: TraceCommand, trace: Trace['id']) => void;
  /** Another of the traces that are kept is wanted. */
  readonly onRecall: (trace: Trace['id']) => void;
  readonly onClose: () => void;
}

export interface TraceShown {
  readonly trace: Trace;
  readonly kept: readonly KeptTrace[];
  readonly can: TraceAbilities;
}

const observedWords: Record<Trace['observedBy'], string> = {
  tcpdump: 'watched with tcpdump',
  dumpcap: 'watched with dumpcap',
  counters: 'watched through interface counters',
  none: 'predicted only, not watched',
};

export function traceHead(shown: TraceShown, index: TopologyIndex, handlers: TraceHeadHandlers): HTMLElement {
  const { trace } = shown;
  const verdict = headline(trace, index);
  const tone = trace.observedBy === 'none' ? 'predicted' : verdict.delivered ? 'delivered' : 'lost';
  return h(
    'div',
    { class: `trace-head ${tone}` },
    h('span', { class: 'verdict-mark', 'aria-hidden': 'true' }, verdict.delivered ? '✓' : '✕'),
    h(
      'div',
      { class: 'headline', role: 'status' },
      h('strong', {}, verdict.text),
      verdict.reason === null ? null : h('span', { class: 'reason' }, verdict.reason),
      h('span', { class: 'muted' }, `${displayName(trace.title)} · ${observedWords[trace.observedBy]}`),
    ),
    shown.kept.length > 1 ? keptMenu(shown, handlers) : null,
    h('div', { class: 'tools' }, ...actions(shown, handlers), closeButton(handlers)),
  );
}

export function closeButton({ onClose }: Pick<TraceHeadHandlers, 'onClose'>): HTMLElement {
  return button({ label: 'Close the trace', icon: icon('close'), appearance: 'icon', onClick: onClose });
}

function actions({ trace, can }: TraceShown, { onCommand }: TraceHeadHandlers): HTMLElement[] {
  const action = (label: string, name: IconName, command: TraceCommand): HTMLElement =>
    button({
      ...{ label, icon: icon(name), appearance: 'icon' },
      onClick: () => onCommand(command, trace.id),
    });
  const again = action('Run again', 'refresh', 'patchbay.trace.again');
  again.classList.add('again');
  return [
    again,
    ...(can.compare
      ? [action('Compare with the last that was delivered', 'compare', 'patchbay.trace.compare')]
      : []),
    ...(can.saveCapture ? [action('Save Capture…', 'save', 'patchbay.trace.saveCapture')] : []),
    action('Copy as Markdown', 'copy', 'patchbay.trace.copyMarkdown'),
  ];
}

const endMarks: Readonly<Record<KeptTrace['end'], string>> = { delivered: '✓', lost: '✕', predicted: '…' };

function keptMenu({ trace, kept }: TraceShown, { onRecall }: TraceHeadHandlers): HTMLElement {
  const options = kept.map(({ id, startedAt, title, end }) =>
    h(
      'option',
      { value: id, title: end },
      `${endMarks[end]} ${clockTime(startedAt)} ${displayName(title)}, ${end}`,
    ),
  );
  const menu = h('select', { class: 'kept', 'aria-label': 'Traces of this session' }, ...options);
  menu.value = trace.id;
  menu.addEventListener('change', () => onRecall(menu.value));
  return menu;
}
