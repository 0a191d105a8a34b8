/** Key bindings as a table: each part brings its own, and the legend shows them. */

/** One row of the legend; bindings that share it are shown once. */
export interface KeyHelp {
  readonly keys: string;
  readonly meaning: string;
}

export interface KeyBinding {
  /** "f", "/", "Enter", "Shift+ArrowLeft", "Ctrl+Alt+ArrowUp"; Ctrl is also Cmd. Of printed characters shift is a part. */
  readonly keys: readonly string[];
  /** `graph`: while the graph has the focus. `page`: anywhere but where one types. */
  readonly where: 'graph' | 'page';
  readonly run: () => void;
  readonly help: KeyHelp;
}

/** The name of what was pressed, as bindings write it: letters in lower case, modifiers in the order Ctrl, Alt, Shift. */
export function chordOf(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
): string {
  const printed = Array.from(event.key).length === 1;
  const modifiers = [
    event.ctrlKey || event.metaKey ? 'Ctrl+' : '',
    event.altKey ? 'Alt+' : '',
    event.shiftKey && !printed ? 'Shift+' : '',
  ];
  return modifiers.join('') + (printed ? event.key.toLowerCase() : event.key);
}

function isTyping(event: Event): boolean {
  return event
    .composedPath()
    .some((target) => target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement);
}

/** Who answers which key. */
export class KeyTable {
  readonly #bindings = new Map<string, KeyBinding>();
  readonly #help: KeyHelp[] = [];
  readonly #leaving: (() => boolean)[] = [];

  constructor(graph: HTMLElement) {
    graph.addEventListener('keydown', (event) => this.#run(event, 'graph'));
    document.addEventListener('keydown', (event) => this.#onPageKey(event));
  }

  add(...bindings: readonly KeyBinding[]): void {
    for (const binding of bindings) {
      binding.keys.forEach((key) => this.#bindings.set(`${binding.where} ${key}`, binding));
      this.#explain(binding.help);
    }
  }

  #explain(help: KeyHelp | undefined): void {
    if (help !== undefined && !this.#help.includes(help)) {
      this.#help.push(help);
    }
  }

  /** Asked on Escape, the last that came first; the first that had something to leave ends the round. */
  onEscape(leave: () => boolean, help?: KeyHelp): void {
    this.#leaving.unshift(leave);
    this.#explain(help);
  }

  /** For the legend, in the order in which they came. */
  get help(): readonly KeyHelp[] {
    return this.#help;
  }

  #onPageKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || isTyping(event)) {
      return;
    }
    if (chordOf(event) === 'Escape') {
      this.#leaving.some((leave) => leave());
    } else {
      this.#run(event, 'page');
    }
  }

  #run(event: KeyboardEvent, where: KeyBinding['where']): void {
    const binding = this.#bindings.get(`${where} ${chordOf(event)}`);
    if (binding !== undefined && !event.defaultPrevented) {
      event.preventDefault();
      binding.run();
    }
  }
}
