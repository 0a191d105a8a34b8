/** The inspector beside the graph: shows the selection, and is opened by Enter, double click and its button. */
import type { PanelCommand, Selection } from '../../src/protocol/messages.ts';
import { commandsOf, describe, describeNode } from '../graph/describe.ts';
import type { TopologyIndex } from '../graph/topologyIndex.ts';
import { Details } from '../host/details.ts';
import type { IconName } from '../ui/icons.ts';
import { canTrace } from '../ui/toolbar.ts';
import { Inspector, inspectorWidths, type InspectorAction } from '../ui/inspector.ts';
import type { ContextMenu } from './contextMenu.ts';
import type { PanelParts } from './parts.ts';

export class InspectorPane {
  readonly inspector: Inspector;
  readonly #parts: PanelParts;
  readonly #menu: ContextMenu;
  readonly #details: Details;

  constructor(parts: PanelParts, menu: ContextMenu) {
    this.#parts = parts;
    this.#menu = menu;
    this.#details = new Details(
      (namespace) => parts.host.details(namespace),
      () => this.#show(),
    );
    parts.counters.onDidRead(() => this.#show());
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
    parts.keys.onEscape(() => this.#leave(), { keys: 'Esc', meaning: 'from the inspector to the graph' });
    parts.view.element.addEventListener('dblclick', (event) => {
      if (parts.view.selectionAt(event) !== null) {
        this.setOpen(true);
      }
    });
    parts.model.selection.onDidChange(() => this.#show());
    parts.model.picture.onDidChange((picture, before) => picture?.index !== before?.index && this.#show());
    parts.model.findings.onDidChange(() => this.#show());
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
    this.#show();
  }

  #make(): Inspector {
    const { host, selecting, view, model } = this.#parts;
    return new Inspector({
      onSelect: (selection) => selecting.select(selection, { reveal: true }),
      onCopy: (text) => this.#parts.copy(text),
      onRun: (line) => this.#parts.runLine(line, model.selection.value),
      onMend: (finding) => this.#parts.mend(finding),
      onClose: () => {
        this.setOpen(false);
        view.focus();
      },
      onResize: (width) => host.keep({ inspector: { open: true, width } }),
    });
  }

  #show(): void {
    const { picture, selection } = this.#parts.model;
    const index = picture.value?.index ?? null;
    const { connection, past } = this.#parts.model;
    const isLive = connection.value.kind === 'live' && past.value === null;
    this.#watch(index, isLive);
    this.inspector.show(index === null ? null : this.#contentOf(index, selection.value, isLive));
  }

  /** Asks for what is not told by itself, while it is looked at. */
  #watch(index: TopologyIndex | null, isLive: boolean): void {
    const selection = this.#parts.model.selection.value;
    const namespace = selection?.kind === 'namespace' ? index?.namespaces.get(selection.id) : undefined;
    if (namespace && isLive) {
      this.#details.want(namespace);
    }
    const link = selection?.kind === 'link' ? index?.links.get(selection.id) : undefined;
    this.#parts.counters.watch('inspector', link && isLive && this.inspector.open ? [link.id] : []);
  }

  #contentOf(
    index: TopologyIndex,
    selection: Selection | null,
    canRun: boolean,
  ): Parameters<Inspector['show']>[0] {
    const description =
      selection &&
      describe(index, selection, {
        details: selection.kind === 'namespace' ? this.#details.stateOf(selection.id) : null,
        traffic: selection.kind === 'link' ? this.#parts.counters.trafficOf(selection.id) : null,
        findings: this.#parts.model.findings.value,
      });
    const about = description ? selection : null;
    return {
      selection: about,
      description: description ?? describeNode(index),
      commands: commandsOf(index, about),
      actions: about === null ? [] : this.#actionsOf(index, about, canRun),
      canRun,
    };
  }

  #actionsOf(index: TopologyIndex, selection: Selection, isLive: boolean): InspectorAction[] {
    const { connection, past } = this.#parts.model;
    const act = (label: string, icon: IconName, command: PanelCommand): InspectorAction => ({
      label,
      icon,
      run: () => this.#parts.run(command, selection),
    });
    const isOurs =
      selection.kind === 'namespace' && index.namespaces.get(selection.id)?.pod?.kind === 'patchbay';
    const place = selection.kind === 'link' ? index.links.get(selection.id)?.namespace : selection.id;
    const isPrivileged = index.topology.node.privilege !== 'none';
    const mayEnter = isPrivileged || place === index.root?.id;
    const more: InspectorAction = {
      label: 'More actions',
      icon: 'more',
      small: true,
      run: (anchor) => this.#menu.openBeside(anchor, selection),
    };
    return [
      ...(canTrace(connection.value) && past.value === null
        ? [act('Trace from here', 'trace', 'patchbay.trace.from')]
        : []),
      ...(isLive && mayEnter ? [act('Open shell', 'terminal', 'patchbay.namespace.openShell')] : []),
      ...(isLive && isOurs && isPrivileged ? [act('Delete pod', 'remove', 'patchbay.pod.delete')] : []),
      more,
    ];
  }

  /** Leads from here to the graph, which keeps its selection. */
  #leave(): boolean {
    const isHere = this.inspector.element.contains(document.activeElement);
    if (isHere) {
      this.#parts.view.focus();
    }
    return isHere;
  }

  #inspect(): void {
    if (this.#parts.model.selection.value !== null) {
      this.setOpen(true);
      this.inspector.focus();
    }
  }
}
