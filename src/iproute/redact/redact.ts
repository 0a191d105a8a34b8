/**
 * A snapshot for a stranger to look at: the same wiring under other addresses and names. Pure. What is not known to be
 * harmless is replaced: a field that iproute2 adds tomorrow is hidden until somebody says here that it may be shown.
 */
import type { Snapshot } from '../snapshot.ts';
import { AddressMap, isAddress, isKept } from './addresses.ts';
import { Keystream } from './keystream.ts';
import { macPattern, NameMap, type NameKind } from './names.ts';

/**
 * Replaces addresses (IPv4, IPv6, MAC) and names (of the host, namespaces, links, aliases, processes, containers,
 * paths), the same always by the same, so that the topology of the result is the same graph: routes still match the
 * addresses they matched, cables and ports lead where they led. Numbers (indexes, process ids, VLANs, ports, statistics),
 * times, kinds and states stay. The same snapshot gives the same result; without it nobody can undo it.
 */
export function redactSnapshot(original: Snapshot): Snapshot {
  // Which runtimes did not answer is about the administrator's machine, and nothing of the wiring. Traces and verifications
  // hold sentences and packets, in which nothing can be replaced for certain.
  const snapshot: Snapshot = { ...original, runtimes: [], traces: [], verifications: [] };
  const originals = stringsIn(snapshot);
  const secrets = [...originals].filter(isSecret);
  let redacted = snapshot;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const keystream = new Keystream(`${attempt}${JSON.stringify(snapshot)}`);
    redacted = new Redaction(snapshot, keystream, originals).redacted();
    const left = stringsIn(redacted);
    if (!secrets.some((address) => left.has(address))) {
      return redacted;
    }
  }
  return redacted;
}

/** An address may by chance become itself, or one that another had; then everything is drawn again. */
const attempts = 64;

/** A string that is an address or a prefix which must not come out. */
function isSecret(text: string): boolean {
  const [address = '', length] = text.split('/');
  return isAddress(address) && !isKept(address, length === undefined ? Infinity : Number(length));
}

/** Fields that hold a name, and of what; its value is never read as anything else. */
const nameFields: Readonly<Record<string, NameKind>> = {
  hostname: 'host',
  ifname: 'link',
  interface: 'link',
  dev: 'link',
  link: 'link',
  master: 'link',
  label: 'link',
  iif: 'link',
  oif: 'link',
  viaIf: 'link',
  bridge: 'link',
  port: 'link',
  peer: 'link',
  activePort: 'link',
  ifalias: 'alias',
};

/** Fields whose values are words of the kernel, of iproute2 or of Patchbay. */
const wordFields = new Set([
  'format',
  'takenAt',
  'kernel',
  'os',
  'iproute2',
  'privilege',
  'what',
  'flags',
  'operstate',
  'link_type',
  'type',
  'state',
  'scope',
  'family',
  'qdisc',
  'mode',
  'pref',
  'encap',
  'info_kind',
  'info_slave_kind',
  'rp_filter',
  'tool',
  'kind',
  'runner',
  'runtime',
  'askedAt',
  'stateReadAt',
  'detailsReadAt',
]);

/** Fields whose numbers an administrator may name (/etc/iproute2/rt_tables and its like), and the names all have. */
const numberFields = new Set(['table', 'protocol', 'group', 'src', 'dst', 'via', 'realm']);
const stockNames =
  /^(?:\d+|0x[0-9a-f]+|all|any|default|main|local|unspec|unspecified|redirect|kernel|boot|static|gated|ra|mrt|zebra|bird|babel|dnrouted|xorp|ntk|dhcp|keepalived|openr|bgp|isis|ospf|rip|eigrp|tcp|udp)$/;

/** What kernel modules print of themselves: numbers and short words, where it is no name that is known. */
const kernelWord = /^[a-z0-9][a-z0-9_.-]{0,23}$/i;
const kernelData = new Set(['info_data', 'info_slave_data']);

/** Sentences, in which only names and addresses are replaced. */
const sentenceFields = new Set(['reason', 'remedy']);

/** Folders of a path that are the same on every node. */
const stockFolders = new Set([
  '',
  'run',
  'var',
  'netns',
  'docker',
  'proc',
  'ns',
  'user',
  'tmp',
  'containerd',
  'cri',
]);

type Json = Readonly<Record<string, unknown>>;

/** One run over one snapshot. */
class Redaction {
  readonly #snapshot: Snapshot;
  readonly #addresses: AddressMap;
  readonly #names: NameMap;
  #sentenceNames = /(?!)/;

  constructor(snapshot: Snapshot, keystream: Keystream, taken: ReadonlySet<string>) {
    this.#snapshot = snapshot;
    this.#addresses = new AddressMap(keystream);
    this.#names = new NameMap(keystream, taken);
    this.#learn();
  }

  redacted(): Snapshot {
    return this.#object(this.#snapshot, false) as Snapshot;
  }

  /** Names come first: a word that is one somewhere is one everywhere. */
  #learn(): void {
    this.#names.name(this.#snapshot.node.hostname, 'host');
    for (const { paths, links, processes } of this.#snapshot.namespaces) {
      paths.forEach((path) => this.#path(path));
      for (const { ifname, ifalias, addr_info } of links ?? []) {
        this.#names.name(ifname, 'link');
        this.#alias(ifalias ?? '');
        for (const { local, prefixlen } of addr_info) {
          if (local !== undefined && prefixlen !== undefined && isAddress(local)) {
            this.#addresses.keepEnds(local, prefixlen);
          }
        }
      }
      processes.forEach(({ name }) => this.#names.name(name, 'process'));
    }
    this.#sentenceNames = anyOf([...this.#names.known.keys()]);
  }

  #object(record: Json, inKernelData: boolean): Json {
    return Object.fromEntries(
      Object.entries(record).map(([field, value]) => [
        field,
        this.#network(record, field) ?? this.#value(field, value, inKernelData || kernelData.has(field)),
      ]),
    );
  }

