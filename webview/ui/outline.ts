/** The same graph as a structured list, off the screen, for those who hear it. */
import { announceWith } from '../graph/describe.ts';
import type { FindingIndex } from '../graph/findings.ts';
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

/** What is told. */
interface Told {
  readonly index: TopologyIndex;
  readonly findings: FindingIndex;
}

/** Written from the first namespace to the last while the page has nothing better to do, and only where something changed. */
export class Outline {
  readonly element = h('div', { class: 'offscreen', role: 'region', 'aria-label': 'Network as a list' });
  readonly #list = h('ul');
  readonly #entries = new Map<string, Entry>();
  #asked = 0;

  show(index: TopologyIndex, findings: FindingIndex): void {
    this.#stop();
    const namespaces = namespacesInOrder(index);
    this.#write({ index, findings }, namespaces, 0);
  }

  clear(): void {
    this.#stop();
    this.#entries.clear();
    this.#list.replaceChildren();
  }

  #stop(): void {
    cancelIdleCallback(this.#asked);
  }

  #write(told: Told, namespaces: readonly Namespace[], from: number): void {
    this.#asked = requestIdleCallback(
      (idle) => {
        let at = from;
        // A late call has no time left at all: it still brings the list on.
        do {
          const namespace = namespaces[at];
          if (namespace === undefined) {
            this.#end(told.index);
            return;
          }
          this.#writeOne(told, namespace, at);
          at++;
        } while (at % 4 !== 0 || idle.timeRemaining() > 4);
        this.#write(told, namespaces, at);
      },
      { timeout: 500 },
    );
  }

  #writeOne({ index, findings }: Told, namespace: Namespace, at: number): void {
    const links = index.linksOf(namespace.id);
    const title = announceWith(index, selectNamespace(namespace.id), findings);
    const told = links.map((link) => announceWith(index, selectLink(link.id), findings));
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
