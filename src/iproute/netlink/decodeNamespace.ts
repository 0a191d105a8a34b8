/** What the kernel says of one network namespace in netlink messages → the sections that `ip` would print. Pure. */
import type { LinkRecord, NeighbourRecord, NetconfRecord, RouteRecord, RuleRecord } from '../records.ts';
import type { Sections } from '../batch.ts';
import type { Sliced } from '../../util/sliced.ts';
import { align, Undecodable } from './attributes.ts';
import { Bytes } from './bytes.ts';
import { decodeAddress } from './decodeAddress.ts';
import { decodeLink, readLinkMessage, type LinkMessage } from './decodeLink.ts';
import { decodeNeighbour } from './decodeNeighbour.ts';
import { decodeNetconf } from './decodeNetconf.ts';
import { decodeRoute } from './decodeRoute.ts';
import { decodeRule } from './decodeRule.ts';
import { dumpRequests } from './requests.ts';
import type { Iproute2Version } from './version.ts';

/** NLMSG_… and RTM_NEW… */
const messageType = {
  done: 3,
  link: 16,
  address: 20,
  route: 24,
  neighbour: 28,
  rule: 32,
  netconf: 80,
} as const;
/** NLM_F_DUMP_INTR: something changed meanwhile, so that the dump may say both, or neither. */
const isInterrupted = 0x10;
const headerBytes = 16;

interface Message {
  readonly type: number;
  readonly payload: Bytes;
}

/**
 * Decodes the answers to all of `dumpRequests`. Null where they are not whole, or tell something that only `ip` has all the words
 * for: then it is for `ip` to read the namespace. The records are those that the given release of iproute2 prints.
 */
export function* decodeNamespaceSliced(bytes: Uint8Array, version: Iproute2Version): Sliced<Sections | null> {
  try {
    const messages = readMessages(Bytes.of(bytes));
    yield;
    return yield* new NamespaceDecoder(messages, version).decode();
  } catch (error) {
    if (error instanceof Undecodable || error instanceof RangeError) {
      return null;
    }
    throw error;
  }
}

function readMessages(bytes: Bytes): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.u32(at);
    if (length < headerBytes || (bytes.u16(at + 6) & isInterrupted) !== 0) {
      throw new Undecodable('dump that is not whole');
    }
    messages.push({ type: bytes.u16(at + 4), payload: bytes.from(at + headerBytes, at + length) });
    at += align(length);
  }
  const ends = messages.filter(({ type }) => type === messageType.done);
  if (
    ends.length !== dumpRequests.length ||
    ends.some(({ payload }) => payload.length > 0 && payload.i32(0) !== 0)
  ) {
    throw new Undecodable('dump that is not whole');
  }
  return messages;
}

/** Decodes links last, as they carry their addresses, but knows them first: all else names them. */
class NamespaceDecoder {
  readonly #messages: readonly Message[];
  readonly #version: Iproute2Version;
  readonly #links = new Map<number, LinkMessage>();
  readonly #addresses = new Map<number, LinkRecord['addr_info']>();
  readonly #routes: RouteRecord[] = [];
  readonly #rules: RuleRecord[] = [];
  readonly #neighbours: NeighbourRecord[] = [];
  readonly #netconf: NetconfRecord[] = [];

  constructor(messages: readonly Message[], version: Iproute2Version) {
    this.#messages = messages;
    this.#version = version;
  }

  *decode(): Sliced<Sections> {
    for (const message of this.#messages) {
      this.#take(message);
      yield;
    }
    const links: LinkRecord[] = [];
    for (const link of this.#links.values()) {
      const addresses = this.#addresses.get(link.index) ?? [];
      links.push(decodeLink(link, { links: this.#links, addresses, version: this.#version }));
      yield;
    }
    const [routes, rules] = [this.#routes, this.#rules];
    return { links, routes, rules, neighbours: this.#neighbours, netconf: this.#netconf };
  }

  #take({ type, payload }: Message): void {
    switch (type) {
      case messageType.link:
        this.#takeLink(readLinkMessage(payload));
        return;
      case messageType.address:
        this.#takeAddress(payload);
        return;
      case messageType.route:
        push(this.#routes, decodeRoute(payload, this.#nameOf));
        return;
      case messageType.neighbour:
        push(this.#neighbours, decodeNeighbour(payload, this.#linkOf));
        return;
      case messageType.rule:
        this.#rules.push(decodeRule(payload));
        return;
      case messageType.netconf:
        this.#netconf.push(decodeNetconf(payload, this.#nameOf));
        return;
      case messageType.done:
        return;
      default:
        throw new Undecodable(`message ${type}`);
    }
  }

  #takeLink(link: LinkMessage): void {
    this.#links.set(link.index, link);
  }

  #takeAddress(payload: Bytes): void {
    const { index, address } = decodeAddress(payload, this.#version);
    const before = this.#addresses.get(index);
    if (before) {
      before.push(address);
    } else {
      this.#addresses.set(index, [address]);
    }
  }

  readonly #linkOf = (index: number): LinkMessage => {
    const link = this.#links.get(index);
    if (link === undefined) {
      throw new Undecodable(`link ${index}`);
    }
    return link;
  };

  readonly #nameOf = (index: number): string => this.#linkOf(index).name;
}

function push<T>(list: T[], item: T | null): void {
  if (item !== null) {
    list.push(item);
  }
}
