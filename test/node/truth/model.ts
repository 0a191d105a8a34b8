/** Random nodes: a model, and the script that makes it real. */
import fc from 'fast-check';
import { decodeText, encodeText } from '../../../src/util/bytes.ts';
import { quoteWord } from '../../../src/util/quote.ts';

export interface NamespaceModel {
  /** The first is the node's own; `held` ones have no name, only a process. */
  readonly kind: 'root' | 'named' | 'held';
  readonly name: string;
}

export interface LinkModel {
  readonly namespace: number;
  readonly name: string;
  readonly kind: string;
  readonly ifindex: number | null;
  readonly alias: string | null;
  readonly up: boolean;
  readonly address: string | null;
  /** Indexes into `links`. */
  readonly peer: number | null;
  readonly master: number | null;
  readonly lower: number | null;
  /** Made in another namespace (that of `lower`) and moved here. */
  readonly moved: boolean;
}

export interface Model {
  readonly namespaces: readonly NamespaceModel[];
  readonly links: readonly LinkModel[];
}

/** Link kinds that lie on another link, and how each is made; what the kernel lacks is left out by the caller. */
export const stackedKinds: Record<string, string> = {
  macvlan: 'type macvlan mode bridge',
  macvtap: 'type macvtap mode bridge',
  ipvlan: 'type ipvlan mode l2',
  vlan: 'type vlan id 42',
};

export const plainKinds: Record<string, string> = {
  dummy: 'type dummy',
  ifb: 'type ifb',
  bridge: 'type bridge',
  vxlan: 'type vxlan id 7 dstport 4789',
  vrf: 'type vrf table 100',
  bond: 'type bond',
  netkit: 'type netkit',
  geneve: 'type geneve id 7 remote 192.0.2.1',
};

/** Made by a command of their own, which gives no index. */
export const tunKind = 'tun';

/** The kernel's rule (net/core/dev.c, dev_valid_name; isspace() counts 0xa0) less "%", which asks for a number. */
const isLegalInLinkName = (byte: number): boolean =>
  byte > 0x20 && byte !== 0x7f && byte !== 0xa0 && ![0x2f, 0x3a, 0x25].includes(byte);

const linkNameTail = fc.oneof(
  fc.constant(''),
  fc.constantFrom('$(id)', `'"`, '<b>', '\\n', '@if2', '-n', '*', 'é', '😀'),
  fc.uint8Array({ maxLength: 12 }).map((bytes) => decodeText(bytes.filter(isLegalInLinkName))),
);

const namespaceNameTail = fc.oneof(
  fc.constant(''),
  fc.constantFrom(
    ' blank',
    'new\nline',
    `'; rm -rf ~`,
    '$(id)',
    '<img src=x>',
    '\\040',
    '😀',
    'x'.repeat(200),
  ),
  fc
    .uint8Array({ maxLength: 20 })
    .map((bytes) => decodeText(bytes.filter((byte) => byte !== 0 && byte !== 0x2f))),
);

