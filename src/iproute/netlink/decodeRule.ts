/** RTM_NEWRULE (linux/fib_rules.h) → the record that `ip -j -d rule show` prints (iproute2: ip/iprule.c, print_rule). */
import type { RuleRecord } from '../records.ts';
import { Attributes, named, said, Undecodable } from './attributes.ts';
import type { Bytes } from './bytes.ts';
import { addressText, inet, protocols, tables } from './words.ts';

/** FRA_… */
const attribute = {
  ...{
    destination: 1,
    source: 2,
    inputLink: 3,
    priority: 6,
    suppressGroup: 13,
    suppressLength: 14,
    table: 15,
  },
  ...{ outputLink: 17, protocol: 21 },
} as const;
const known = new Set<number>(Object.values(attribute));

/** FR_ACT_TO_TBL: look the destination up in a table. */
const toTable = 1;
/** FIB_RULE_PERMANENT is not told; other flags are, in words of their own. */
const isPermanent = 1;
/** Nothing is suppressed. */
const none = 0xffffffff;

/** The message's struct fib_rule_hdr and its attributes. Throws Undecodable for all but plain rules. */
export function decodeRule(payload: Bytes): RuleRecord {
  const attributes = new Attributes(payload.from(12)).allow(known);
  refuseSeldom(payload, attributes);
  const protocol = attributes.u8(attribute.protocol);
  return said({
    priority: attributes.u32(attribute.priority) ?? 0,
    ...sourceOf(payload, attributes),
    ...destinationOf(payload, attributes),
    iif: attributes.text(attribute.inputLink),
    oif: attributes.text(attribute.outputLink),
    table: named(tables, attributes.u32(attribute.table) ?? payload.u8(4), 'table'),
    protocol: protocol === undefined ? undefined : named(protocols, protocol, 'protocol'),
  });
}

function refuseSeldom(payload: Bytes, attributes: Attributes): void {
  const suppressed = [attribute.suppressGroup, attribute.suppressLength].some(
    (type) => (attributes.u32(type) ?? none) !== none,
  );
  const isPlain =
    payload.u8(0) === inet &&
    payload.u8(3) === 0 &&
    payload.u8(7) === toTable &&
    (payload.u32(8) & ~isPermanent) === 0;
  if (suppressed || !isPlain) {
    throw new Undecodable('rule that does more than to choose a table');
  }
}

interface Prefix {
  readonly text: string | undefined;
  readonly length: number | undefined;
}

function prefixOf(bytes: Bytes | undefined, length: number): Prefix {
  if (!bytes && length > 0) {
    throw new Undecodable('prefix without an address');
  }
  return {
    text: bytes && addressText(inet, bytes),
    length: bytes && length !== 32 ? length : undefined,
  };
}

function sourceOf(payload: Bytes, attributes: Attributes): Pick<RuleRecord, 'src' | 'srclen'> {
  const { text, length } = prefixOf(attributes.bytes(attribute.source), payload.u8(2));
  return { src: text ?? 'all', srclen: length };
}

function destinationOf(payload: Bytes, attributes: Attributes): Record<'dst' | 'dstlen', unknown> {
  const { text, length } = prefixOf(attributes.bytes(attribute.destination), payload.u8(1));
  return { dst: text, dstlen: length };
}
