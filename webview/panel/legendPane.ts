/** The legend over the graph, opened by its button. */
import { buildLegend } from '../ui/legend.ts';
import type { PanelParts } from './parts.ts';

/** Adds the legend, with the keys known by then; returns its element. */
export function addLegend({ keys, toolbar, view }: PanelParts): HTMLElement {
  const help = { keys: '?', meaning: 'this list' };
  const legend = buildLegend([...keys.help, help]);
  const toggle = (): void => {
    legend.hidden = !legend.hidden;
    if (!legend.hidden) {
      legend.focus();
    }
  };
  toolbar.addView('Legend and keys (?)', 'legend', toggle);
  keys.add({ keys: ['?'], where: 'page', run: toggle, help });
  keys.onEscape(() => {
    const open = !legend.hidden;
    legend.hidden = true;
    if (open) {
      view.focus();
    }
    return open;
  });
  return legend;
}
