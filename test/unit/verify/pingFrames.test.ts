import assert from 'node:assert/strict';
import type { Frame } from '../../../src/trace/decode.ts';
import type { EchoMessage } from '../../../src/trace/message.ts';
import { payloadOf, sightingsOf } from '../../../src/verify/pingFrames.ts';
import type { SeenFrame } from '../../../src/verify/eyes.ts';
import { parsePings, pingScript } from '../../../src/verify/pingScript.ts';

const senders = ['web', 'db', 'far'];
const packetHost = 0;
const packetOtherHost = 3;
const packetOutgoing = 4;

/** A frame as a capture gives it: when, where, its packet type of packet(7), and the echo message. */
function seen(
  at: number,
  namespace: string,
  packetType: number,
  message: Partial<EchoMessage> & Pick<EchoMessage, 'source' | 'destination' | 'identifier'>,
): SeenFrame {
  const bytes = new Uint8Array(20);
  bytes[10] = packetType;
  const content: EchoMessage = {
    kind: 'echo',
    operation: 'request',
    sequence: 1,
    payloadBytes: payloadOf(0),
    whole: true,
    ...message,
  };
  const frame: Frame = {
    epochNs: BigInt(at),
    ifindex: 2,
    direction: packetType === packetOutgoing ? 'out' : 'in',
    mac: null,
    content,
    packet: { epochNs: BigInt(at), bytes, originalLength: 20 },
  };
  return { namespace, frame };
}

const ping = (
  pair: number,
  from: string,
  to: string,
  destination: string,
): Parameters<typeof sightingsOf>[1][number] => ({
  pair,
  from,
  to,
  family: 4,
  destination,
  learned: [],
});

describe('captured pings', () => {
  const pings = [ping(0, 'web', 'db', '10.0.0.3'), ping(1, 'web', 'far', '10.0.1.2')];
  const toDb = { source: '10.0.0.2', destination: '10.0.0.3', identifier: 7 };

  it('are told apart by their size and by the identifier that their sender was seen to take', () => {
    const frames = [
      seen(1, 'web', packetOutgoing, toDb),
      seen(2, 'db', packetHost, { ...toDb, source: '10.0.0.1' }),
      seen(3, 'web', packetHost, {
        ...toDb,
        operation: 'reply',
        source: '10.0.0.3',
        destination: '10.0.0.2',
      }),
    ];
    assert.deepEqual(
      sightingsOf(frames, pings, senders).map(({ pair, namespace, direction, message, source }) => [
        pair,
        namespace,
        direction,
        message,
        source,
      ]),
      [
        [0, 'web', 'out', 'request', '10.0.0.2'],
        [0, 'db', 'in', 'request', '10.0.0.1'],
        [0, 'web', 'in', 'reply', '10.0.0.3'],
      ],
    );
  });

  it('are each of its pair where an identifier is taken again, whatever namespace told first', () => {
    const toFar = { source: '10.0.0.2', destination: '10.0.1.2', identifier: 7 };
    const frames = [
      seen(2, 'db', packetHost, toDb),
      seen(4, 'far', packetHost, toFar),
      seen(1, 'web', packetOutgoing, toDb),
      seen(3, 'web', packetOutgoing, toFar),
    ];
    assert.deepEqual(
      sightingsOf(frames, pings, senders).map(({ pair, namespace }) => [pair, namespace]),
      [
        [0, 'web'],
        [0, 'db'],
        [1, 'web'],
        [1, 'far'],
      ],
    );
  });

  it('are none of what others sent, and of what a bridge only passes on', () => {
    const frames = [
      seen(1, 'db', packetHost, { ...toDb, payloadBytes: 56 }),
      seen(2, 'db', packetHost, { ...toDb, identifier: 8 }),
      seen(3, 'web', packetOutgoing, toDb),
      seen(4, 'far', packetOtherHost, toDb),
    ];
    assert.deepEqual(
      sightingsOf(frames, pings, senders).map(({ namespace }) => namespace),
      ['web'],
    );
  });
});

describe('the script of many pings', () => {
  it('quotes what comes from a node', () => {
    const place = { id: '12', root: false, names: [`/run/netns/$(reboot)'`], processes: [] };
    const calls = [{ pair: 3, destination: '10.0.0.3', payloadBytes: 64 }];
    const script = pingScript([{ place, calls }], [], 1);
    assert.match(script, /^ip netns exec '\$\(reboot\)'\\''' sh -c "\$pinger" sh 12 3 10\.0\.0\.3 64 &$/m);
  });

  it('is read line by line, as ping printed it', () => {
    const frames = [
      '3|PING 10.0.0.3 (10.0.0.3) 64(92) bytes of data.|72 bytes from 10.0.0.3: icmp_seq=1 ttl=64 time=0.1 ms|1 packets transmitted, 1 received, 0% packet loss',
      '4|ping: connect: Network is unreachable',
      '5|PING 10.0.0.4 (10.0.0.4): 64 data bytes|1 packets transmitted, 0 packets received, 100% packet loss',
    ].map((line) => ({ header: ['ping', ...line.split(' ')], body: '', bytes: new Uint8Array(0) }));
    assert.deepEqual(
      [...parsePings(frames)].map(([pair, { sent, outcome, complaint }]) => [pair, sent, outcome, complaint]),
      [
        [3, true, 'answered', null],
        [4, false, 'unsent', 'ping: connect: Network is unreachable'],
        [5, true, 'silent', null],
      ],
    );
  });
});
