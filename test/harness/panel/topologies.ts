/** Makes topologies of every shape for tests, screenshots and benches of the panel. Deterministic. */
import type { Selection } from '../../../src/protocol/messages.ts';
import { blankLink, blankNamespace, blankTopology } from '../../unit/blank.ts';
import type {
  Address,
  Edge,
  FdbEntry,
  Link,
  LinkId,
  Namespace,
  NamespaceId,
  Neighbour,
  Pod,
  Route,
  Topology,
  Unknown,
} from '../../../src/topology/topology.ts';

export interface LinkOptions {
  readonly kind?: string;
  readonly up?: boolean;
  readonly carrier?: boolean;
  readonly addresses?: readonly string[];
  readonly mtu?: number;
  readonly master?: LinkId;
  readonly ours?: boolean;
  readonly alias?: string;
  readonly peerUnknown?: Link['peerUnknown'];
}

const rootId = '4026531840';

/** Builds a topology step by step, as the kernel would number it. */
export class TopologyBuilder {
  readonly #namespaces = new Map<NamespaceId, Namespace>();
  readonly #links = new Map<LinkId, Link>();
  readonly #edges: Edge[] = [];
  readonly #routes: Route[] = [];
  readonly #neighbours: Neighbour[] = [];
  readonly #fdb: FdbEntry[] = [];
  readonly #unknown: Unknown[] = [];
  readonly #nextIndex = new Map<NamespaceId, number>();
  readonly #hostname: string;

