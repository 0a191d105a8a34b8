/** Keeps what stands out in the picture true to what is selected, pointed at, found and traced. */
import { emphasisOf } from '../render/emphasis.ts';
import { tellEmphasis } from './graphFacts.ts';
import type { PanelParts } from './parts.ts';

export function addEmphasis({ model, view }: PanelParts): void {
  let asked = false;
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
      };
      const emphasis = emphasisOf(picture, pointing, model.matches.value?.keys ?? null);
      view.renderer.setEmphasis(emphasis);
      tellEmphasis(view.element, emphasis);
    }
  };
  // Several of these change together: they are drawn once.
  const ask = (): void => {
    if (!asked) {
      asked = true;
      queueMicrotask(emphasize);
    }
  };
  const { picture, selection, hover, matches, trace, traceRow } = model;
  for (const part of [picture, selection, hover, matches, trace, traceRow]) {
    part.onDidChange(ask);
  }
}
