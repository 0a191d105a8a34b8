/** Pure: geometry + topology → what is drawn, with its text and states. Knows nothing of SVG or canvas. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { Severity } from '../../src/topology/finding.ts';
import type { Link, LinkId, Namespace, NamespaceId, Pod } from '../../src/topology/topology.ts';
import type { Circuit } from '../graph/circuit.ts';
import { noFindings, worstSentence, type FindingIndex } from '../graph/findings.ts';
import { linkKey, namespaceKey, selectLink, selectNamespace } from '../graph/selection.ts';
import {
  addressSummary,
  displayName,
  kindInWords,
  linkState,
  namespaceTitle,
  plural,
  type LinkState,
} from '../graph/text.ts';
import { isLoopback, isSameInside, type TopologyIndex } from '../graph/topologyIndex.ts';
import {
  boundsOf,
  groupKey,
  trunkKey,
  type Geometry,
  type GroupShape,
  type LinkShape,
  type LinkStyle,
  type NamespaceShape,
  type Point,
  type Rect,
  type WireKind,
  type WireShape,
} from '../layout/geometry.ts';
import { Badges, type NamespaceBadges } from './badges.ts';

interface Item {
  /** Unique in the scene; for links and namespaces the key of their selection. */
  readonly key: string;
  readonly bounds: Rect;
  readonly selection: Selection | null;
  /** The gravest finding about it. */
  readonly badge: Severity | null;
}

/** Why nobody knows where a cable leads. */
type PeerUnknown = NonNullable<Link['peerUnknown']>;

export interface GroupItem extends Item {
  readonly kind: 'group';
  readonly title: string;
  readonly subtitle: string;
  /** The worst that is wrong in it while it is collapsed; else "". */
  readonly wrong: string;
  readonly colour: number;
  readonly loose: boolean;
  /** Height of the room for the title, above the first row. */
  readonly header: number;
}

export interface WireItem extends Item {
  readonly kind: 'wire';
  readonly wire: WireKind;
  /** The links it joins. */
  readonly links: readonly LinkId[];
  readonly paths: readonly (readonly Point[])[];
  readonly colour: number | null;
  readonly state: LinkState;
  /** True for the many short wires of a grid, which are drawn as one from afar. */
  readonly fine: boolean;
  readonly group: string | null;
  /** Of a cable whose other end is not known. */
  readonly unknown: PeerUnknown | null;
}

export interface BoxItem extends Item, NamespaceBadges {
  readonly kind: 'box';
  readonly title: string;
  readonly subtitle: string;
  readonly root: boolean;
  readonly ours: boolean;
  /** Something of it could not be read. */
  readonly unread: boolean;
}

export type PodMark = 'ours' | 'container' | 'named' | 'process' | 'none';

const podMarks: Readonly<Record<Pod['kind'], PodMark>> = {
  patchbay: 'ours',
  podman: 'container',
  docker: 'container',
  cri: 'container',
  named: 'named',
  process: 'process',
};

export interface PodItem extends Item, NamespaceBadges {
  readonly kind: 'pod';
  readonly title: string;
  readonly address: string;
  readonly detail: string;
  readonly mark: PodMark;
  /** The link whose counters are its own. */
  readonly counted: LinkId | null;
  readonly state: LinkState;
  readonly unread: boolean;
  /** Nobody knows whose cable it is. */
  readonly ghost: PeerUnknown | null;
}

export interface LinkItem extends Item {
  readonly kind: 'link';
  readonly style: LinkStyle;
  readonly title: string;
  readonly address: string;
  readonly detail: string;
  readonly state: LinkState;
  readonly bridge: boolean;
  readonly ours: boolean;
  readonly counted: LinkId;
  readonly colour: number | null;
  readonly peerUnknown: PeerUnknown | null;
}

export type SceneItem = GroupItem | WireItem | BoxItem | PodItem | LinkItem;

/** The link whose counters an item tells from close by; null for none. */
export function countedOf(item: SceneItem): LinkId | null {
  if (item.kind === 'pod') {
    return item.counted;
  }
  return item.kind === 'link' && item.style === 'box' ? item.counted : null;
}

export interface Scene {
  readonly bounds: Rect;
  /** In drawing order of their layers: group, box, wire, pod, link. */
  readonly items: readonly SceneItem[];
  readonly byKey: ReadonlyMap<string, SceneItem>;
}

export function sceneOf(bounds: Rect, items: readonly SceneItem[]): Scene {
  return { bounds, items, byKey: new Map(items.map((item) => [item.key, item])) };
}

