/** The same graph as a structured list, off the screen, for those who hear it. */
import { announceWith } from '../graph/describe.ts';
import type { FindingIndex } from '../graph/findings.ts';
import { linkKey, namespaceKey, selectLink, selectNamespace } from '../graph/selection.ts';
import { namespacesInOrder } from '../graph/search.ts';
import { isSameInside, type TopologyIndex } from '../graph/topologyIndex.ts';
import type { LinkId, Namespace, NamespaceId } from '../../src/topology/topology.ts';
import { h } from './dom.ts';

/** One thing in the list, and what is said of it. */
interface Line {
  readonly item: HTMLElement;
  words: string;
}

/** A namespace with its links. */
interface Entry extends Line {
  readonly inside: HTMLElement;
  readonly links: Map<LinkId, Line>;
  /** What it was written from. */
  told: Told;
}

/** What is told. */
interface Told {
  readonly index: TopologyIndex;
  readonly findings: FindingIndex;
}

/** True where all that a namespace's entry tells is as it was; of what its links are wired to also whose that is. */
function isToldAlike({ index, findings }: Told, before: Told, id: NamespaceId): boolean {
  return (
    findings === before.findings &&
    isSameInside(index, before.index, id) &&
    index
      .linksOf(id)
      .flatMap((link) => index.jointsOf(link.id))
      .every(
        ({ other: { namespace } }) =>
          index.namespaces.get(namespace) === before.index.namespaces.get(namespace),
      )
  );
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

  #writeOne(told: Told, namespace: Namespace, at: number): void {
    const known = this.#entries.get(namespace.id);
    const entry = known ?? newEntry(told, namespace.id);
    if (known === undefined || !isToldAlike(told, known.told, namespace.id)) {
      write(entry, told, namespace.id);
    }
    entry.told = told;
    this.#entries.set(namespace.id, entry);
    putAt(this.#list, entry.item, at);
  }

  #end(index: TopologyIndex): void {
    removeOthers(this.#entries, index.namespaces);
    if (!this.#list.isConnected) {
      this.element.append(this.#list);
    }
  }
}

function newEntry(told: Told, id: NamespaceId): Entry {
  const inside = h('ul');
  const item = h('li', { 'data-outline': namespaceKey(id) }, '', inside);
  return { item, words: '', inside, links: new Map(), told };
}

/** Writes what is not as it was: of a node with hundreds of links, of which one is new, that one. */
function write(entry: Entry, { index, findings }: Told, id: NamespaceId): void {
  say(entry, announceWith(index, selectNamespace(id), findings));
  const links = index.linksOf(id);
  for (const [at, link] of links.entries()) {
    let line = entry.links.get(link.id);
    if (line === undefined) {
      line = { item: h('li', { 'data-outline': linkKey(link.id) }, ''), words: '' };
      entry.links.set(link.id, line);
    }
    say(line, announceWith(index, selectLink(link.id), findings));
    putAt(entry.inside, line.item, at);
  }
  removeOthers(entry.links, new Set(links.map((link) => link.id)));
}

/** The words of an item are its first node. */
function say(line: Line, words: string): void {
  if (line.words !== words) {
    line.words = words;
    line.item.firstChild?.replaceWith(words);
  }
}

function putAt(list: HTMLElement, item: HTMLElement, at: number): void {
  const there = list.children.item(at);
  if (there !== item) {
    list.insertBefore(item, there);
  }
}

function removeOthers(lines: Map<string, Line>, kept: { has(id: string): boolean }): void {
  for (const [id, { item }] of lines) {
    if (!kept.has(id)) {
      item.remove();
      lines.delete(id);
    }
  }
}
