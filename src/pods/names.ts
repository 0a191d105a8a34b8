/** Names of what Patchbay makes: which are allowed, which are free, and which to suggest. */
import type { Topology } from '../topology/topology.ts';
import { PatchbayError } from '../util/errors.ts';
import { rootLinks } from './lookup.ts';

const longestPodName = 63;
/** IFNAMSIZ less its NUL (linux/if.h). */
const longestLinkName = 15;

/** Throws `bad-input` for a name that no pod may have, `exists` for one that is taken. */
export function requirePodName(taken: ReadonlySet<string>, name: string): void {
  const problem = podNameProblem(name);
  if (problem !== null) {
    throw new PatchbayError('bad-input', problem, {
      hint: 'Use letters, digits, ".", "_" and "-", such as web or db-1.',
    });
  }
  if (taken.has(name)) {
    throw new PatchbayError('exists', `A namespace named ${name} exists already.`, {
      hint: `Choose another name, such as ${numberedName(name, taken)}.`,
    });
  }
}

/** The names of /run/netns, where `ip netns` keeps its namespaces (ip-netns(8)). */
export function takenPodNames(topology: Topology): Set<string> {
  return new Set(topology.namespaces.flatMap(({ names }) => names.flatMap((path) => netnsName(path) ?? [])));
}

/** The name by which `ip` knows a namespace's bind mount; null for one kept elsewhere. */
export function netnsName(path: string): string | null {
  return /^(?:\/var)?\/run\/netns\/([^/]+)$/.exec(path)?.[1] ?? null;
}

/** Throws unless a bridge of this name can be made in the node's own namespace. */
export function requireBridgeName(topology: Topology, name: string): void {
  const problem = bridgeNameProblem(name);
  if (problem !== null) {
    throw new PatchbayError('bad-input', problem, { hint: 'Choose a short name, such as cbr0.' });
  }
  if (takenLinkNames(topology).has(name)) {
    throw new PatchbayError('exists', `The node has a link named ${name} already.`, {
      hint: 'Choose another name, or use that bridge.',
    });
  }
}

/** Every name by which a link of the node's own namespace is known, alternative names included. */
export function takenLinkNames(topology: Topology): Set<string> {
  return new Set(rootLinks(topology).flatMap(({ name, raw }) => [name, ...altNames(raw['altnames'])]));
}

/**
 * A free name for the node's end of a pod's veth pair, and marks it taken: "veth-", the start of the pod's name,
 * and a hash of the whole that keeps long names apart within the kernel's 15 bytes.
 */
export function takeHostLinkName(pod: string, taken: Set<string>): string {
  const start = pod.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 5);
  for (let attempt = 0; ; attempt++) {
    const hash = (hash32(`${attempt}:${pod}`) % 36 ** 4).toString(36).padStart(4, '0');
    const name = `veth-${start}-${hash}`;
    if (!taken.has(name)) {
      taken.add(name);
      return name;
    }
  }
}

/**
 * A MAC address for the node's end of a pod's veth pair. It begins with the highest byte that a unicast,
 * locally administered address can have: a bridge whose own address is not pinned takes the lowest of its ports,
 * and must not change it because a pod came (net/bridge/br_stp_if.c, br_stp_recalculate_bridge_id).
 */
export function hostLinkMac(pod: string): string {
  return `fe:${hexBytes(BigInt(hash32(`mac:${pod}`)), 4)}:${hexBytes(BigInt(hash32(pod)), 1)}`;
}

/** The lowest `count` bytes of a number in colon form. */
export function hexBytes(value: bigint, count: number): string {
  const digits = BigInt.asUintN(8 * count, value)
    .toString(16)
    .padStart(2 * count, '0');
  return (digits.match(/../g) ?? []).join(':');
}

function podNameProblem(name: string): string | null {
  const stray = strayCharacter(name);
  if (name === '') {
    return 'The pod needs a name.';
  }
  if (name.length > longestPodName) {
    return `A pod name has at most ${longestPodName} characters; this one has ${name.length}.`;
  }
  if (stray !== null) {
    return `A pod name cannot hold ${stray}.`;
  }
  if (!/^[A-Za-z0-9]/.test(name)) {
    return 'A pod name begins with a letter or a digit.';
  }
  if (/^\d+$/.test(name)) {
    return 'A pod name of digits alone could be taken for a process id.';
  }
  return name === 'node' ? 'The name "node" means the machine itself.' : null;
}

function bridgeNameProblem(name: string): string | null {
  const stray = strayCharacter(name);
  if (name === '') {
    return 'The bridge needs a name.';
  }
  if (stray !== null) {
    return `A bridge name cannot hold ${stray}.`;
  }
  if (name.length > longestLinkName) {
    return `A bridge name has at most ${longestLinkName} characters; this one has ${name.length}.`;
  }
  if (!/^[A-Za-z]/.test(name)) {
    return 'A bridge name begins with a letter.';
  }
  // They are directories of their own in /proc/sys/net/ipv4/conf; the kernel refuses them (net/ipv4/devinet.c).
  return name === 'all' || name === 'default' ? `The kernel keeps the name "${name}" for itself.` : null;
}

/** The first character that neither a pod's nor a bridge's name may hold, in words. */
function strayCharacter(name: string): string | null {
  const stray = /[^A-Za-z0-9._-]/u.exec(name)?.[0];
  if (stray === undefined) {
    return null;
  }
  if (stray === ' ') {
    return 'a space';
  }
  return /[\p{C}\p{Z}]/u.test(stray)
    ? `the character U+${(stray.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
    : `the character ${stray}`;
}

/** The first of base1, base2, … that is free, cut to fit. */
export function numberedName(base: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const name = `${base.slice(0, longestPodName - String(number).length)}${number}`;
    if (!taken.has(name)) {
      return name;
    }
  }
}

function altNames(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

/** FNV-1a, 32 bits (RFC 9923), with a final mix so that near names differ in every digit. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