  #value(field: string, value: unknown, inKernelData: boolean): unknown {
    if (typeof value === 'string') {
      return this.#string(field, value, inKernelData);
    }
    if (Array.isArray(value)) {
      return value.map((item: unknown) => this.#value(field, item, inKernelData));
    }
    return typeof value === 'object' && value !== null ? this.#object(value as Json, inKernelData) : value;
  }

  /** Rules print a prefix in two fields, "src" and "srclen" (iproute2: ip/iprule.c, print_rule). */
  #network(record: Json, field: string): string | null {
    const [value, length] = [record[field], record[`${field}len`]];
    return typeof value === 'string' && typeof length === 'number' && isAddress(value)
      ? this.#addresses.network(value, length)
      : null;
  }

  #string(field: string, text: string, inKernelData: boolean): string {
    const kind = nameFields[field];
    if (kind !== undefined) {
      return kind === 'alias' ? this.#alias(text) : this.#names.name(text, kind);
    }
    if (field === 'paths') {
      return this.#path(text);
    }
    if (field === 'name') {
      return this.#names.name(text, 'process');
    }
    if (sentenceFields.has(field)) {
      return this.#sentence(text);
    }
    const address = this.#address(text);
    if (address !== null) {
      return address;
    }
    return wordFields.has(field) || (numberFields.has(field) && stockNames.test(text))
      ? text
      : this.#unfamiliar(text, inKernelData);
  }

  /** A string that no list above knows. */
  #unfamiliar(text: string, inKernelData: boolean): string {
    const known = this.#names.known.get(text);
    if (known !== undefined) {
      return known;
    }
    if (/^[0-9a-f]{12,}$/.test(text) && !/^\d+$/.test(text)) {
      return this.#names.hex(text);
    }
    if (/^(?:\d+|0x[0-9a-f]{1,8})$/.test(text) || (inKernelData && kernelWord.test(text))) {
      return text;
    }
    return this.#names.name(text, 'text');
  }

  /** The address that stands for one, in any form iproute2 prints; null for text that is none. */
  #address(text: string): string | null {
    const [address = '', length] = text.split('/');
    if (isAddress(address) && length === undefined) {
      return this.#addresses.address(address);
    }
    if (isAddress(address) && /^\d{1,3}$/.test(length ?? '')) {
      return `${this.#addresses.network(address, Number(length))}/${length}`;
    }
    if (macPattern.test(text)) {
      return this.#names.mac(text);
    }
    return this.#bridgeId(text);
  }

  /** "8000.2:42:ac:11:0:2": priority and MAC address without leading zeros (iproute2: ip/iplink_bridge.c, br_dump_bridge_id). */
  #bridgeId(text: string): string | null {
    const [, priority, bytes] = /^([0-9a-f]{4})\.((?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2})$/.exec(text) ?? [];
    if (priority === undefined || bytes === undefined) {
      return null;
    }
    const mac = bytes.replace(/[0-9a-f]+/g, (byte) => byte.padStart(2, '0'));
    return `${priority}.${this.#names.mac(mac).replace(/\b0(?=[0-9a-f])/g, '')}`;
  }

  /** Patchbay's own tags stay tags (topology/tag.ts), since what they name has its own new name. */
  #alias(text: string): string {
    const [, tag, name] = /^(patchbay:(?:bridge$|pod=))(.*)$/s.exec(text) ?? [];
    return tag === undefined ? this.#names.name(text, 'alias') : tag + this.#names.name(name ?? '', 'netns');
  }

  #path(path: string): string {
    const parts = path.split('/');
    const last = parts.pop() ?? '';
    const folders = parts.map((part) => (stockFolders.has(part) ? part : this.#names.name(part, 'dir')));
    return [...folders, this.#names.name(last, 'netns')].join('/');
  }

  #sentence(text: string): string {
    const quoted = text.replace(/"([^"]+)"/g, (_, name: string) => `"${this.#names.name(name, 'text')}"`);
    const named = quoted.replace(this.#sentenceNames, (name) => this.#names.known.get(name) ?? name);
    return named.replace(addressToken, (token) => this.#address(token) ?? token);
  }
}

/** What may be an address: {@link Redaction} looks closer. */
const addressToken = /[0-9a-f]*[:.][0-9a-f:.]*[0-9a-f:](?:\/\d{1,3})?/gi;

/** Matches each of the names, the longest first, and not inside of a longer word. */
function anyOf(names: readonly string[]): RegExp {
  const sorted = [...names]
    .sort((a, b) => b.length - a.length)
    .map((name) => {
      const escaped = name.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
      return `${/^\w/.test(name) ? '\\b' : ''}${escaped}${/\w$/.test(name) ? '\\b' : ''}`;
    });
  return sorted.length === 0 ? /(?!)/ : new RegExp(sorted.join('|'), 'g');
}

/** Every string value of a snapshot. */
function stringsIn(value: unknown, into = new Set<string>()): Set<string> {
  if (typeof value === 'string') {
    into.add(value);
  } else if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach((item) => stringsIn(item, into));
  }
  return into;
}