const alias = fc.option(
  fc.oneof(
    fc.constantFrom('patchbay:pod=x', '$(id)', '"quoted"', 'tab\there'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
  ),
);

/** A seed of a link, before it is fitted into the node. */
interface Draft {
  readonly kind: string;
  readonly namespaces: readonly [number, number];
  readonly tails: readonly [string, string];
  readonly ifindexes: readonly [number | null, number | null];
  readonly aliases: readonly [string | null, string | null];
  readonly ups: readonly [boolean, boolean];
  readonly addressed: readonly [boolean, boolean];
  readonly target: number;
}

const pair = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<[T, T]> => fc.tuple(item, item);

function draft(kinds: readonly string[]): fc.Arbitrary<Draft> {
  return fc.record({
    kind: fc.oneof(
      { weight: 4, arbitrary: fc.constant('veth') },
      { weight: 3, arbitrary: fc.constantFrom(...kinds) },
    ),
    namespaces: pair(fc.nat({ max: 6 })),
    tails: pair(linkNameTail),
    ifindexes: pair(fc.option(fc.integer({ min: 40, max: 60 }), { freq: 2 })),
    aliases: pair(alias),
    ups: pair(fc.boolean()),
    addressed: pair(fc.boolean()),
    target: fc.nat({ max: 30 }),
  });
}

/** Random nodes with links of the given kinds beside veth pairs. */
export function arbitraryModel(kinds: readonly string[]): fc.Arbitrary<Model> {
  const namespaces = fc.array(fc.record({ held: fc.boolean(), tail: namespaceNameTail }), { maxLength: 5 });
  return fc.tuple(namespaces, fc.array(draft(kinds), { maxLength: 12 })).map(([others, drafts]) => {
    const named = others.map(({ held, tail }, i): NamespaceModel =>
      held ? { kind: 'held', name: `held${i}` } : { kind: 'named', name: cut(`n${i}${tail}`, 250) },
    );
    const builder = new Builder([{ kind: 'root', name: 'node' }, ...named]);
    drafts.forEach((item) => builder.add(item));
    return { namespaces: builder.namespaces, links: builder.links };
  });
}

/** Cuts to a number of bytes without tearing what is left. */
function cut(text: string, bytes: number): string {
  return decodeText(encodeText(text).slice(0, bytes));
}

class Builder {
  readonly namespaces: readonly NamespaceModel[];
  readonly links: LinkModel[] = [];
  readonly #ifindexes = new Set<string>();
  /** "lo" is in every namespace already. */
  readonly #names = new Set<string>();

  constructor(namespaces: readonly NamespaceModel[]) {
    this.namespaces = namespaces;
  }

  add(item: Draft): void {
    if (item.kind === 'veth' || item.kind === 'netkit') {
      this.#addPair(item);
    } else if (item.kind in stackedKinds) {
      this.#addStacked(item);
    } else {
      this.#addPlain(item);
    }
  }

  #addPair(item: Draft): void {
    const at = this.links.length;
    const a = this.#draftLink(item, 0, this.#namespace(item.namespaces[0]));
    // iproute2 has no way to give the second end an index.
    const b = { ...this.#draftLink(item, 1, this.#namespace(item.namespaces[1])), ifindex: null };
    const master = this.#bridgeFor(item, a.namespace);
    this.links.push({ ...a, peer: at + 1, master }, { ...b, peer: at });
  }

  #addStacked(item: Draft): void {
    const carriers = this.links.flatMap((link, i) =>
      link.kind === 'veth' && link.master === null ? [i] : [],
    );
    const lower = carriers[item.target % carriers.length];
    const below = lower === undefined ? undefined : this.links[lower];
    // A link that carries macvlan cannot also carry ipvlan (the kernel's rx_handler is one).
    const other = this.links.find((link) => link.lower === lower && link.kind !== item.kind);
    if (lower === undefined || !below || other) {
      return;
    }
    const namespace = this.#namespace(item.namespaces[0]);
    this.links.push({
      ...this.#draftLink(item, 0, namespace),
      lower,
      moved: namespace !== below.namespace,
      ifindex: null,
    });
  }

  #addPlain(item: Draft): void {
    const namespace = this.#namespace(item.namespaces[0]);
    const twice =
      item.kind === 'vxlan' &&
      this.links.some((link) => link.kind === 'vxlan' && link.namespace === namespace);
    if (!twice) {
      const link = this.#draftLink(item, 0, namespace);
      this.links.push(item.kind === tunKind ? { ...link, ifindex: null } : link);
    }
  }

  #namespace(drawn: number): number {
    return drawn % this.namespaces.length;
  }

  #bridgeFor(item: Draft, namespace: number): number | null {
    const bridges = this.links.flatMap((link, i) =>
      link.kind === 'bridge' && link.namespace === namespace ? [i] : [],
    );
    return bridges[item.target % (bridges.length + 1)] ?? null;
  }

  #draftLink(item: Draft, end: 0 | 1, namespace: number): LinkModel {
    const serial = this.links.length + end;
    return {
      namespace,
      name: this.#freeName(namespace, item.tails[end], serial),
      kind: item.kind,
      ifindex: this.#freeIfindex(namespace, item.ifindexes[end]),
      alias: item.aliases[end],
      up: item.ups[end],
      address: item.addressed[end] ? `10.${serial}.0.1/24` : null,
      peer: null,
      master: null,
      lower: null,
      moved: false,
    };
  }

  /** The drawn name, so that equal names meet in different namespaces; with a number where it is taken already. */
  #freeName(namespace: number, tail: string, serial: number): string {
    const wanted = cut(/^(?:\.*|lo)$/.test(tail) ? 'eth0' : tail, 15);
    const name = this.#names.has(`${namespace} ${wanted}`)
      ? cut(`${serial.toString(36)}l${tail}`, 15)
      : wanted;
    this.#names.add(`${namespace} ${name}`);
    return name;
  }

  #freeIfindex(namespace: number, wanted: number | null): number | null {
    const key = `${namespace}:${wanted}`;
    if (wanted === null || this.#ifindexes.has(key)) {
      return null;
    }
    this.#ifindexes.add(key);
    return wanted;
  }
}

