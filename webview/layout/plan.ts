/**
 * Pure: decides what is drawn where in kind: which namespaces show their true wiring in a box and which are cells of a
 * grid. O(namespaces + links). The plan holds ids and sizes only, so that it is small to send to the worker.
 */
import type { Link, LinkId, Namespace, NamespaceId } from '../../src/topology/topology.ts';
import { displayName, firstAddress, namespaceTitle, plural } from '../graph/text.ts';
import { isLoopback, vethPeer, type Joint, type TopologyIndex } from '../graph/topologyIndex.ts';
import { linkHeight, type GroupKind, type Size } from './geometry.ts';

export interface LinkPlan extends Size {
  readonly id: LinkId;
  /** True for a link that must have a peer which is not proven. */
  readonly peerUnknown: boolean;
}

export interface BoxPlan {
  readonly id: NamespaceId;
  readonly root: boolean;
  readonly titleWidth: number;
  readonly wired: readonly LinkPlan[];
  /** Links that are wired to nothing, such as lo: drawn small. */
  readonly chips: readonly LinkPlan[];
  /** True where only links that lead out of it are shown; null where it cannot be collapsed. */
  readonly collapsed: boolean | null;
}

/** One place in a grid. */
export interface CellPlan {
  /** Stays the same while the cable is plugged in: the host end where there is one, else the namespace. */
  readonly key: string;
  /** Orders the cells of a grid that is laid out for the first time. */
  readonly sort: string;
  /** Null where nobody knows whose cable it is. */
  readonly namespace: NamespaceId | null;
  readonly host: LinkId | null;
  readonly plug: LinkId | null;
  readonly peerUnknown: boolean;
  /** The namespace's other links, lo last. */
  readonly pins: readonly LinkId[];
}

export interface GroupPlan {
  readonly id: string;
  readonly kind: GroupKind;
  readonly hub: LinkId | null;
  /** For the order of groups that are laid out for the first time. */
  readonly name: string;
  readonly titleWidth: number;
  readonly cells: readonly CellPlan[];
  /** Its cells keep their places but are not drawn. */
  readonly collapsed: boolean;
}

export interface WirePlan {
  readonly kind: 'veth' | 'port' | 'lower' | 'tunnel';
  /** `a` is nearer to the left. */
  readonly a: LinkId;
  readonly b: LinkId;
}

export interface LayoutPlan {
  /** The node's box first. */
  readonly boxes: readonly BoxPlan[];
  readonly groups: readonly GroupPlan[];
  /** Edges between links in boxes. */
  readonly wires: readonly WirePlan[];
}

/** Up to so many namespaces that hang straight on the node keep boxes of their own; more are packed into a grid. */
const routedAsBoxes = 6;

interface Placing {
  readonly group: Pick<GroupPlan, 'id' | 'kind' | 'hub'>;
  readonly cell: CellPlan;
}

function pinsOf(index: TopologyIndex, namespace: NamespaceId, plug: Link | undefined): LinkId[] {
  const others = index.linksOf(namespace).filter((link) => link !== plug);
  return others.sort((a, b) => Number(isLoopback(a)) - Number(isLoopback(b))).map((link) => link.id);
}

function cellOf(
  index: TopologyIndex,
  namespace: Namespace,
  plug: Link | undefined,
  host: Link | undefined,
): CellPlan {
  return {
    key: host?.id ?? namespace.id,
    sort: namespaceTitle(namespace),
    namespace: namespace.id,
    host: host?.id ?? null,
    plug: plug?.id ?? null,
    peerUnknown: plug !== undefined && plug.peerUnknown !== null,
    pins: pinsOf(index, namespace.id, plug),
  };
}

const looseGroup = { id: 'loose', kind: 'loose', hub: null } as const;
const routedGroup = { id: 'routed', kind: 'routed', hub: null } as const;

function isStructured(index: TopologyIndex, links: readonly Link[]): boolean {
  return links.some(
    (link) =>
      link.kind === 'bridge' ||
      index.jointsOf(link.id).some((joint) => joint.other.namespace === link.namespace),
  );
}

