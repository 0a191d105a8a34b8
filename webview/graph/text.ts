/** Pure: text of the picture. Names come from the node and are hostile: they may hold any character. */
import type { Link, Namespace } from '../../src/topology/topology.ts';

/** The width of a text in the font at hand, in the unit of the picture. */
export type Measure = (text: string) => number;

/** Control characters, line breaks and those that turn the direction of text around. */
const unprintable =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A zero-width joiner is part of an emoji, and invisible anywhere else. */
const looseJoiner =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d|\u200d(?!\p{Extended_Pictographic})/gu;

/** A name as it may be shown: what would be invisible, break a line or reverse the text becomes U+FFFD. */
export function displayName(name: string): string {
  return name.replace(unprintable, '\ufffd').replace(looseJoiner, '\ufffd');
}

const plainText = /^[\u0020-\u007e]*$/;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** What people take for single letters: an emoji of several code points is one. */
function lettersOf(text: string): string[] {
  return plainText.test(text) ? text.split('') : Array.from(graphemes.segment(text), (part) => part.segment);
}

/** Cuts the middle out of a text until it fits: both ends of a name tell names apart. "" where nothing fits. */
export function elideMiddle(text: string, maxWidth: number, measure: Measure): string {
  if (measure(text) <= maxWidth) {
    return text;
  }
  const letters = lettersOf(text);
  const keep = (count: number): string =>
    `${letters.slice(0, Math.ceil(count / 2)).join('')}…${letters.slice(letters.length - Math.floor(count / 2)).join('')}`;
  let [low, high] = [0, letters.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(keep(middle)) <= maxWidth) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  if (low > 0) {
    return keep(low);
  }
  return measure('…') <= maxWidth ? '…' : '';
}

/** The address that people know a link by: IPv4 first, then global IPv6, then link-local; null where there is none. */
export function firstAddress(link: Link): string | null {
  const rank = (address: string): number =>
    !address.includes(':') ? 0 : address.toLowerCase().startsWith('fe80:') ? 2 : 1;
  return [...link.addresses].sort((a, b) => rank(a) - rank(b))[0] ?? null;
}

/** The first address, and how many more there are beside link-local ones: "10.244.0.2/24 +1"; "" without any. */
export function addressSummary(link: Link): string {
  const first = firstAddress(link);
  if (first === null) {
    return '';
  }
  const others = link.addresses.filter((address) => address !== first && !/^fe80:/i.test(address)).length;
  return others === 0 ? first : `${first} +${others}`;
}

/** `up`: administratively up with a carrier. `no-carrier`: up, but the cable leads nowhere. `down`: switched off. */
export type LinkState = 'up' | 'no-carrier' | 'down';

export function linkState(link: Link): LinkState {
  return !link.up ? 'down' : link.carrier ? 'up' : 'no-carrier';
}

const stateWords: Record<LinkState, string> = {
  up: 'up',
  'no-carrier': 'up, but no carrier',
  down: 'down',
};

/** The state in words: "up", "up, but no carrier", "down". */
export function stateInWords(link: Link): string {
  return stateWords[linkState(link)];
}

const kindWords: Readonly<Record<string, string>> = {
  loopback: 'loopback',
  ether: 'network card',
  veth: 'veth (virtual cable)',
  bridge: 'bridge (virtual switch)',
  vlan: 'VLAN',
  vxlan: 'VXLAN tunnel',
  macvlan: 'macvlan',
  ipvlan: 'ipvlan',
  dummy: 'dummy',
  tun: 'TUN/TAP',
  bond: 'bond',
  vrf: 'VRF',
};

/** The kind in words, and as the kernel calls it where we have no better word. */
export function kindInWords(kind: string): string {
  return kindWords[kind] ?? displayName(kind);
}

/** What a namespace is called on screen: the first is "node", a pod goes by its own name. */
export function namespaceTitle(namespace: Namespace): string {
  const name = displayName(namespace.pod?.name ?? namespace.name);
  return namespace.root ? 'node' : name.trim() === '' ? '(no name)' : name;
}

/** A span of time with the unit that reads best: "0 µs", "12.4 µs", "1.20 ms", "3.1 s". */
export function formatNs(ns: number): string {
  const trim = (value: number, digits: number): string => value.toFixed(value >= 100 ? 0 : digits);
  if (Math.abs(ns) < 1e6) {
    return ns === 0 ? '0 µs' : `${trim(ns / 1e3, 1)} µs`;
  }
  return Math.abs(ns) < 1e9 ? `${trim(ns / 1e6, 2)} ms` : `${trim(ns / 1e9, 1)} s`;
}

/** A number of bytes: "0 B", "1.2 kB", "3.4 MB". */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power] ?? ''}`;
}

/** "1 port", "2 ports". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
