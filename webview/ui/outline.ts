/** The same graph as a structured list, off the screen, for those who hear it. */
import { announce } from '../graph/describe.ts';
import { linkKey, namespaceKey, selectLink, selectNamespace } from '../graph/selection.ts';
import { namespacesInOrder } from '../graph/search.ts';
import type { TopologyIndex } from '../graph/topologyIndex.ts';
import { h } from './dom.ts';

export class Outline {
  readonly element = h('div', { class: 'offscreen', role: 'region', 'aria-label': 'Network as a list' });
  #pending = 0;

  /** Rebuilds the list when the page is idle. */
  show(index: TopologyIndex): void {
    cancelIdleCallback(this.#pending);
    this.#pending = requestIdleCallback(() => this.element.replaceChildren(this.#list(index)), {
      timeout: 2_000,
    });
  }

  clear(): void {
    cancelIdleCallback(this.#pending);
    this.element.replaceChildren();
  }

  #list(index: TopologyIndex): HTMLElement {
    const items = namespacesInOrder(index).map((namespace) => {
      const links = index
        .linksOf(namespace.id)
        .map((link) => h('li', { 'data-outline': linkKey(link.id) }, announce(index, selectLink(link.id))));
      const words = announce(index, selectNamespace(namespace.id));
      return h('li', { 'data-outline': namespaceKey(namespace.id) }, words, h('ul', {}, ...links));
    });
    return h('ul', {}, ...items);
  }
}
