/** Pure: ICMP and ICMPv6 messages. */
import type { ByteReader } from './byteReader.ts';
import type { Content } from './message.ts';

/** What an IP packet carries. */
export interface IcmpPayload {
  readonly source: string;
  readonly destination: string;
  /** Bytes as the IP header tells, whatever was kept of them. */
  readonly length: number;
  /** False for the first fragment of a packet. */
  readonly whole: boolean;
  readonly body: ByteReader;
}

/** What differs between ICMP (RFC 792) and ICMPv6 (RFC 4443): numbers, and the words for errors. */
export interface IcmpNumbers {
  readonly echo: number;
  readonly echoReply: number;
  readonly errors: ReadonlyMap<number, string>;
  readonly codes: ReadonlyMap<string, string>;
}

export const icmpv4: IcmpNumbers = {
  echo: 8,
  echoReply: 0,
  errors: new Map([
    [3, 'destination unreachable'],
    [5, 'redirect'],
    [11, 'time to live exceeded'],
    [12, 'parameter problem'],
  ]),
  codes: new Map([
    ['3/0', 'destination network unreachable'],
    ['3/1', 'destination host unreachable'],
    ['3/2', 'destination protocol unreachable'],
    ['3/3', 'destination port unreachable'],
    ['3/4', 'fragmentation needed, but forbidden'],
    ['3/9', 'network administratively prohibited'],
    ['3/10', 'host administratively prohibited'],
    ['3/13', 'administratively filtered'],
  ]),
};

export const icmpv6: IcmpNumbers = {
  echo: 128,
  echoReply: 129,
  errors: new Map([
    [1, 'destination unreachable'],
    [2, 'packet too big'],
    [3, 'hop limit exceeded'],
    [4, 'parameter problem'],
  ]),
  codes: new Map([
    ['1/0', 'no route to destination'],
    ['1/1', 'administratively prohibited'],
    ['1/3', 'address unreachable'],
    ['1/4', 'port unreachable'],
    ['1/6', 'rejected by a route'],
  ]),
};

/** What the type and code of an ICMP error say: "destination host unreachable" for "3/1" of IPv4. */
export function errorWords(family: 4 | 6, typeAndCode: string): string {
  const { errors, codes } = family === 4 ? icmpv4 : icmpv6;
  return (
    codes.get(typeAndCode) ?? errors.get(Number(typeAndCode.split('/')[0])) ?? `ICMP error ${typeAndCode}`
  );
}

/** Decodes an ICMP message; `decodeQuoted` reads the packet that an error is about. Throws RangeError where it is cut short. */
export function decodeIcmp(
  numbers: IcmpNumbers,
  payload: IcmpPayload,
  decodeQuoted: (body: ByteReader) => Content,
): Content {
  const { source, destination, body, length, whole } = payload;
  const type = body.u8(0);
  if (type === numbers.echo || type === numbers.echoReply) {
    return {
      kind: 'echo',
      operation: type === numbers.echo ? 'request' : 'reply',
      source,
      destination,
      identifier: body.u16(4),
      sequence: body.u16(6),
      payloadBytes: length - 8,
      whole,
    };
  }
  const general = numbers.errors.get(type);
  if (general !== undefined) {
    const text = numbers.codes.get(`${type}/${body.u8(1)}`) ?? general;
    return { kind: 'error', source, destination, text, about: decodeQuoted(body.from(8)) };
  }
  return numbers === icmpv6 ? decodeNdp(type, payload) : { kind: 'other', source, destination };
}

/** RFC 4861, 4.3 and 4.4: the target follows 8 bytes of header, options follow the target. */
function decodeNdp(type: number, { source, destination, body }: IcmpPayload): Content {
  if (type !== 135 && type !== 136) {
    return { kind: 'other', source, destination };
  }
  return {
    kind: 'neighbour',
    protocol: 'ndp',
    operation: type === 135 ? 'request' : 'reply',
    sender: source === '::' ? null : source,
    target: body.address(8, 16),
    mac: type === 136 && body.length >= 32 && body.u8(24) === 2 ? body.mac(26, 6) : null,
  };
}
