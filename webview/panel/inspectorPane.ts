/** The inspector beside the graph: shows the selection, and is opened by Enter, double click and its button. */
import { Details } from '../host/details.ts';
import { Inspector, inspectorWidths } from '../ui/inspector.ts';
import type { PanelParts } from './parts.ts';

export class InspectorPane {
  readonly inspector: Inspector;
  readonly #parts: PanelParts;
  readonly #details: Details;

  constructor(parts: PanelParts) {
    this.#parts = parts;
    this.#details = new Details(
      (namespace) => parts.host.details(namespace),
      () => this.#show(),
    );
    this.inspector = this.#make();
    const { inspector } = parts.host.state;
    this.inspector.setWidth(inspector?.width ?? inspectorWidths.first);
    this.inspector.setOpen(inspector?.open ?? window.innerWidth > 900);
    parts.toolbar.addView('Inspector', 'inspector', () => this.setOpen(!this.inspector.open));
    parts.keys.add({
      keys: ['Enter'],
      where: 'graph',
      run: () => this.#inspect(),
      help: { keys: 'Enter', meaning: 'inspect' },
    });
    parts.view.element.addEventListener('dblclick', (event) => {
      if (parts.view.selectionAt(event) !== null) {
        this.setOpen(true);
      }
    });
    parts.model.selection.onDidChange(() => this.#show());
    parts.model.picture.onDidChange((picture, before) => picture?.index !== before?.index && this.#show());
    parts.model.connection.onDidChange(() => {
      this.#details.forget();
      this.#show();
    });
  }

  /** What it takes from the graph's width while it is open. */
  get width(): number {
    return this.inspector.open ? this.inspector.width : 0;
  }

  setOpen(open: boolean): void {
    this.inspector.setOpen(open);
    const width = this.#parts.host.state.inspector?.width ?? inspectorWidths.first;
    this.#parts.host.keep({ inspector: { open, width } });
  }

  #make(): Inspector {
    const { host, selecting, view } = this.#parts;
    return new Inspector({
      onSelect: (selection) => selecting.select(selection, { reveal: true }),
      onCopy: (text) => this.#parts.copy(text),
      onDelete: (selection) => this.#parts.run('patchbay.pod.delete', selection),
      onTrace: (selection) => this.#parts.run('patchbay.trace.ping', selection),
      onClose: () => {
        this.setOpen(false);
        view.focus();
      },
      onResize: (width) => host.keep({ inspector: { open: true, width } }),
    });
  }

  #show(): void {
    const { picture, selection, connection } = this.#parts.model;
    const index = picture.value?.index ?? null;
    const selected = index === null ? null : selection.value;
    const namespace = selected?.kind === 'namespace' ? index?.namespaces.get(selected.id) : undefined;
    if (namespace && connection.value.kind === 'live' && this.#parts.model.past.value === null) {
      this.#details.want(namespace);
    }
    this.inspector.show(index, selected, namespace ? this.#details.stateOf(namespace.id) : null);
  }

  #inspect(): void {
    if (this.#parts.model.selection.value !== null) {
      this.setOpen(true);
      this.inspector.focus();
    }
  }
}