  constructor(hostname = 'edge-07') {
    this.#hostname = hostname;
    this.#addNamespace({
      ...blankNamespace,
      id: rootId,
      name: 'node',
      names: [],
      root: true,
      pod: null,
      processes: [],
      links: [],
    });
    this.link(rootId, 'lo', { kind: 'loopback', addresses: ['127.0.0.1/8', '::1/128'], mtu: 65536 });
  }

  get root(): NamespaceId {
    return rootId;
  }

  #addNamespace(namespace: Namespace): void {
    this.#namespaces.set(namespace.id, namespace);
    this.#nextIndex.set(namespace.id, 1);
  }

  namespace(name: string, kind: Pod['kind'] = 'named', withLoopback = true): NamespaceId {
    const id = String(4026532200 + this.#namespaces.size * 61);
    const processes = [{ pid: 1000 + this.#namespaces.size, name: 'sleep', containerId: null }];
    const names = kind === 'process' ? [] : [`/run/netns/${name}`];
    this.#addNamespace({
      ...blankNamespace,
      id,
      name,
      names,
      root: false,
      pod: { name, kind },
      processes,
      links: [],
    });
    if (withLoopback) {
      this.link(id, 'lo', { kind: 'loopback', addresses: ['127.0.0.1/8'], mtu: 65536 });
    }
    return id;
  }

  link(namespace: NamespaceId, name: string, options: LinkOptions = {}): LinkId {
    const ifindex = this.#nextIndex.get(namespace) ?? 1;
    this.#nextIndex.set(namespace, ifindex + 1);
    const id = `${namespace}:${ifindex}`;
    const up = options.up ?? true;
    const carrier = options.carrier ?? up;
    const mac = options.kind === 'loopback' ? '00:00:00:00:00:00' : macOf(this.#links.size);
    const operstate =
      options.kind === 'loopback' ? 'UNKNOWN' : !up ? 'DOWN' : carrier ? 'UP' : 'LOWERLAYERDOWN';
    const link: Link = {
      ...blankLink,
      id,
      namespace,
      ifindex,
      name,
      kind: options.kind ?? 'ether',
      up,
      carrier,
      operstate,
      mac,
      mtu: options.mtu ?? 1500,
      addresses: options.addresses ?? [],
      addressDetails: (options.addresses ?? []).map(addressOf),
      master: options.master ?? null,
      peer: null,
      peerUnknown: options.peerUnknown ?? null,
      alias: options.alias ?? (options.ours === true ? 'patchbay:pod' : null),
      ours: options.ours ?? false,
      portState: options.master === undefined ? null : up ? 'forwarding' : 'disabled',
      statistics: {
        received: { bytes: 68_412 + ifindex * 977, packets: 812 + ifindex, errors: 0, dropped: ifindex % 5 },
        sent: { bytes: 71_034 + ifindex * 1013, packets: 790 + ifindex, errors: 0, dropped: 0 },
      },
      raw: {
        ifindex,
        ifname: name,
        mtu: options.mtu ?? 1500,
        operstate,
        address: mac,
        stats64: {
          rx: {
            bytes: 68_412 + ifindex * 977,
            packets: 812 + ifindex,
            errors: 0,
            dropped: ifindex % 5,
            multicast: 0,
          },
          tx: {
            bytes: 71_034 + ifindex * 1013,
            packets: 790 + ifindex,
            errors: 0,
            dropped: 0,
            carrier_errors: 0,
          },
        },
      },
    };
    this.#links.set(id, link);
    const owner = this.#namespaces.get(namespace);
    if (owner !== undefined) {
      this.#namespaces.set(namespace, { ...owner, links: [...owner.links, id] });
    }
    if (options.master !== undefined) {
      this.#edges.push({ kind: 'port', a: id, b: options.master });
    }
    return id;
  }

  /** Plugs two links together as a veth pair. */
  plug(a: LinkId, b: LinkId): void {
    this.#edges.push({ kind: 'veth', a: a < b ? a : b, b: a < b ? b : a });
    this.change(a, { peer: b });
    this.change(b, { peer: a });
  }

  /** `a` lies on `b`, or runs over it. */
  stack(kind: 'lower' | 'tunnel', a: LinkId, b: LinkId): void {
    this.#edges.push({ kind, a, b });
  }

  change(id: LinkId, change: Partial<Link>): void {
    const link = this.#links.get(id);
    if (link !== undefined) {
      this.#links.set(id, { ...link, ...change });
    }
  }

  unknown(what: string, namespace: NamespaceId | null, reason: string, remedy: string | null): void {
    this.#unknown.push({ namespace, what, reason, remedy });
  }

  /** A pod with eth0, its veth on a bridge, a default route, and what the bridge learned of it. */
  pod(
    name: string,
    bridge: LinkId,
    address: string,
    options: LinkOptions & { readonly podKind?: Pod['kind'] } = {},
  ): LinkId {
    const kind = options.podKind ?? (options.ours === true ? 'patchbay' : 'named');
    const namespace = this.namespace(name, kind);
    const eth0 = this.link(namespace, 'eth0', { kind: 'veth', addresses: [address], ...options });
    const host = this.link(rootId, `veth${macOf(this.#links.size).replaceAll(':', '').slice(-6)}`, {
      kind: 'veth',
      master: bridge,
      ...(options.up === false ? { carrier: false } : {}),
      ...(options.ours === undefined ? {} : { ours: options.ours }),
    });
    this.plug(eth0, host);
    this.#learn(namespace, eth0, host, bridge, address);
    return eth0;
  }

  #learn(namespace: NamespaceId, eth0: LinkId, host: LinkId, bridge: LinkId, address: string): void {
    const mac = this.#links.get(eth0)?.mac ?? '';
    const gateway = `${address.split('.').slice(0, 3).join('.')}.1`;
    const route = {
      namespace,
      table: 'main',
      type: 'unicast',
      link: eth0,
      source: null,
      metric: null,
      family: 4,
      raw: {},
    } as const;
    this.#routes.push(
      { ...route, destination: 'default', gateway, scope: 'global', protocol: 'boot' },
      {
        ...route,
        destination: `${gateway.replace(/1$/, '0')}/24`,
        gateway: null,
        scope: 'link',
        protocol: 'kernel',
      },
    );
    this.#neighbours.push({
      namespace,
      link: eth0,
      address: gateway,
      mac: this.#links.get(bridge)?.mac ?? null,
      states: ['STALE'],
      raw: {},
    });
    this.#fdb.push({ namespace: rootId, link: host, bridge, mac, vlan: null, state: '', flags: [], raw: {} });
  }

  build(takenAt = '2026-01-15T10:00:00.000Z'): Topology {
    return {
      ...blankTopology,
      node: {
        hostname: this.#hostname,
        kernel: '6.18.0',
        os: 'Debian GNU/Linux 12 (bookworm)',
        iproute2: 'ip utility, iproute2-6.1.0',
        privilege: 'root',
      },
      takenAt,
      namespaces: [...this.#namespaces.values()],
      links: [...this.#links.values()],
      edges: this.#edges,
      routes: this.#routes,
      rules: [],
      neighbours: this.#neighbours,
      fdb: this.#fdb,
      unknown: this.#unknown,
    };
  }
}

/** "10.244.0.2/24" as the kernel tells it. */
function addressOf(text: string): Address {
  const [address = '', prefixLength = ''] = text.split('/');
  const scope = /^(127\.|::1$)/.test(address) ? 'host' : address.startsWith('fe80:') ? 'link' : 'global';
  return {
    address,
    prefixLength: Number(prefixLength),
    family: address.includes(':') ? 6 : 4,
    scope,
    flags: ['permanent'],
    peer: null,
    broadcast: null,
    label: null,
  };
}

function macOf(number: number): string {
  const mixed = Math.imul(number + 1, 2654435761) >>> 0;
  return `ea:${number.toString(16).padStart(4, '0').slice(-4).replace(/../g, '$&:')}${mixed
    .toString(16)
    .padStart(8, '0')
    .slice(0, 6)
    .replace(/..(?!$)/g, '$&:')}`;
}

function podAddress(number: number, net = 0): string {
  return `10.244.${net + Math.floor((number + 2) / 254)}.${((number + 2) % 254) + (number + 2 >= 254 ? 1 : 0)}/24`;
}

/** A node with an uplink and `pods` pods on cbr0. */
export function podsOnBridge(pods: number, ours = true): TopologyBuilder {
  const builder = new TopologyBuilder();
  builder.link(builder.root, 'eth0', { addresses: ['192.168.12.7/24', 'fe80::1ff:fe23:4567:890a/64'] });
  const bridge = builder.link(builder.root, 'cbr0', { kind: 'bridge', addresses: ['10.244.0.1/24'], ours });
  for (let number = 0; number < pods; number++) {
    builder.pod(
      pods <= 2 ? (['web', 'db'][number] ?? 'pod') : `app-${number + 1}`,
      bridge,
      podAddress(number),
      { ours: ours && number % 3 !== 2 },
    );
  }
  return builder;
}

/** A node with bridges br0, br1 …, each with so many pods, in turns as they would be made. */
export function podsOnBridges(bridges: number, podsEach: number): TopologyBuilder {
  const builder = new TopologyBuilder();
  const ids = Array.from({ length: bridges }, (_, number) =>
    builder.link(builder.root, `br${number}`, {
      kind: 'bridge',
      addresses: [`10.${100 + number}.0.1/16`],
    }),
  );
  for (let pod = 0; pod < podsEach; pod++) {
    ids.forEach((id, number) => builder.pod(`b${number}-${pod}`, id, `10.${100 + number}.0.${pod + 2}/16`));
  }
  return builder;
}

/** VLAN, VXLAN and five bridges of 120, 20, 9, 6 and 5 pods. */
export function fiveBridges(): TopologyBuilder {
  const builder = new TopologyBuilder('rack3-node12');
  const eth0 = builder.link(builder.root, 'eth0', { addresses: ['192.168.12.7/24'] });
  const vlan = builder.link(builder.root, 'eth0.100', { kind: 'vlan', addresses: ['172.20.100.7/24'] });
  const bridges = ['cbr0', 'br-storage', 'docker0', 'podman1', 'isolated'].map((name, number) =>
    builder.link(builder.root, name, {
      kind: 'bridge',
      addresses: name === 'isolated' ? [] : [`10.${240 + number}.0.1/16`],
    }),
  );
  const vxlan = builder.link(builder.root, 'vxlan1', {
    kind: 'vxlan',
    mtu: 1450,
    ...(bridges[0] === undefined ? {} : { master: bridges[0] }),
  });
  builder.stack('lower', vlan, eth0);
  builder.stack('tunnel', vxlan, eth0);
  [120, 20, 9, 6, 5].forEach((count, number) => {
    for (let pod = 0; pod < count; pod++) {
      builder.pod(
        `${['cni', 'store', 'shop', 'lab', 'iso'][number] ?? ''}-${pod + 1}`,
        bridges[number] ?? '',
        podAddress(pod, number * 10),
        { podKind: number === 2 ? 'process' : 'named' },
      );
    }
  });
  return builder;
}

/** An uplink with a bridge on each of two of its VLANs, one on a vxlan, and a VLAN without one. */
export function overlays(): TopologyBuilder {
  const builder = new TopologyBuilder('rack7-node3');
  const { root } = builder;
  const uplink = builder.link(root, 'eth0', { addresses: ['192.168.12.7/24'] });
  const bridgeOn = (
    name: string,
    address: string,
    lower: { readonly name: string; readonly kind: 'vlan' | 'vxlan'; readonly mtu: number },
  ): LinkId => {
    const bridge = builder.link(root, name, { kind: 'bridge', addresses: [address] });
    const port = builder.link(root, lower.name, { ...lower, master: bridge });
    builder.stack(lower.kind === 'vlan' ? 'lower' : 'tunnel', port, uplink);
    return bridge;
  };
  const shop = bridgeOn('br100', '172.20.100.1/24', { name: 'eth0.100', kind: 'vlan', mtu: 1500 });
  const store = bridgeOn('br200', '172.20.200.1/24', { name: 'eth0.200', kind: 'vlan', mtu: 1500 });
  const overlay = bridgeOn('overlay', '10.42.0.1/16', { name: 'vxlan42', kind: 'vxlan', mtu: 1450 });
  const storage = builder.link(root, 'eth0.300', { kind: 'vlan', addresses: ['172.20.44.7/24'], mtu: 9000 });
  builder.stack('lower', storage, uplink);
  ['shop', 'cart'].forEach((name, at) => builder.pod(name, shop, `172.20.100.${at + 10}/24`));
  ['store', 'ledger', 'backup'].forEach((name, at) => builder.pod(name, store, `172.20.200.${at + 10}/24`));
  for (let number = 1; number <= 6; number++) {
    builder.pod(`flannel-${number}`, overlay, `10.42.0.${number + 10}/16`, { mtu: 1450 });
  }
  return builder;
}

/** Routed veths, a pod on two bridges, a veth between two pods, a bridge inside a pod, macvlan: no grid can show these. */
export function trueShapes(): TopologyBuilder {
  const builder = new TopologyBuilder('lab-router');
  const { root } = builder;
  const eth0 = builder.link(root, 'eth0', { addresses: ['192.168.12.7/24'] });
  const left = builder.link(root, 'br-left', { kind: 'bridge', addresses: ['10.1.0.1/24'] });
  const right = builder.link(root, 'br-right', { kind: 'bridge', addresses: ['10.2.0.1/24'] });
  for (const [number, name] of ['alpha', 'beta', 'gamma'].entries()) {
    builder.pod(name, number === 2 ? right : left, `10.${number === 2 ? 2 : 1}.0.${number + 10}/24`);
  }
  const router = builder.namespace('router');
  for (const [number, bridge] of [left, right].entries()) {
    const inside = builder.link(router, `eth${number}`, {
      kind: 'veth',
      addresses: [`10.${number + 1}.0.254/24`],
    });
    builder.plug(inside, builder.link(root, `r-port${number}`, { kind: 'veth', master: bridge }));
  }
  const routed = builder.namespace('calico-like');
  builder.plug(
    builder.link(routed, 'eth0', { kind: 'veth', addresses: ['10.9.0.5/32'] }),
    builder.link(root, 'cali12ab34cd', { kind: 'veth', addresses: ['169.254.1.1/32'] }),
  );
  const nested = builder.namespace('nested-host');
  const inner = builder.link(nested, 'br-in', { kind: 'bridge', addresses: ['10.77.0.1/24'] });
  const guest = builder.namespace('nested-guest');
  builder.plug(
    builder.link(guest, 'eth0', { kind: 'veth', addresses: ['10.77.0.2/24'] }),
    builder.link(nested, 'veth-in', { kind: 'veth', master: inner }),
  );
  builder.plug(
    builder.link(nested, 'up0', { kind: 'veth', addresses: ['10.2.0.77/24'] }),
    builder.link(root, 'veth-nest', { kind: 'veth', master: right }),
  );
  const macvlan = builder.namespace('mac-pod');
  builder.stack(
    'lower',
    builder.link(macvlan, 'mv0', { kind: 'macvlan', addresses: ['192.168.12.99/24'] }),
    eth0,
  );
  return builder;
}

/** Everything that goes wrong: down, no carrier, ambiguous and unreadable peers, unknown tables. */
export function broken(): TopologyBuilder {
  const builder = podsOnBridge(4);
  const { root } = builder;
  const bridge = `${root}:3`;
  builder.pod('cache-down', bridge, '10.244.0.40/24', { up: false, ours: true });
  const half = builder.pod('half-open', bridge, '10.244.0.41/24', { carrier: false });
  builder.change(half, { operstate: 'LOWERLAYERDOWN' });
  builder.link(root, 'vethunread', { kind: 'veth', master: bridge, peerUnknown: 'not-readable' });
  builder.link(root, 'vethtwins', { kind: 'veth', master: bridge, peerUnknown: 'ambiguous' });
  builder.link(builder.namespace('who-am-i'), 'eth0', {
    kind: 'veth',
    addresses: ['10.244.0.50/24'],
    peerUnknown: 'ambiguous',
  });
  builder.namespace('empty');
  builder.link(root, 'docker0', { kind: 'bridge', addresses: ['172.17.0.1/16'], carrier: false });
  builder.link(root, 'tunl0', { kind: 'ipip', up: false });
  builder.link(root, 'sit0', { kind: 'sit', up: false });
  builder.link(root, 'wlan0', { up: true, carrier: false });
  builder.unknown(
    'processes',
    null,
    'Processes of other users cannot be read without root.',
    'Connect as root, or allow sudo without a password.',
  );
  builder.unknown('routes', root, 'ip route printed text that is not JSON.', null);
  return builder;
}

/** Names that try to break out. */
export function hostileNames(): TopologyBuilder {
  const builder = new TopologyBuilder('<b>node</b>');
  const bridge = builder.link(builder.root, '<script>br0', { kind: 'bridge', addresses: ['10.0.0.1/24'] });
  const names = [
    '<img src=x onerror=alert(1)>',
    "'; rm -rf / #",
    '$(reboot)',
    'a\nb\tc\u0007',
    '\u202etxt.exe',
    '👩‍👩‍👧‍👦🔌',
    'x'.repeat(255),
    '',
    '  ',
    '&lt;&amp;',
    '工作负载-网络-甲',
  ];
  names.forEach((name, number) =>
    builder.pod(name, bridge, `10.0.0.${number + 2}/24`, { alias: `<svg/onload=alert(${number})>` }),
  );
  return builder;
}

/** All of them, by the name of their screenshot. */
export const topologies: Readonly<Record<string, () => Topology>> = {
  'two-pods': () => podsOnBridge(2).build(),
  'twenty-pods': () => podsOnBridge(20).build(),
  '110-pods': () => podsOnBridge(110).build(),
  '500-pods': () => podsOnBridge(500).build(),
  'five-bridges': () => fiveBridges().build(),
  'true-shapes': () => trueShapes().build(),
  broken: () => broken().build(),
  hostile: () => hostileNames().build(),
  'no-pods': () => new TopologyBuilder().build(),
};

/** A pod of a topology, to be selected by its name. */
export function podNamed(topology: Topology, name: string): Selection {
  const pod = topology.namespaces.find((namespace) => namespace.pod?.name === name);
  if (pod === undefined) {
    throw new Error(`The topology has no pod ${name}.`);
  }
  return { kind: 'namespace', id: pod.id };
}
