/** Pure: geometry + topology → what is drawn, with its text and states. Knows nothing of SVG or canvas. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { Link, LinkId, Namespace, Pod } from '../../src/topology/topology.ts';
import type { Circuit } from '../graph/circuit.ts';
import { announce } from '../graph/describe.ts';
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
import { isLoopback, type TopologyIndex } from '../graph/topologyIndex.ts';
import {
  boundsOf,
  type Geometry,
  type GroupShape,
  type LinkStyle,
  type Point,
  type Rect,
  type WireKind,
} from '../layout/geometry.ts';

interface Item {
  /** Unique in the scene; for links and namespaces the key of their selection. */
  readonly key: string;
  readonly bounds: Rect;
  readonly selection: Selection | null;
  /** The full text, for the tooltip. */
  readonly tooltip: string;
}

export interface GroupItem extends Item {
  readonly kind: 'group';
  readonly title: string;
  readonly subtitle: string;
  readonly colour: number;
  readonly loose: boolean;
}

export interface WireItem extends Item {
  readonly kind: 'wire';
  readonly wire: WireKind;
  readonly paths: readonly (readonly Point[])[];
  readonly colour: number | null;
  readonly state: LinkState;
  /** True for the many short wires of a grid, which are drawn as one from afar. */
  readonly fine: boolean;
  readonly group: string | null;
}

export interface BoxItem extends Item {
  readonly kind: 'box';
  readonly title: string;
  readonly subtitle: string;
  readonly root: boolean;
  readonly ours: boolean;
}

type PodMark = 'ours' | 'container' | 'named' | 'process' | 'none';

const podMarks: Readonly<Record<Pod['kind'], PodMark>> = {
  patchbay: 'ours',
  podman: 'container',
  docker: 'container',
  cri: 'container',
  named: 'named',
  process: 'process',
};

export interface PodItem extends Item {
  readonly kind: 'pod';
  readonly title: string;
  readonly address: string;
  readonly detail: string;
  readonly mark: PodMark;
  readonly state: LinkState;
  /** Nobody knows whose cable it is. */
  readonly ghost: boolean;
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
  readonly dim: boolean;
  readonly colour: number | null;
  readonly peerUnknown: boolean;
}

export type SceneItem = GroupItem | WireItem | BoxItem | PodItem | LinkItem;

