/** The toolbar: which node, how fresh, and what can be done. */
import type { ConnectionState, PanelCommand } from '../../src/protocol/messages.ts';
import { button, searchField, setDisabled, type SearchField } from '../controls/toolkit.ts';
import { displayName } from '../graph/text.ts';
import { h } from './dom.ts';
import { icon } from './icons.ts';
import { clockTime } from './stateView.ts';

export interface ToolbarHandlers {
  readonly onFit: () => void;
  readonly onZoom: (factor: number) => void;
  readonly onSearch: (query: string) => void;
  /** Enter in the search field. */
  readonly onNextMatch: () => void;
  readonly onLeaveSearch: () => void;
  readonly onCommand: (command: PanelCommand) => void;
  readonly onLegend: () => void;
  readonly onInspector: () => void;
}

const stateWords: Record<ConnectionState['kind'], string> = {
  empty: 'no node',
  connecting: 'connecting',
  live: 'live',
  recording: 'recording',
  lost: 'not current',
  failed: 'failed',
};

export class Toolbar {
  readonly element: HTMLElement;
  readonly search: SearchField;
  readonly #node = h('span', { class: 'node-name' });
  readonly #state = h('span', { class: 'node-state' });
  readonly #found = h('span', { class: 'found muted', role: 'status' });
  readonly #create: HTMLElement;
  readonly #trace: HTMLElement;
  readonly #refresh: HTMLElement;

  constructor(handlers: ToolbarHandlers) {
    const command = (
      label: string,
      name: Parameters<typeof icon>[0],
      id: PanelCommand,
      title: string,
    ): HTMLElement => button({ label, icon: icon(name), title, onClick: () => handlers.onCommand(id) });
    const small = (label: string, name: Parameters<typeof icon>[0], onClick: () => void): HTMLElement =>
      button({ label, icon: icon(name), appearance: 'icon', onClick });
    this.#create = command('Create Pod', 'create', 'patchbay.pod.create', 'Create a pod on this node');
    this.#trace = command('Trace Ping', 'trace', 'patchbay.trace.ping', 'Send a ping and follow it');
    this.#refresh = small('Read the node again', 'refresh', () =>
      handlers.onCommand('patchbay.node.refresh'),
    );
    this.search = searchField({
      label: 'Search by name, address or MAC',
      placeholder: 'Search  ( / )',
      icon: icon('search'),
      onInput: handlers.onSearch,
    });
    this.search.element.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') {
        handlers.onNextMatch();
      } else if (event.key === 'Escape') {
        event.stopPropagation();
        handlers.onLeaveSearch();
      }
    });
    this.element = h(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': 'Topology' },
      h('div', { class: 'node', role: 'status' }, this.#state, this.#node),
      h('div', { class: 'tools' }, this.#create, this.#trace, this.#refresh),
      h('div', { class: 'search' }, this.search.element, this.#found),
      h(
        'div',
        { class: 'tools view-tools' },
        small('Zoom out', 'zoomOut', () => handlers.onZoom(1 / 1.3)),
        small('Zoom in', 'zoomIn', () => handlers.onZoom(1.3)),
        small('Fit everything (F)', 'fit', handlers.onFit),
        small('Legend', 'legend', handlers.onLegend),
        small('Inspector', 'inspector', handlers.onInspector),
      ),
    );
  }

  /** `takenAt` is the instant of the topology on screen; null while there is none. */
  setState(state: ConnectionState, takenAt: string | null): void {
    const when = takenAt !== null && state.kind !== 'live' ? ` · ${clockTime(takenAt)}` : '';
    this.#state.className = `node-state ${state.kind}`;
    this.#state.textContent = `${stateWords[state.kind]}${when}`;
    const label = state.kind === 'empty' ? 'Patchbay' : displayName(state.label);
    this.#node.textContent = label;
    this.#node.title = label;
    setDisabled(this.#create, state.kind !== 'live');
    setDisabled(this.#trace, state.kind !== 'live');
    setDisabled(this.#refresh, state.kind !== 'live');
  }

  /** How many things the search found; null while nothing is searched. */
  setFound(count: number | null): void {
    this.#found.textContent = count === null ? '' : count === 0 ? 'nothing found' : `${count} found`;
  }
}
