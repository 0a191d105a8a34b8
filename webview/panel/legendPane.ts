/** The legend over the graph, opened by its button. */
import { h } from '../ui/dom.ts';
import { buildLegend, keyRow } from '../ui/legend.ts';
import type { PanelParts } from './parts.ts';

/** Adds the legend, with all keys that parts have brought when it is opened; returns its element. */
export function addLegend({ keys, toolbar, view }: PanelParts): HTMLElement {
  const help = { keys: '?', meaning: 'this list' };
  const shortcuts = h('ul', { class: 'keys' });
  const legend = buildLegend(shortcuts);
  const toggle = (): void => {
    legend.hidden = !legend.hidden;
    if (!legend.hidden) {
      shortcuts.replaceChildren(...keys.help.map(keyRow));
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