/** The commands that make the model real, for `sh -e`. Prints the process id of each held namespace, a line each. */
export function modelScript({ namespaces, links }: Model): string {
  return [
    `until_held() { until [ "$(readlink /proc/$1/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done; }`,
    ...namespaces.map(makeNamespace),
    ...links.flatMap((link, i) => makeLink(links, link, i)),
    ...links.flatMap((link) => dressLink(links, link)),
  ].join('\n');
}

function makeNamespace({ kind, name }: NamespaceModel, i: number): string {
  switch (kind) {
    case 'root':
      return `in${i}() { "$@"; }; place${i}=1`;
    case 'named':
      return `ip netns add ${quoteWord(name)}; in${i}() { nsenter --net=/run/netns/${quoteWord(name)} -- "$@"; }; place${i}=${quoteWord(name)}`;
    case 'held':
      return `unshare --net sleep 1000 </dev/null >/dev/null 2>&1 & pid${i}=$!; until_held $pid${i}; echo ${i} $pid${i}
in${i}() { nsenter -t $pid${i} -n -- "$@"; }; place${i}=$pid${i}`;
  }
}

const indexOf = ({ ifindex }: LinkModel): string => (ifindex === null ? '' : `index ${ifindex} `);

function makeLink(links: readonly LinkModel[], link: LinkModel, i: number): string[] {
  const inside = `in${link.namespace}`;
  const name = quoteWord(link.name);
  if (link.peer !== null) {
    const peer = links[link.peer];
    if (peer === undefined || link.peer < i) {
      return [];
    }
    // From the node's own namespace, since only there the names of the others mean something.
    const at = (end: LinkModel): string => (end.namespace === 0 ? '' : `netns "$place${end.namespace}" `);
    const [a, b] = [`name ${name} ${indexOf(link)}`, `name ${quoteWord(peer.name)} ${indexOf(peer)}`];
    return link.namespace === peer.namespace
      ? [`${inside} ip link add ${a}type ${link.kind} peer ${b}`]
      : [`ip link add ${a}${at(link)}type ${link.kind} peer ${b}${at(peer)}`];
  }
  const lower = link.lower === null ? undefined : links[link.lower];
  if (link.kind === tunKind) {
    return [`${inside} ip tuntap add dev ${name} mode tap`];
  }
  if (lower === undefined) {
    return [`${inside} ip link add ${indexOf(link)}name ${name} ${plainKinds[link.kind] ?? ''}`];
  }
  const below = `in${lower.namespace} ip link`;
  return [
    `${below} add link ${quoteWord(lower.name)} name tmp${i} ${stackedKinds[link.kind] ?? ''}`,
    ...(link.moved ? [`${below} set tmp${i} netns "$place${link.namespace}"`] : []),
    `${inside} ip link set tmp${i} name ${name}`,
  ];
}

function dressLink(links: readonly LinkModel[], link: LinkModel): string[] {
  const set = `in${link.namespace} ip link set dev ${quoteWord(link.name)}`;
  const master = link.master === null ? undefined : links[link.master];
  return [
    ...(link.alias === null ? [] : [`${set} alias ${quoteWord(link.alias)}`]),
    ...(master ? [`${set} master ${quoteWord(master.name)}`] : []),
    ...(link.address === null
      ? []
      : [`in${link.namespace} ip addr add ${link.address} dev ${quoteWord(link.name)}`]),
    ...(link.up ? [`${set} up`] : []),
  ];
}