export interface SceneOptions {
  readonly findings?: FindingIndex;
  /** What was drawn before: items that look the same are taken from it, so that the same object means the same picture. */
  readonly before?: { readonly scene: Scene; readonly index: TopologyIndex } | null;
}

/** What all items of one scene are made from. */
interface Making {
  readonly index: TopologyIndex;
  readonly badges: Badges;
  /** Namespaces of which something could not be read; null stands for the node. */
  readonly unread: ReadonlySet<NamespaceId | null>;
  readonly before: { readonly scene: Scene; readonly index: TopologyIndex } | null;
}

const worst: Record<LinkState, number> = { up: 0, 'no-carrier': 1, down: 2 };

function worstState(links: readonly (Link | undefined)[]): LinkState {
  return links
    .flatMap((link) => (link === undefined ? [] : linkState(link)))
    .reduce<LinkState>((a, b) => (worst[b] > worst[a] ? b : a), 'up');
}

function macAndMtu(link: Link): string {
  return [link.mac, `MTU ${link.mtu}`].filter((part) => part !== null).join(' · ');
}

/** What a group is called, and what it holds. */
export function groupWords(index: TopologyIndex, shape: GroupShape): Pick<GroupItem, 'title' | 'subtitle'> {
  const hub = shape.hub === null ? undefined : index.links.get(shape.hub);
  const cells = cellsInWords(index, shape);
  if (shape.kind === 'loose') {
    return { title: 'No cable known', subtitle: plural(shape.cells, 'namespace') };
  }
  if (hub === undefined) {
    return { title: 'Routed by the node', subtitle: cells };
  }
  const what = shape.kind === 'bridge' ? 'bridge' : `on ${kindInWords(hub.kind)}`;
  return {
    title: displayName(hub.name),
    subtitle: [what, cells, addressSummary(hub)].filter(Boolean).join(' · '),
  };
}

/** "3 cables", "1 of 20 cables" where others are left out, "20 cables, 2 of them not up" where they are folded away. */
function cellsInWords(index: TopologyIndex, { kind, cells, of, folded }: GroupShape): string {
  const what = kind === 'bridge' ? 'cable' : 'pod';
  if (of !== null && of !== cells) {
    return `${cells} of ${plural(of, what)}`;
  }
  const bad = folded.filter((key) => key.startsWith('namespace/') && isBad(index, key)).length;
  return bad === 0 ? plural(cells, what) : `${plural(cells, what)}, ${bad} not up`;
}

function isBad(index: TopologyIndex, key: string): boolean {
  const links = index.linksOf(key.slice('namespace/'.length)).filter((link) => !isLoopback(link));
  return worstState(links) !== 'up';
}

/** A title with the mark that says whether it can be opened or closed. */
function foldable(title: string, collapsed: boolean | null): string {
  return collapsed === null ? title : `${collapsed ? '▸' : '▾'} ${title}`;
}

function groupItem({ index, badges }: Making, shape: GroupShape): GroupItem {
  const words = groupWords(index, shape);
  const found = badges.foundIn(shape);
  const routed = shape.kind === 'routed' && index.root !== null ? selectNamespace(index.root.id) : null;
  return {
    kind: 'group',
    key: groupKey(shape.id),
    bounds: shape.rect,
    selection: shape.hub === null ? routed : selectLink(shape.hub),
    badge: badges.ofGroup(shape),
    title: foldable(words.title, shape.collapsed),
    subtitle: found.length === 0 ? words.subtitle : `${words.subtitle} · ${plural(found.length, 'finding')}`,
    wrong: worstSentence(found),
    colour: shape.colour,
    loose: shape.kind === 'loose',
    header: shape.header,
  };
}

function samePath(a: readonly Point[] | undefined, b: readonly Point[]): boolean {
  return a?.length === b.length && a.every(({ x, y }, at) => x === b[at]?.x && y === b[at].y);
}

/** The same wire of the scene before, where neither it nor what it joins has changed. */
function oldWire({ index, before }: Making, wire: WireShape): WireItem | undefined {
  const old = before?.scene.byKey.get(wire.id);
  const same =
    old?.kind === 'wire' &&
    old.colour === wire.colour &&
    old.group === wire.group &&
    old.links.length === wire.links.length &&
    wire.links.every((id, at) => id === old.links[at] && isSameLink(index, before, id)) &&
    old.paths.length === wire.paths.length &&
    wire.paths.every((points, at) => samePath(old.paths[at], points));
  return same ? old : undefined;
}

