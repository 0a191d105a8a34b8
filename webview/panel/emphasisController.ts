/** Keeps what stands out in the picture true to what is selected, pointed at, found and traced. */
import type { Selection } from '../../src/protocol/messages.ts';
import { sameSelection } from '../graph/selection.ts';
import { emphasisOf } from '../render/emphasis.ts';
import { tellEmphasis } from './graphFacts.ts';
import type { PanelParts } from './parts.ts';

export function addEmphasis({ model, view }: PanelParts): void {
  let asked = false;
  const isFocus = (selection: Selection | null): boolean =>
    selection !== null && sameSelection(selection, model.focus.value);
  const emphasize = (): void => {
    asked = false;
    const picture = model.picture.value;
    if (picture !== null) {
      const trace = model.trace.value.kind === 'done' ? model.trace.value.trace : null;
      const pointing = {
        selection: model.selection.value,
        hover: model.hover.value,
        trace,
        traceRow: model.traceRow.value,
        pair: model.pair.value,
        entries: model.past.value?.kind === 'comparison' ? model.past.value.entries : [],
        debugged: model.debugged.value,
      };
      const emphasis = emphasisOf(picture, pointing, model.matches.value?.keys ?? null);
      // What alone is shown needs no dimming of the little that is beside it.
      const alone = trace === null && pointing.hover === null && isFocus(pointing.selection);
      const shown = alone ? { ...emphasis, bright: null } : emphasis;
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
