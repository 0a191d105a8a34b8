/** Says how the node is reached and how fresh the picture is, and what to do where there is none. */
import type { ConnectionState } from '../../src/protocol/messages.ts';
import { aloneBand, staleBand, stateView } from '../ui/stateView.ts';
import { h } from '../ui/dom.ts';
import type { PanelParts } from './parts.ts';

export interface ConnectionHosts {
  /** The whole panel. */
  readonly main: HTMLElement;
  /** Over the graph. */
  readonly state: HTMLElement;
  /** Over the top of the graph: it takes no room from it, so that nothing moves. */
  readonly band: HTMLElement;
}

export function connectionHosts(main: HTMLElement): ConnectionHosts {
  return { main, state: h('div', { class: 'state-host' }), band: h('div', { class: 'band-host' }) };
}

/** True where a picture is no longer current. */
export function isStale({ kind }: ConnectionState): boolean {
  return kind === 'lost' || kind === 'connecting';
}

export function addConnection(parts: PanelParts, { main, state, band }: ConnectionHosts): void {
  const { host, model, toolbar, view } = parts;
  const show = (): void => {
    const [connection, picture] = [model.connection.value, model.picture.value];
    const topology = model.topology.value;
    const run = parts.run.bind(parts);
    const page = stateView(connection, picture !== null, (command) => run(command));
    toolbar.setState(connection, topology);
    state.replaceChildren(...(page === null ? [] : [page]));
    view.element.classList.toggle('blank', page !== null);
    main.classList.toggle('no-picture', picture === null);
    view.element.classList.toggle('stale', isStale(connection) && picture !== null);
    const alone =
      connection.kind === 'live' && picture?.complete === true && picture.index.namespaces.size === 1;
    const outdated = staleBand(connection, topology?.takenAt ?? null, (command) => run(command));
    const mayChange = topology?.node.privilege !== 'none';
    const told = picture === null ? null : (outdated ?? (alone ? aloneBand(run, mayChange) : null));
    band.replaceChildren(...(told === null ? [] : [told]));
  };
  host.on('state', ({ state: connection, node }) => {
    host.keep({ node: node ?? null });
    model.connection.set(connection);
  });
  model.connection.onDidChange(show);
  model.picture.onDidChange((picture, before) => picture?.index !== before?.index && show());
  show();
}
