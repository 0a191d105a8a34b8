/** What is selected, how it was walked to, and who is told. */
import type { Selection } from '../../src/protocol/messages.ts';
import { announceWith } from '../graph/describe.ts';
import { sameSelection, selectionExists } from '../graph/selection.ts';
import { walk, type WalkStep } from '../graph/walk.ts';
import type { Host } from '../host/host.ts';
import type { Announcer } from './announcer.ts';
import type { GraphView } from './graphView.ts';
import type { PanelModel } from './model.ts';

const longestTrail = 64;

export class SelectionController {
  readonly #model: PanelModel;
  readonly #view: GraphView;
  readonly #host: Host;
  readonly #announcer: Announcer;
  #trail: readonly Selection[] = [];
  /** To be brought into sight as soon as it is drawn. */
  #awaited: Selection | null = null;

  constructor(model: PanelModel, view: GraphView, host: Host, announcer: Announcer) {
    this.#model = model;
    this.#view = view;
    this.#host = host;
    this.#announcer = announcer;
    model.selection.set(host.state.selection ?? null);
    host.on('select', ({ selection, reveal }) => this.#selectFromHost(selection, reveal));
    model.picture.onDidChange((picture) => {
      const selection = model.selection.value;
      // What is not there in the past may be there again on the way back.
      const isPresent = picture?.complete === true && model.past.value === null;
      if (selection !== null && isPresent && !selectionExists(picture.index, selection)) {
        this.select(null);
      }
    });
  }

  /** Selects and tells the host. `reveal` brings it into sight. */
  select(selection: Selection | null, options: { readonly reveal?: boolean } = {}): void {
    if (this.#set(selection)) {
      this.#host.selected(selection);
    }
    if (selection !== null && options.reveal === true) {
      this.#awaited = selection;
      this.revealAwaited();
    }
  }

  /** As by a click: a walk starts anew from here. */
  pick(selection: Selection | null): void {
    this.#trail = [];
    this.select(selection);
  }

  /** One step along the wiring. */
  walk(step: WalkStep): void {
    const index = this.#model.picture.value?.index;
    const from = this.#model.selection.value;
    const next = index && walk(index, from, step, this.#trail);
    if (next !== undefined) {
      this.#trail = [...this.#trail, ...(from ? [from] : [])].slice(-longestTrail);
      this.select(next, { reveal: true });
    }
  }

  /** To be called when the picture on screen is another. What the focus leaves out ends the focus. */
  revealAwaited(): void {
    const { focus, picture } = this.#model;
    const awaited = this.#awaited;
    if (awaited === null || this.#view.reveal(awaited)) {
      this.#awaited = null;
    } else if (focus.value !== null && picture.value && selectionExists(picture.value.index, awaited)) {
      this.#host.keep({ focus: null });
      focus.set(null);
    }
  }

  #selectFromHost(selection: Selection | null, reveal: boolean): void {
    this.#set(selection);
    if (selection !== null && reveal) {
      this.#awaited = selection;
      this.revealAwaited();
    }
  }

  #set(selection: Selection | null): boolean {
    if (sameSelection(selection, this.#model.selection.value)) {
      return false;
    }
    this.#model.selection.set(selection);
    this.#host.keep({ selection });
    const index = this.#model.picture.value?.index;
    const words = index && selection ? announceWith(index, selection, this.#model.findings.value) : '';
    this.#announcer.say(words === '' ? 'Nothing selected' : words);
    return true;
  }
}
