/** What fills the panel while there is no picture: what happened, and what to do next. */
import { clockTime } from '../graph/clockTime.ts';
import type { ConnectionState, PanelCommand } from '../../src/protocol/messages.ts';
import { button, progressRing } from '../controls/toolkit.ts';
import { svg } from '../render/svg.ts';
import { displayName } from '../graph/text.ts';
import { h } from './dom.ts';

type Run = (command: PanelCommand) => void;

interface Action {
  readonly label: string;
  readonly command: PanelCommand;
}

const connect: Action = { label: 'Connect to a node…', command: 'patchbay.node.connect' };
const lab: Action = { label: 'Start a lab node', command: 'patchbay.node.connectLab' };
const local: Action = { label: 'This machine', command: 'patchbay.node.connectLocal' };
const open: Action = { label: 'Open a recording…', command: 'patchbay.snapshot.open' };
const again: Action = { label: 'Try again', command: 'patchbay.node.reconnect' };
const reconnect: Action = { ...again, label: 'Reconnect' };
const another: Action = { label: 'Connect to another node…', command: 'patchbay.node.connect' };
const create: Action = { label: 'Create Pod…', command: 'patchbay.pod.create' };
const log: Action = { label: 'Show the log', command: 'patchbay.panel.showOutput' };

/** The first is what most would do next, unless there is nothing to do but to wait. */
function buttons(actions: readonly Action[], run: Run, waiting = false): HTMLElement {
  const made = actions.map(({ label, command }, position) =>
    button({
      label,
      appearance: position === 0 && !waiting ? 'primary' : 'secondary',
      onClick: () => run(command),
    }),
  );
  return h('div', { class: 'state-actions' }, ...made);
}

/** Two sockets and a cable that is not plugged in. */
function unpluggedPicture(): SVGElement {
  return svg(
    'svg',
    { class: 'state-picture', viewBox: '0 0 220 90', width: 220, height: 90, 'aria-hidden': 'true' },
    svg('rect', { class: 'socket', x: 6, y: 25, width: 56, height: 40, rx: 7 }),
    svg('rect', { class: 'socket', x: 158, y: 25, width: 56, height: 40, rx: 7 }),
    svg('circle', { class: 'hole', cx: 46, cy: 45, r: 6 }),
    svg('circle', { class: 'hole', cx: 174, cy: 45, r: 6 }),
    svg('path', { class: 'cable', d: 'M46 45c30 0 26 34 56 30' }),
    svg('path', { class: 'cable loose', d: 'M118 62c24 -8 26 -17 56 -17' }),
  );
}

function page(title: string, text: string, ...more: readonly Node[]): HTMLElement {
  return h('div', { class: 'state-view' }, unpluggedPicture(), h('h1', {}, title), h('p', {}, text), ...more);
}

function waitingPage(title: string, what: string, label: string, run: Run): HTMLElement {
  return page(title, displayName(label), progressRing(what), buttons([another, log], run, true));
}

/** The page for a state; null where the picture itself is shown. */
export function stateView(state: ConnectionState, hasPicture: boolean, run: Run): HTMLElement | null {
  switch (state.kind) {
    case 'empty':
      return page(
        'No node yet',
        'Connect to a Linux machine to see how its network namespaces, cables and bridges are wired.',
        buttons([connect, lab, local, open], run),
        h(
          'p',
          { class: 'muted' },
          'A lab node is a throw-away sandbox: it needs no machine and cannot harm this one.',
        ),
      );
    case 'connecting':
      return hasPicture ? null : waitingPage('Connecting…', 'Connecting', state.label, run);
    case 'live':
    case 'recording':
      return hasPicture ? null : waitingPage('Reading the node…', 'Reading', state.label, run);
    case 'failed':
      return page(
        `Could not connect to ${displayName(state.label)}`,
        displayName(state.message),
        buttons([again, connect, log], run),
      );
    case 'lost':
      return hasPicture
        ? null
        : page(
            `Not connected to ${displayName(state.label)}`,
            displayName(state.message),
            buttons([reconnect, log], run),
          );
  }
}

/** The band above a picture that is no longer current; null while it is. */
export function staleBand(state: ConnectionState, takenAt: string | null, run: Run): HTMLElement | null {
  if (state.kind !== 'lost' && state.kind !== 'connecting') {
    return null;
  }
  const asOf = takenAt === null ? '' : ` The picture shows the node as of ${clockTime(takenAt)}.`;
  const text =
    state.kind === 'lost'
      ? `${displayName(state.message)}${asOf}`
      : `Connecting to ${displayName(state.label)}…${asOf}`;
  return h(
    'div',
    { class: `stale-band ${state.kind}`, role: 'status' },
    h('span', {}, text),
    state.kind === 'lost' ? buttons([reconnect, log], run) : null,
  );
}

/** The band above the picture of a node that has nothing but itself. */
export function aloneBand(run: Run, mayChange: boolean): HTMLElement {
  return h(
    'div',
    { class: 'focus-band', role: 'status' },
    h('span', {}, 'There is no network namespace here but the node’s own.'),
    mayChange ? buttons([create], run) : null,
  );
}
