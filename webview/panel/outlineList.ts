/** Keeps the list of the graph, for those who hear it, and the graph's own name true to the picture. */
import { displayName } from '../graph/text.ts';
import { Outline } from '../ui/outline.ts';
import type { PanelParts } from './parts.ts';

/** Adds the list; returns its element. */
export function addOutline({ model, view }: PanelParts): HTMLElement {
  const outline = new Outline();
  model.picture.onDidChange((picture, before) => {
    if (picture !== null && picture.index === before?.index) {
      return;
    }
    if (picture === null) {
      outline.clear();
    } else {
      const { hostname } = picture.index.topology.node;
      view.element.setAttribute('aria-label', `Network topology of ${displayName(hostname)}`);
      outline.show(picture.index);
    }
  });
  return outline.element;
}
