/** Pure: a filter of the kernel's (classic BPF, linux/filter.h) that lets through our own messages and what quotes them. */

/** Operation and operand; of a jump also where it goes on, if it is true and if not. */
type Instruction = readonly [code: number, operand: number, yes?: string, no?: string];

const load = { word: 0x20, half: 0x28, byte: 0x30, wordAtIndex: 0x40 };
const indexByIpHeader = 0xb1;
const jump = { equal: 0x15, anyBit: 0x45 };
const keep = 0x06;

/** Loads that ask for more than the packet (SKF_AD_OFF). */
const about = { protocol: 0xfffff000, packetType: 0xfffff004 };

/** Bytes kept of a packet: an ICMPv6 error with the request that it quotes. */
const keptBytes = 256;

/**
 * Takes packets from their IP header on, that go out or came in for the namespace itself (PACKET_HOST, PACKET_OUTGOING): an
 * echo message whose data begins with the nonce, or an error that quotes one.
 */
const program = (nonce: number): readonly (string | Instruction)[] => [
  [load.word, about.packetType],
  [jump.equal, 0, 'family', 'outgoing?'],
  'outgoing?',
  [jump.equal, 4, 'family', 'drop'],
  'family',
  [load.word, about.protocol],
  [jump.equal, 0x0800, 'ipv4', 'ipv6?'],
  'ipv6?',
  [jump.equal, 0x86dd, 'ipv6', 'drop'],

  'ipv4',
  [load.byte, 9],
  [jump.equal, 1, 'icmp', 'drop'],
  'icmp',
  [load.half, 6],
  [jump.anyBit, 0x1fff, 'drop', 'first'],
  'first',
  [indexByIpHeader, 0],
  [load.wordAtIndex, 8],
  [jump.equal, nonce, 'keep', 'quoted?'],
  'quoted?',
  [load.wordAtIndex, 8 + 20 + 8],
  [jump.equal, nonce, 'keep', 'drop'],

  'ipv6',
  [load.byte, 6],
  [jump.equal, 58, 'icmpv6', 'drop'],
  'icmpv6',
  [load.word, 40 + 8],
  [jump.equal, nonce, 'keep', 'quoted6?'],
  'quoted6?',
  [load.word, 40 + 8 + 40 + 8],
  [jump.equal, nonce, 'keep', 'drop'],

  'keep',
  [keep, keptBytes],
  'drop',
  [keep, 0],
];

/** The filter's instructions as numbers, four each (code, jump if true, jump if false, operand), as `struct sock_filter` has them. */
export function probeFilter(nonce: number): number[] {
  const lines = program(nonce);
  const instructions = lines.filter((line) => typeof line !== 'string');
  const at = new Map<string, number>();
  let count = 0;
  for (const line of lines) {
    if (typeof line === 'string') {
      at.set(line, count);
    } else {
      count++;
    }
  }
  return instructions.flatMap(([code, operand, yes, no], i) => {
    const distance = (label: string | undefined): number =>
      label === undefined ? 0 : (at.get(label) ?? 0) - i - 1;
    return [code, distance(yes), distance(no), operand];
  });
}