export interface Scene {
  readonly bounds: Rect;
  /** In drawing order of their layers: group, box, wire, pod, link. */
  readonly items: readonly SceneItem[];
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

function groupTitle(index: TopologyIndex, shape: GroupShape): Pick<GroupItem, 'title' | 'subtitle'> {
  const hub = shape.hub === null ? undefined : index.links.get(shape.hub);
  const cells = shape.kind === 'bridge' ? plural(shape.cells, 'cable') : plural(shape.cells, 'pod');
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

function groupItem(index: TopologyIndex, shape: GroupShape): GroupItem {
  const words = groupTitle(index, shape);
  const routed = shape.kind === 'routed' && index.root !== null ? selectNamespace(index.root.id) : null;
  return {
    kind: 'group',
    key: `group ${shape.id}`,
    bounds: shape.rect,
    selection: shape.hub === null ? routed : selectLink(shape.hub),
    tooltip: `${words.title}: ${words.subtitle}`,
    ...words,
    colour: shape.colour,
    loose: shape.kind === 'loose',
  };
}

function wireItems(index: TopologyIndex, geometry: Geometry): WireItem[] {
  return geometry.wires.map((wire): WireItem => {
    const links = wire.links.map((id) => index.links.get(id));
    const ends = wire.kind === 'stub' ? links.slice(-1) : wire.kind === 'veth' ? links : [];
    const named = links.flatMap((link) => (link ? announceShort(index, link) : []));
    const first = wire.kind === 'bus' || wire.kind === 'trunk' ? wire.links[0] : wire.links.at(-1);
    return {
      kind: 'wire',
      key: wire.id,
      bounds: boundsOf([], wire.paths),
      selection: first === undefined ? null : selectLink(first),
      tooltip: wire.kind === 'unknown' ? `${named.join('')}: other end unknown` : named.join(' — '),
      wire: wire.kind,
      paths: wire.paths,
      colour: wire.colour,
      state: worstState(ends),
      fine: wire.group !== null && (wire.kind === 'stub' || wire.kind === 'veth' || wire.kind === 'unknown'),
      group: wire.group,
    };
  });
}

function announceShort(index: TopologyIndex, link: Link): string {
  const owner = index.namespaces.get(link.namespace);
  return owner ? `${displayName(link.name)} of ${namespaceTitle(owner)}` : displayName(link.name);
}

function boxItem(index: TopologyIndex, namespace: Namespace, bounds: Rect): BoxItem {
  return {
    kind: 'box',
    key: namespaceKey(namespace.id),
    bounds,
    selection: selectNamespace(namespace.id),
    tooltip: announce(index, selectNamespace(namespace.id)),
    title: namespaceTitle(namespace),
    subtitle: namespace.root ? displayName(index.topology.node.hostname) : '',
    root: namespace.root,
    ours: namespace.pod?.kind === 'patchbay',
  };
}

function podItem(index: TopologyIndex, namespace: Namespace, bounds: Rect): PodItem {
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
    tooltip: announce(index, selectNamespace(namespace.id)),
    title: namespaceTitle(namespace),
    address: main === undefined ? 'no interface' : address === '' ? 'no address' : address,
    detail: main === undefined ? '' : `${macAndMtu(main)}${more}`,
    mark: namespace.pod === null ? 'none' : podMarks[namespace.pod.kind],
    state: worstState([main, ...hosts.filter((host) => host.kind === 'veth')]),
    ghost: false,
  };
}

function ghostItem(index: TopologyIndex, host: LinkId, bounds: Rect): PodItem {
  const link = index.links.get(host);
  const why = link?.peerUnknown === 'ambiguous' ? 'more than one could be it' : 'cannot be read';
  return {
    kind: 'pod',
    key: `ghost ${host}`,
    bounds,
    selection: selectLink(host),
    tooltip: `Where the cable of ${displayName(link?.name ?? '')} leads is not known: ${why}.`,
    title: 'unknown',
    address: why,
    detail: '',
    mark: 'none',
    state: 'up',
    ghost: true,
  };
}

function linkItem(
  index: TopologyIndex,
  link: Link,
  shape: { readonly rect: Rect; readonly style: LinkStyle },
  colour: number | null,
): LinkItem {
  const facts = [announce(index, selectLink(link.id)), ...link.addresses.slice(1), macAndMtu(link)];
  return {
    kind: 'link',
    key: linkKey(link.id),
    bounds: shape.rect,
    selection: selectLink(link.id),
    tooltip: facts.join('\n'),
    style: shape.style,
    title: displayName(link.name),
    address: addressSummary(link),
    detail: link.mac === null || isLoopback(link) ? `MTU ${link.mtu}` : macAndMtu(link),
    state: linkState(link),
    bridge: link.kind === 'bridge',
    ours: link.ours,
    dim: isLoopback(link) || shape.style === 'chip',
    colour,
    peerUnknown: link.peerUnknown !== null,
  };
}

/** Composes the scene. Shapes whose namespace or link is gone are left out. */
export function composeScene(index: TopologyIndex, geometry: Geometry): Scene {
  const colours = new Map(geometry.groups.map((group) => [group.hub, group.colour]));
  const boxes: BoxItem[] = [];
  const pods: PodItem[] = geometry.ghosts.map(({ host, rect }) => ghostItem(index, host, rect));
  for (const { id, rect, style } of geometry.namespaces) {
    const namespace = index.namespaces.get(id);
    if (namespace !== undefined) {
      if (style === 'box') {
        boxes.push(boxItem(index, namespace, rect));
      } else {
        pods.push(podItem(index, namespace, rect));
      }
    }
  }
  const links = geometry.links.flatMap((shape) => {
    const link = index.links.get(shape.id);
    return link === undefined ? [] : linkItem(index, link, shape, colours.get(link.id) ?? null);
  });
  const groups = geometry.groups.map((shape) => groupItem(index, shape));
  return {
    bounds: geometry.bounds,
    items: [...groups, ...boxes, ...wireItems(index, geometry), ...pods, ...links],
  };
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
  for (const { id, hub } of geometry.groups) {
    if (hub !== null && circuit.wholeBridges.has(hub)) {
      keys.add(`group ${id}`);
    }
  }
  for (const { host } of geometry.ghosts) {
    if (circuit.links.has(host)) {
      keys.add(`ghost ${host}`);
    }
  }
  return keys;
}
