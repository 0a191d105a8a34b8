/** VS Code's own menu on what is under the pointer, or on what is selected when it is opened by a key. */
import type { Selection } from '../../src/protocol/messages.ts';
import { menuContext, mendableOf, menuWords } from '../graph/menuContext.ts';
import type { PanelParts } from './parts.ts';

interface Place {
  readonly clientX: number;
  readonly clientY: number;
}

/** Opens menus; made once, by {@link addContextMenu}. */
export class ContextMenu {
  readonly #parts: PanelParts;

  constructor(parts: PanelParts) {
    this.#parts = parts;
  }

  /** Says what a menu that opens on an element is about: VS Code reads the attribute when the event has come up to it. */
  prepare(element: HTMLElement, selection: Selection | null): void {
    const { model, host } = this.#parts;
    const index = model.picture.value?.index ?? null;
    const words = menuWords(index, selection, model.connection.value.kind);
    const finding = mendableOf(index, selection, model.findings.value);
    const about = { node: host.state.node, selection, finding };
    element.setAttribute('data-vscode-context', menuContext(words, about));
  }

  /** Opens the menu as a right click there would. */
  open(element: HTMLElement, selection: Selection | null, { clientX, clientY }: Place): void {
    this.prepare(element, selection);
    element.dispatchEvent(
      new MouseEvent('contextmenu', { bubbles: true, composed: true, cancelable: true, clientX, clientY }),
    );
  }

  /** Beside a control, such as the button that opens it. */
  openBeside(element: HTMLElement, selection: Selection | null): void {
    const { left, bottom } = element.getBoundingClientRect();
    this.open(element, selection, { clientX: left, clientY: bottom });
  }
}

export function addContextMenu(parts: PanelParts): ContextMenu {
  const { keys, model, selecting, view } = parts;
  const menu = new ContextMenu(parts);
  const { element } = view;
  element.addEventListener('contextmenu', (event) => {
    if (event.isTrusted) {
      const under = view.selectionAt(event);
      selecting.pick(under);
      menu.prepare(element, under);
    }
  });
  keys.add({
    keys: ['ContextMenu', 'Shift+F10'],
    where: 'graph',
    run: () => {
      const selection = model.selection.value;
      menu.open(element, selection, placeOf(parts, selection));
    },
    help: { keys: 'Shift+F10', meaning: 'menu of what is selected' },
  });
  return menu;
}

/** The middle of what is selected where it is in sight; else that of the graph. */
function placeOf({ view }: PanelParts, selection: Selection | null): Place {
  const { left, top, width, height } = view.element.getBoundingClientRect();
  const bounds = selection === null ? undefined : view.boundsOf(selection);
  if (bounds !== undefined) {
    const { x, y, k } = view.view;
    const clientX = left + (bounds.x + bounds.width / 2) * k + x;
    const clientY = top + (bounds.y + bounds.height / 2) * k + y;
    if (clientX > left && clientX < left + width && clientY > top && clientY < top + height) {
      return { clientX, clientY };
    }
  }
  return { clientX: left + width / 2, clientY: top + height / 2 };
}
