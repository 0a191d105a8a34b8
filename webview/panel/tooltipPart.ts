/** The tooltip: what is under the pointer, in full. */
import type { CountersOf } from '../render/renderer.ts';
import { tooltipOf } from '../render/tooltip.ts';
import { Tooltip } from '../ui/tooltip.ts';
import type { PanelParts } from './parts.ts';

/** Adds the tooltip; returns its element, to be put where the graph is. */
export function addTooltip({ keys, model, view }: PanelParts, counters: CountersOf): HTMLElement {
  const tooltip = new Tooltip();
  const { element } = view;
  element.addEventListener('pointermove', (event) => {
    const index = model.picture.value?.index;
    const item = event.buttons === 0 ? view.itemAt(event) : null;
    const { left, top } = element.getBoundingClientRect();
    element.classList.toggle('pointing', item !== null && item.selection !== null);
    const text =
      index === undefined || item === null
        ? ''
        : tooltipOf(index, item, { findings: model.findings.value, counters });
    tooltip.show(text, event.clientX - left, event.clientY - top);
  });
  for (const leaving of ['pointerleave', 'pointerdown', 'wheel', 'keydown'] as const) {
    element.addEventListener(leaving, () => tooltip.hide(), { passive: true });
  }
  model.picture.onDidChange(() => tooltip.hide());
  keys.onEscape(() => tooltip.hide());
  return tooltip.element;
}
