/** Keeps the list of the graph, for those who hear it, and the graph's own name true to the picture. */
import { displayName } from '../graph/text.ts';
import { Outline } from '../ui/outline.ts';
import type { PanelParts } from './parts.ts';

/** Adds the list; returns its element. */
export function addOutline({ model, view }: PanelParts): HTMLElement {
  const outline = new Outline();
  const show = (): void => {
    const index = model.picture.value?.index;
    if (index === undefined) {
      outline.clear();
    } else {
      const { hostname } = index.topology.node;
      view.element.setAttribute('aria-label', `Network topology of ${displayName(hostname)}`);
      outline.show(index, model.findings.value);
    }
  };
  model.picture.onDidChange((picture, before) => picture?.index !== before?.index && show());
  model.findings.onDidChange(show);
  return outline.element;
}
