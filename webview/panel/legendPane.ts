/** The legend over the graph, opened by its button. */
import { buildLegend } from '../ui/legend.ts';
import type { PanelParts } from './parts.ts';

/** Adds the legend, with the keys known by then; returns its element. */
export function addLegend({ keys, toolbar }: PanelParts): HTMLElement {
  const legend = buildLegend(keys.help);
  toolbar.addView('Legend', 'legend', () => {
    legend.hidden = !legend.hidden;
  });
  keys.onEscape(() => {
    const open = !legend.hidden;
    legend.hidden = true;
    return open;
  });
  return legend;
}