/** Short and straight within a grid; one that was led elsewhere by hand is to be seen from afar, too. */
function isFine({ kind, group, paths }: WireShape): boolean {
  const short = kind === 'stub' || kind === 'veth' || kind === 'unknown';
  return group !== null && short && paths.every((points) => points.length <= 2);
}

function wireItems(making: Making, geometry: Geometry): WireItem[] {
  const { index } = making;
  return geometry.wires.map((wire): WireItem => {
    const old = oldWire(making, wire);
    if (old !== undefined) {
      return old;
    }
    const links = wire.links.map((id) => index.links.get(id));
    const ends = wire.kind === 'stub' ? links.slice(-1) : wire.kind === 'veth' ? links : [];
    const first = wire.kind === 'bus' || wire.kind === 'trunk' ? wire.links[0] : wire.links.at(-1);
    return {
      kind: 'wire',
      key: wire.id,
      bounds: boundsOf([], wire.paths),
      selection: first === undefined ? null : selectLink(first),
      badge: null,
      wire: wire.kind,
      links: wire.links,
      paths: wire.paths,
      colour: wire.colour,
      state: worstState(ends),
      fine: isFine(wire),
      group: wire.group,
      unknown: wire.kind === 'unknown' ? (links[0]?.peerUnknown ?? 'not-readable') : null,
    };
  });
}

function boxItem({ index, badges, unread }: Making, namespace: Namespace, shape: NamespaceShape): BoxItem {
  const { rect: bounds, collapsed } = shape;
  const key = namespaceKey(namespace.id);
  const all = index.linksOf(namespace.id).length;
  return {
    kind: 'box',
    key,
    bounds,
    selection: selectNamespace(namespace.id),
    ...badges.ofNamespace(namespace.id),
    title: foldable(namespaceTitle(namespace), collapsed),
    subtitle: namespace.root
      ? displayName(index.topology.node.hostname)
      : collapsed === true
        ? plural(all, 'interface')
        : '',
    root: namespace.root,
    ours: namespace.pod?.kind === 'patchbay',
    unread: unread.has(namespace.id) || (namespace.root && unread.has(null)),
  };
}

function sameRect(a: Rect, b: Rect): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

function isSameLink(index: TopologyIndex, before: Making['before'], id: LinkId): boolean {
  return before !== null && index.links.get(id) === before.index.links.get(id);
}

function oldPod(making: Making, id: NamespaceId, bounds: Rect): PodItem | undefined {
  const old = making.before?.scene.byKey.get(namespaceKey(id));
  const { badge, inside } = making.badges.ofNamespace(id);
  const same =
    old?.kind === 'pod' &&
    sameRect(old.bounds, bounds) &&
    old.badge === badge &&
    old.inside === inside &&
    old.unread === making.unread.has(id) &&
    making.before !== null &&
    isSameInside(making.index, making.before.index, id);
  return same ? old : undefined;
}

function podItem(making: Making, namespace: Namespace, bounds: Rect): PodItem {
  const old = oldPod(making, namespace.id, bounds);
  if (old !== undefined) {
    return old;
  }
  const { index, badges, unread } = making;
  const links = index.linksOf(namespace.id).filter((link) => !isLoopback(link));
  const main =
    links.find((link) => index.jointsOf(link.id).length > 0 || link.peerUnknown !== null) ?? links[0];
  const hosts = main === undefined ? [] : index.jointsOf(main.id).map((joint) => joint.other);
  const address = main === undefined ? '' : addressSummary(main);
  const more = links.length > 1 ? ` +${links.length - 1} more` : '';
  return {
    kind: 'pod',
    key: namespaceKey(namespace.id),
    bounds,
    selection: selectNamespace(namespace.id),
    ...badges.ofNamespace(namespace.id),
    title: namespaceTitle(namespace),
    address: main === undefined ? 'no interface' : address === '' ? 'no address' : address,
    detail: main === undefined ? '' : `${macAndMtu(main)}${more}`,
    mark: namespace.pod === null ? 'none' : podMarks[namespace.pod.kind],
    counted: main?.id ?? null,
    state: worstState([main, ...hosts.filter((host) => host.kind === 'veth')]),
    unread: unread.has(namespace.id),
    ghost: null,
  };
}

function ghostItem({ index, badges }: Making, host: LinkId, bounds: Rect): PodItem {
  const ghost = index.links.get(host)?.peerUnknown ?? 'not-readable';
  return {
    kind: 'pod',
    key: `ghost ${host}`,
    bounds,
    selection: selectLink(host),
    badge: null,
    inside: badges.ofLink(host),
    title: ghost === 'ambiguous' ? 'ambiguous' : 'unknown',
    address: ghost === 'ambiguous' ? 'several could be it' : 'cannot be read',
    detail: '',
    mark: 'none',
    counted: null,
    state: 'up',
    unread: false,
    ghost,
  };
}

