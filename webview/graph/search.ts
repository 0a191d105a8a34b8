/** Pure: what of a topology a query finds. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { Link, Namespace } from '../../src/topology/topology.ts';
import { noFindings, type FindingIndex } from './findings.ts';
import { inRange, parseQuery, type QueryKey, type Term } from './query.ts';
import { linkKey, namespaceKey, selectLink, selectNamespace } from './selection.ts';
import { linkState, namespaceTitle, type LinkState } from './text.ts';
import { compareNames, isLoopback, vethPeer, type TopologyIndex } from './topologyIndex.ts';

/** What a query found. */
export interface Matches {
  /** Keys of shapes (see selectionKey); a namespace whose link matches is among them. */
  readonly keys: ReadonlySet<string>;
  /** What matches by itself, namespace by namespace as the list of the graph has them. */
  readonly found: readonly Selection[];
  /** What of the query was not understood, or can find nothing here. */
  readonly hints: readonly string[];
}

/** The words by which a thing may be found. */
interface Facts {
  readonly addresses: readonly string[];
  readonly words: readonly string[];
  readonly fields: Partial<Record<QueryKey, readonly string[]>>;
}

const plainAddress = (address: string): string => address.split('/')[0] ?? '';

function bridgeOf(index: TopologyIndex, link: Link): string[] {
  const peer = vethPeer(index, link.id);
  const masters = [link.master, peer?.master].flatMap((id) => (id ? (index.links.get(id) ?? []) : []));
  const bridges = [link, ...masters].filter((one) => one.kind === 'bridge');
  return bridges.map((one) => one.name);
}

function statesOf(link: Link): string[] {
  const unknown = link.peerUnknown === null ? [] : ['unknown', link.peerUnknown];
  return [linkState(link), ...(link.portState === null ? [] : [link.portState]), ...unknown];
}

const worst: readonly LinkState[] = ['down', 'no-carrier', 'up'];

/** Reads what a topology says in the words of queries. */
class FactReader {
  readonly #index: TopologyIndex;
  readonly #findings: FindingIndex;
  readonly #containers = new Map<string, string[]>();

