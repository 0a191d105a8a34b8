/** Keeps what stands out in the picture true to what is selected, pointed at, found and traced. */
import type { Selection } from '../../src/protocol/messages.ts';
import { sameSelection } from '../graph/selection.ts';
import { emphasisOf, type Picture } from '../render/emphasis.ts';
import type { Emphasis } from '../render/renderer.ts';
import { tellEmphasis } from './graphFacts.ts';
import type { PanelModel } from './model.ts';
import type { PanelParts } from './parts.ts';

/** What of the panel's state is to stand out; the rest of it always does. */
export interface EmphasisChoice {
  readonly selection: Selection | null;
  readonly hover: Selection | null;
  /** Keys that a search found. */
  readonly matched: ReadonlySet<string> | null;
}

/** What stands out in the picture. */
export function emphasisIn(
  model: PanelModel,
  picture: Picture,
  { selection, hover, matched }: EmphasisChoice,
): Emphasis {
  const trace = model.trace.value.kind === 'done' ? model.trace.value.trace : null;
  const entries = model.past.value?.kind === 'comparison' ? model.past.value.entries : [];
  const [traceRow, pair, debugged] = [model.traceRow.value, model.pair.value, model.debugged.value];
  const pointing = { selection, hover, trace, traceRow, pair, entries, debugged };
  const emphasis = emphasisOf(picture, pointing, matched);
  // What alone is shown needs no dimming of the little that is beside it.
  const isFocus = selection !== null && sameSelection(selection, model.focus.value);
  return trace === null && hover === null && isFocus ? { ...emphasis, bright: null } : emphasis;
}

export function addEmphasis({ model, view }: PanelParts): void {
  let asked = false;
  const emphasize = (): void => {
    asked = false;
    const picture = model.picture.value;
    if (picture !== null) {
      const [selection, hover] = [model.selection.value, model.hover.value];
      const matched = model.matches.value?.keys ?? null;
      const shown = emphasisIn(model, picture, { selection, hover, matched });
      view.renderer.setEmphasis(shown);
      tellEmphasis(view.element, shown);
    }
  };
  // Several of these change together: they are drawn once.
  const ask = (): void => {
    if (!asked) {
      asked = true;
      queueMicrotask(emphasize);
    }
  };
  const { picture, selection, hover, matches, trace, traceRow, pair, debugged } = model;
  for (const part of [picture, selection, hover, matches, trace, traceRow, pair, debugged]) {
    part.onDidChange(ask);
  }
}