function oldLink(
  { index, badges, before }: Making,
  { id, rect, style }: LinkShape,
  colour: number | null,
): LinkItem | undefined {
  const old = before?.scene.byKey.get(linkKey(id));
  const same =
    old?.kind === 'link' &&
    sameRect(old.bounds, rect) &&
    old.style === style &&
    old.colour === colour &&
    old.badge === badges.ofLink(id) &&
    isSameLink(index, before, id);
  return same ? old : undefined;
}

function linkItem(
  { badges }: Making,
  link: Link,
  shape: { readonly rect: Rect; readonly style: LinkStyle },
  colour: number | null,
): LinkItem {
  return {
    kind: 'link',
    key: linkKey(link.id),
    bounds: shape.rect,
    selection: selectLink(link.id),
    badge: badges.ofLink(link.id),
    style: shape.style,
    title: displayName(link.name),
    address: addressSummary(link),
    detail: link.mac === null || isLoopback(link) ? `MTU ${link.mtu}` : macAndMtu(link),
    state: linkState(link),
    bridge: link.kind === 'bridge',
    ours: link.ours,
    counted: link.id,
    colour,
    peerUnknown: link.peerUnknown,
  };
}

/** Compares plain data that holds the numbers and words of an item. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b || typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return a === b;
  }
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => isSame(one[key], other[key]));
}

function reuse(items: readonly SceneItem[], before: ReadonlyMap<string, SceneItem> | undefined): SceneItem[] {
  return items.map((item) => {
    const old = before?.get(item.key);
    return old !== undefined && isSame(old, item) ? old : item;
  });
}

/** Composes the scene. Shapes whose namespace or link is gone are left out. */
export function composeScene(index: TopologyIndex, geometry: Geometry, options: SceneOptions = {}): Scene {
  const colours = new Map(geometry.groups.map((group) => [group.hub, group.colour]));
  const unread = new Set(index.topology.unknown.map(({ namespace }) => namespace));
  const before = options.before ?? null;
  const badges = new Badges(index, geometry, options.findings ?? noFindings);
  const making: Making = { index, badges, unread, before };
  const boxes: BoxItem[] = [];
  const pods: PodItem[] = geometry.ghosts.map(({ host, rect }) => ghostItem(making, host, rect));
  for (const shape of geometry.namespaces) {
    const namespace = index.namespaces.get(shape.id);
    if (namespace !== undefined) {
      if (shape.style === 'box') {
        boxes.push(boxItem(making, namespace, shape));
      } else {
        pods.push(podItem(making, namespace, shape.rect));
      }
    }
  }
  const links = geometry.links.flatMap((shape) => {
    const link = index.links.get(shape.id);
    const colour = colours.get(shape.id) ?? null;
    return link === undefined
      ? []
      : (oldLink(making, shape, colour) ?? linkItem(making, link, shape, colour));
  });
  const groups = geometry.groups.map((shape) => groupItem(making, shape));
  const made = [...groups, ...boxes, ...wireItems(making, geometry), ...pods, ...links];
  return sceneOf(geometry.bounds, reuse(made, before?.scene.byKey));
}

/** Keys of the items that a circuit lights. The bus bar is lit as a whole only where the circuit says so. */
export function litKeys(circuit: Circuit, geometry: Geometry): ReadonlySet<string> {
  const keys = new Set<string>();
  circuit.namespaces.forEach((id) => keys.add(namespaceKey(id)));
  circuit.links.forEach((id) => keys.add(linkKey(id)));
  for (const { id, kind, links } of geometry.wires) {
    const whole =
      kind !== 'bus' && kind !== 'trunk' ? true : links.some((link) => circuit.wholeBridges.has(link));
    if (whole && links.length > 0 && links.every((link) => circuit.links.has(link))) {
      keys.add(id);
    }
  }
  for (const { id, hub, folded } of geometry.groups) {
    const inside = folded.some((key) => keys.has(key));
    if (inside || (hub !== null && circuit.wholeBridges.has(hub))) {
      keys.add(groupKey(id));
    }
    if (inside) {
      keys.add(trunkKey(id));
    }
  }
  for (const { host } of geometry.ghosts) {
    if (circuit.links.has(host)) {
      keys.add(`ghost ${host}`);
    }
  }
  return keys;
}