/** Where one cable leads to, if the namespace at its end may be a cell of a grid. */
function groupOfJoint(index: TopologyIndex, joint: Joint): Placing['group'] | undefined {
  const other = joint.other;
  if (index.namespaces.get(other.namespace)?.root !== true) {
    return undefined;
  }
  if (joint.kind === 'lower') {
    return { id: `lower/${other.id}`, kind: 'lower', hub: other.id };
  }
  const more = index.jointsOf(other.id).filter((one) => one.kind !== 'veth');
  const bridge = more[0];
  if (joint.kind !== 'veth' || more.length > 1) {
    return undefined;
  }
  if (bridge === undefined) {
    return routedGroup;
  }
  const isPort = bridge.kind === 'port' && bridge.other.kind === 'bridge' && bridge.other.id === other.master;
  return isPort ? { id: `bridge/${bridge.other.id}`, kind: 'bridge', hub: bridge.other.id } : undefined;
}

/** The grid and cell of a namespace; undefined where only a box shows its wiring truly. */
function placeNamespace(index: TopologyIndex, namespace: Namespace): Placing | undefined {
  const links = index.linksOf(namespace.id);
  if (namespace.root || isStructured(index, links)) {
    return undefined;
  }
  const joints = links.flatMap((plug) => index.jointsOf(plug.id).map((joint) => ({ plug, joint })));
  const [only] = joints;
  if (only === undefined) {
    const plug = links.find((link) => link.peerUnknown !== null) ?? links.find((link) => !isLoopback(link));
    return { group: looseGroup, cell: cellOf(index, namespace, plug, undefined) };
  }
  const found = joints.length === 1 ? groupOfJoint(index, only.joint) : undefined;
  const host = only.joint.kind === 'veth' ? only.joint.other : undefined;
  return found && { group: found, cell: cellOf(index, namespace, only.plug, host) };
}

/** Host ends whose other end is not known hang on their bridge all the same. */
function placeOrphans(index: TopologyIndex): Placing[] {
  const links = index.root === null ? [] : index.linksOf(index.root.id);
  return links.flatMap((link) => {
    const bridge = link.master === null ? undefined : index.links.get(link.master);
    if (link.kind !== 'veth' || bridge?.kind !== 'bridge' || vethPeer(index, link.id) !== undefined) {
      return [];
    }
    return {
      group: { id: `bridge/${bridge.id}`, kind: 'bridge', hub: bridge.id },
      cell: {
        key: link.id,
        sort: `\uffff${link.name}`,
        namespace: null,
        host: link.id,
        plug: null,
        peerUnknown: true,
        pins: [],
      },
    };
  });
}

function groupName(index: TopologyIndex, placing: Placing['group']): string {
  const hub = placing.hub === null ? undefined : index.links.get(placing.hub);
  return hub?.name ?? placing.id;
}

/** What hangs straight on the node keeps its true shape unless there is much of it. */
function staysBox(kind: GroupKind, cells: number, packed: boolean): boolean {
  return (kind === 'routed' || kind === 'lower') && cells <= routedAsBoxes && !packed;
}

const widthOfText = (text: string, perLetter: number): number => Array.from(text).length * perLetter;
const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

function planLink(link: Link): LinkPlan {
  const words = [
    widthOfText(displayName(link.name), 7.8),
    widthOfText(firstAddress(link) ?? '', 6.9),
    link.mac === null ? 0 : 104,
  ];
  return {
    id: link.id,
    width: Math.ceil(clamp(Math.max(...words) + 34, 84, 190)),
    height: linkHeight,
    peerUnknown: link.peerUnknown !== null,
  };
}

function planChip(link: Link): LinkPlan {
  const width = Math.ceil(clamp(widthOfText(displayName(link.name), 6.6) + 28, 46, 130));
  return { id: link.id, width, height: 20, peerUnknown: false };
}

function planBox(
  index: TopologyIndex,
  namespace: Namespace,
  inGrid: ReadonlySet<LinkId>,
  hubs: ReadonlySet<LinkId>,
  collapsed: boolean,
): BoxPlan {
  const leadsOut = (link: Link): boolean =>
    index.jointsOf(link.id).some((joint) => joint.other.namespace !== namespace.id);
  const links = index
    .linksOf(namespace.id)
    .filter((link) => !inGrid.has(link.id) && (!collapsed || leadsOut(link)));
  const isWired = (link: Link): boolean =>
    hubs.has(link.id) ||
    link.kind === 'bridge' ||
    link.peerUnknown !== null ||
    link.addresses.some(() => !isLoopback(link)) ||
    index.jointsOf(link.id).some((joint) => !inGrid.has(joint.other.id));
  const count = collapsed ? plural(index.linksOf(namespace.id).length, 'interface') : '';
  const beside = namespace.root ? displayName(index.topology.node.hostname) : count;
  const mark = namespace.root ? '' : '▾ ';
  return {
    id: namespace.id,
    root: namespace.root,
    titleWidth: clamp(widthOfText(`${mark}${namespaceTitle(namespace)} ${beside}`, 8) + 40, 90, 280),
    wired: links.filter(isWired).map(planLink),
    chips: links.filter((link) => !isWired(link)).map(planChip),
    collapsed: namespace.root ? null : collapsed,
  };
}

