/** Topologies in a few lines, for rules that need no kernel; test/node/pods holds the same rules against a real one. */
import { isOurs } from '../../../src/topology/tag.ts';
import type { Link, Namespace, Process, Topology, Unknown } from '../../../src/topology/topology.ts';
import { blankLink, blankNamespace, blankTopology } from '../blank.ts';

export interface LinkSketch {
  readonly kind?: string;
  readonly addresses?: readonly string[];
  readonly alias?: string;
  readonly up?: boolean;
  readonly mtu?: number;
  /** A link of the same namespace. */
  readonly master?: string;
  /** "namespace/link". */
  readonly peer?: string;
  readonly altnames?: readonly string[];
}

export interface NamespaceSketch {
  readonly links: Readonly<Record<string, LinkSketch>>;
  /** Default: /run/netns/NAME, and none for the node. */
  readonly names?: readonly string[];
  readonly processes?: readonly Process[];
}

export type Sketch = Readonly<Record<string, NamespaceSketch>>;

/** Builds a topology; the namespace "node" is the root. The id of namespace NAME is "id-NAME". */
export function topologyOf(sketch: Sketch, more: Partial<Topology> = {}): Topology {
  const names = Object.keys(sketch);
  return {
    node: { hostname: 'n1', kernel: '6.1.0', os: '', iproute2: '', privilege: 'root' },
    takenAt: '2026-01-01T00:00:00.000Z',
    namespaces: names.map((name) => namespaceOf(sketch, name)),
    links: names.flatMap((name) => linksOf(sketch, name)),
    edges: [],
    routes: [],
    rules: [],
    neighbours: [],
    fdb: [],
    ...blankTopology,
    unknown: [],
    ...more,
  };
}

/** "id-node:2": the id of "node/cbr0". */
export function idOf(sketch: Sketch, path: string): string {
  const [namespace = '', name = ''] = path.split('/');
  return `id-${namespace}:${Object.keys(sketch[namespace]?.links ?? {}).indexOf(name) + 1}`;
}

export function unknownOf(what: string, namespace: string | null = null): Unknown {
  return { namespace, what, reason: 'It could not be read.', remedy: null };
}

function namespaceOf(sketch: Sketch, name: string): Namespace {
  const root = name === 'node';
  const { names = root ? [] : [`/run/netns/${name}`], processes = [], links = {} } = sketch[name] ?? {};
  return {
    ...blankNamespace,
    id: `id-${name}`,
    name,
    names,
    root,
    pod: root ? null : { name, kind: 'named' },
    processes,
    links: Object.keys(links).map((link) => idOf(sketch, `${name}/${link}`)),
  };
}

function linksOf(sketch: Sketch, namespace: string): Link[] {
  return Object.entries(sketch[namespace]?.links ?? {}).map(([name, link], at) => ({
    ...blankLink,
    id: idOf(sketch, `${namespace}/${name}`),
    namespace: `id-${namespace}`,
    ifindex: at + 1,
    name,
    kind: link.kind ?? 'ether',
    up: link.up ?? true,
    carrier: true,
    operstate: 'UP',
    mac: null,
    mtu: link.mtu ?? 1500,
    addresses: link.addresses ?? [],
    master: link.master === undefined ? null : idOf(sketch, `${namespace}/${link.master}`),
    peer: link.peer === undefined ? null : idOf(sketch, link.peer),
    peerUnknown: null,
    alias: link.alias ?? null,
    ours: isOurs(link.alias),
    portState: null,
    raw: link.altnames === undefined ? {} : { altnames: link.altnames },
  }));
}