  constructor(index: TopologyIndex, findings: FindingIndex) {
    this.#index = index;
    this.#findings = findings;
    for (const { namespace, id, name, image, pod } of index.topology.containers) {
      append(this.#containers, namespace, id, name, image ?? '', pod ?? '');
    }
  }

  ofLink(link: Link): Facts {
    const addresses = link.addresses.map(plainAddress);
    return {
      addresses,
      words: [link.name, link.mac ?? '', link.alias ?? '', ...link.addresses],
      fields: {
        name: [link.name],
        ip: link.addresses,
        mac: [(link.mac ?? '').replaceAll(':', '')],
        kind: [link.kind, 'interface'],
        state: statesOf(link),
        bridge: bridgeOf(this.#index, link),
        finding: this.#wrongAt(linkKey(link.id)),
      },
    };
  }

  #wrongAt(key: string): string[] {
    return this.#findings.at(key).flatMap(({ severity, rule, title }) => [severity, rule, title]);
  }

  ofNamespace(namespace: Namespace): Facts {
    const { id, name, names, pod, processes, root } = namespace;
    const links = this.#index.linksOf(id).filter((link) => !isLoopback(link));
    const states = new Set(links.map(linkState));
    const unknown = this.#index.topology.unknown.some((one) => one.namespace === id) ? ['unknown'] : [];
    const held = processes.flatMap((process) => [process.name, String(process.pid)]);
    const containers = [
      ...(this.#containers.get(id) ?? []),
      ...processes.flatMap((process) => process.containerId ?? []),
    ];
    const called = [name, pod?.name ?? '', ...names];
    return {
      addresses: [],
      words: [id, ...called, ...held, ...containers],
      fields: {
        name: called,
        ns: [id, ...called],
        kind: root ? ['node'] : ['pod', 'namespace', ...(pod === null ? [] : [pod.kind])],
        state: [...worst.filter((state) => states.has(state)).slice(0, 1), ...unknown],
        process: held,
        container: containers,
        bridge: root ? [] : links.flatMap((link) => bridgeOf(this.#index, link)),
        finding: this.#wrongAt(namespaceKey(id)),
      },
    };
  }
}

function append(map: Map<string, string[]>, key: string, ...values: readonly string[]): void {
  map.set(key, [...(map.get(key) ?? []), ...values]);
}

/** Kinds and states are words of a small vocabulary: their beginning is enough. */
function fieldFits(key: QueryKey, value: string, text: string, exact: boolean): boolean {
  const low = value.toLowerCase();
  return key === 'kind' || key === 'state'
    ? exact
      ? low === text
      : low.startsWith(text)
    : low.includes(text);
}

function fits(term: Term, facts: Facts): boolean {
  switch (term.kind) {
    case 'word':
      return facts.words.some((word) => word.toLowerCase().includes(term.text));
    case 'range':
      return facts.addresses.some((address) => inRange(address, term.range));
    case 'field':
      return (facts.fields[term.key] ?? []).some((value) =>
        fieldFits(term.key, value, term.text, term.exact),
      );
  }
}

/** What a link has of the namespace it is in: words do not pass on, or a pod's name would find all of its links. */
function passedOn({ fields }: Facts): Facts {
  const { ns = [], process = [], container = [] } = fields;
  return { addresses: [], words: [], fields: { ns, process, container } };
}

function namespaceFits(terms: readonly Term[], facts: Facts): boolean {
  return terms.every((term) => fits(term, facts) !== term.negated);
}

/** A link must fit by something of its own, not only by where it is. */
function linkFits(terms: readonly Term[], own: Facts, owner: Facts): boolean {
  const wanted = terms.filter((term) => !term.negated);
  return (
    terms.every((term) => (fits(term, own) || fits(term, owner)) !== term.negated) &&
    (wanted.length === 0 || wanted.some((term) => fits(term, own)))
  );
}

/** Says which words there are where a kind or a state finds nothing at all. */
function emptyVocabulary(terms: readonly Term[], all: readonly Facts[]): string[] {
  return terms.flatMap((term) => {
    if (term.kind !== 'field' || (term.key !== 'kind' && term.key !== 'state')) {
      return [];
    }
    if (all.some((facts) => fits(term, facts))) {
      return [];
    }
    const there = [...new Set(all.flatMap((facts) => facts.fields[term.key] ?? []))].sort(compareNames);
    return `Nothing here is ${term.key}:${term.text}. There is: ${there.join(', ')}.`;
  });
}

/** Namespaces as people read them: the node first, then by name. */
export function namespacesInOrder(index: TopologyIndex): Namespace[] {
  return [...index.namespaces.values()].sort(
    (a, b) => Number(b.root) - Number(a.root) || compareNames(namespaceTitle(a), namespaceTitle(b)),
  );
}

/** All terms of the query must hold, upper and lower case alike; null for a query that asks for nothing. */
export function search(
  index: TopologyIndex,
  source: string,
  findings: FindingIndex = noFindings,
): Matches | null {
  const { terms, hints } = parseQuery(source);
  if (terms.length === 0 && hints.length === 0) {
    return null;
  }
  const reader = new FactReader(index, findings);
  const keys = new Set<string>();
  const found: Selection[] = [];
  const all: Facts[] = [];
  for (const namespace of terms.length === 0 ? [] : namespacesInOrder(index)) {
    const facts = reader.ofNamespace(namespace);
    const owner = passedOn(facts);
    all.push(facts);
    if (namespaceFits(terms, facts)) {
      keys.add(namespaceKey(namespace.id));
      found.push(selectNamespace(namespace.id));
    }
    for (const link of index.linksOf(namespace.id)) {
      const own = reader.ofLink(link);
      all.push(own);
      if (linkFits(terms, own, owner)) {
        keys.add(linkKey(link.id));
        found.push(selectLink(link.id));
        if (!namespace.root) {
          keys.add(namespaceKey(namespace.id));
        }
      }
    }
  }
  return { keys, found, hints: [...hints, ...(found.length > 0 ? [] : emptyVocabulary(terms, all))] };
}
