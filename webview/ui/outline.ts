/** The same graph as a structured list, off the screen, for those who hear it. */
import { announce } from '../graph/describe.ts';
import { linkKey, namespaceKey, selectLink, selectNamespace } from '../graph/selection.ts';
import { namespacesInOrder } from '../graph/search.ts';
import type { TopologyIndex } from '../graph/topologyIndex.ts';
import type { Namespace } from '../../src/topology/topology.ts';
import { h } from './dom.ts';

/** A namespace with its links. */
interface Entry {
  readonly item: HTMLElement;
  /** Every word of it, to see whether it changed. */
  words: string;
}

/** Written from the first namespace to the last while the page has nothing better to do, and only where something changed. */
export class Outline {
  readonly element = h('div', { class: 'offscreen', role: 'region', 'aria-label': 'Network as a list' });
  readonly #list = h('ul');
  readonly #entries = new Map<string, Entry>();
  #asked = 0;

  show(index: TopologyIndex): void {
    this.#stop();
    const namespaces = namespacesInOrder(index);
    this.#write(index, namespaces, 0);
  }

  clear(): void {
    this.#stop();
    this.#entries.clear();
    this.#list.replaceChildren();
  }

  #stop(): void {
    cancelIdleCallback(this.#asked);
  }

  #write(index: TopologyIndex, namespaces: readonly Namespace[], from: number): void {
    this.#asked = requestIdleCallback(
      (idle) => {
        let at = from;
        // A late call has no time left at all: it still brings the list on.
        do {
          const namespace = namespaces[at];
          if (namespace === undefined) {
            this.#end(index);
            return;
          }
          this.#writeOne(index, namespace, at);
          at++;
        } while (at % 4 !== 0 || idle.timeRemaining() > 4);
        this.#write(index, namespaces, at);
      },
      { timeout: 500 },
    );
  }

  #writeOne(index: TopologyIndex, namespace: Namespace, at: number): void {
    const links = index.linksOf(namespace.id);
    const title = announce(index, selectNamespace(namespace.id));
    const told = links.map((link) => announce(index, selectLink(link.id)));
    const words = [title, ...told].join('\n');
    const known = this.#entries.get(namespace.id);
    const item = known?.item ?? h('li', { 'data-outline': namespaceKey(namespace.id) });
    if (known?.words !== words) {
      const inside = links.map((link, place) => h('li', { 'data-outline': linkKey(link.id) }, told[place]));
      item.replaceChildren(title, h('ul', {}, ...inside));
      this.#entries.set(namespace.id, { item, words });
    }
    const there = this.#list.children.item(at);
    if (there !== item) {
      this.#list.insertBefore(item, there);
    }
  }

  #end(index: TopologyIndex): void {
    for (const [id, { item }] of this.#entries) {
      if (!index.namespaces.has(id)) {
        item.remove();
        this.#entries.delete(id);
      }
    }
    if (!this.#list.isConnected) {
      this.element.append(this.#list);
    }
  }
}
