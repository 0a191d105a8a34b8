/** The pointer on the graph: a click selects, hovering lights. Panning and zooming are the viewport's. */
import { sameSelection } from '../graph/selection.ts';
import type { PanelParts } from './parts.ts';

export function addPointer({ model, selecting, view }: PanelParts): void {
  const { element } = view;
  const hover = (event: PointerEvent | null): void => {
    const dragging = event !== null && event.buttons !== 0;
    const found = event === null || dragging ? null : view.selectionAt(event);
    const root = model.picture.value?.index.root?.id;
    const next = found?.kind === 'namespace' && found.id === root ? null : found;
    if (!sameSelection(next, model.hover.value)) {
      model.hover.set(next);
    }
  };
  element.addEventListener('click', (event) => {
    view.focus();
    selecting.pick(view.selectionAt(event));
  });
  element.addEventListener('pointermove', hover);
  element.addEventListener('pointerleave', () => hover(null));
}