/** Steps from the node along the edges, so that every wire can run away from it. */
function distances(index: TopologyIndex): Map<LinkId, number> {
  const far = new Map<LinkId, number>();
  const queue = (index.root === null ? [] : index.linksOf(index.root.id)).map((link) => link.id);
  queue.forEach((id) => far.set(id, 0));
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    const step = (far.get(at) ?? 0) + 1;
    const siblings =
      step === 1 ? [] : index.linksOf(index.links.get(at)?.namespace ?? '').map((link) => link.id);
    for (const next of [...index.jointsOf(at).map((joint) => joint.other.id), ...siblings]) {
      if (!far.has(next)) {
        far.set(next, step);
        queue.push(next);
      }
    }
  }
  return far;
}

function planWires(index: TopologyIndex, shown: ReadonlySet<LinkId>): WirePlan[] {
  const edges = index.topology.edges.filter(({ a, b }) => a !== b && shown.has(a) && shown.has(b));
  const far = edges.length === 0 ? new Map<LinkId, number>() : distances(index);
  const outside = (id: LinkId): boolean =>
    index.jointsOf(id).some((joint) => joint.other.namespace !== index.links.get(id)?.namespace);
  const wires: WirePlan[] = [];
  for (const { kind, a, b } of edges) {
    const [farA, farB] = [far.get(a) ?? 0, far.get(b) ?? 0];
    // A member of a bond or vrf is drawn as a port is: it is reached through its master.
    const drawn = kind === 'member' ? 'port' : kind;
    const rootPort = drawn === 'port' && !outside(a);
    const swap = farA === farB ? !(rootPort || kind === 'veth') : farA > farB;
    wires.push(swap ? { kind: drawn, a: b, b: a } : { kind: drawn, a, b });
  }
  return wires;
}

function gather(placings: readonly Placing[]): Map<string, Placing[]> {
  const groups = new Map<string, Placing[]>();
  for (const placing of placings) {
    const list = groups.get(placing.group.id);
    if (list === undefined) {
      groups.set(placing.group.id, [placing]);
    } else {
      list.push(placing);
    }
  }
  return groups;
}

/**
 * Plans the picture of a topology. `packed` names the groups that were grids before: what was packed stays packed, so
 * that a pod removed from a crowded node does not turn a grid inside out. `collapsed` names the groups, by their ids, and the
 * namespaces of which only the outside is shown.
 */
export function planLayout(
  index: TopologyIndex,
  packed: ReadonlySet<string> = new Set(),
  collapsed: ReadonlySet<string> = new Set(),
): LayoutPlan {
  const placed = [...index.namespaces.values()].flatMap((one) => placeNamespace(index, one) ?? []);
  const groups: GroupPlan[] = [];
  for (const [id, placings] of gather([...placed, ...placeOrphans(index)])) {
    const first = placings[0]?.group;
    if (first !== undefined && !staysBox(first.kind, placings.length, packed.has(id))) {
      const name = groupName(index, first);
      const titleWidth = clamp(widthOfText(displayName(name), 8) + 250, 300, 430);
      groups.push({
        ...first,
        name,
        titleWidth,
        cells: placings.map((placing) => placing.cell),
        collapsed: collapsed.has(id),
      });
    }
  }
  const cells = groups.flatMap((group) => group.cells);
  const inGrid = new Set(
    cells.flatMap((cell) => [cell.host, cell.plug, ...cell.pins].filter((id) => id !== null)),
  );
  const hubs = new Set(groups.flatMap((group) => group.hub ?? []));
  const cellNamespaces = new Set(cells.map((cell) => cell.namespace));
  const boxed = [...index.namespaces.values()].filter((namespace) => !cellNamespaces.has(namespace.id));
  const boxes = boxed
    .sort((a, b) => Number(b.root) - Number(a.root))
    .map((namespace) =>
      planBox(index, namespace, inGrid, hubs, !namespace.root && collapsed.has(namespace.id)),
    );
  const shown = new Set(boxes.flatMap((box) => box.wired.map((link) => link.id)));
  return { boxes, groups, wires: planWires(index, shown) };
}
