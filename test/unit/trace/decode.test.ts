import assert from 'node:assert/strict';
import type { Content } from '../../../src/trace/message.ts';
import { framesOf, recordedCaptures } from './recorded.ts';

function contents(file: string): Content[] {
  const path = recordedCaptures.find((candidate) => candidate.endsWith(file));
  assert.ok(path, file);
  return framesOf(path).map(({ content }) => content);
}

describe('decodeFrame, on recorded packets', () => {
  it('reads ARP: who asks for whom, and the answer', () => {
    const [question, answer] = contents('cold/web.pcap');
    assert.ok(question?.kind === 'neighbour' && answer?.kind === 'neighbour');
    assert.deepEqual(
      [question.protocol, question.operation, question.sender, question.target],
      ['arp', 'request', '10.244.0.2', '10.244.0.3'],
    );
    assert.equal(answer.operation, 'reply');
    assert.equal(answer.sender, '10.244.0.3');
    assert.match(answer.mac ?? '', /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  });

  it('reads echo requests and replies, with the payload that ping was told to send', () => {
    const [, , request, reply] = contents('cold/web.pcap');
    assert.ok(request?.kind === 'echo' && reply?.kind === 'echo');
    assert.deepEqual(
      [request.operation, request.source, request.destination],
      ['request', '10.244.0.2', '10.244.0.3'],
    );
    assert.deepEqual(
      [reply.operation, reply.source, reply.destination],
      ['reply', '10.244.0.3', '10.244.0.2'],
    );
    assert.deepEqual(
      [reply.identifier, reply.sequence, reply.payloadBytes],
      [request.identifier, 1, request.payloadBytes],
    );
    assert.ok(request.payloadBytes > 56);
  });

  it('reads neighbour discovery and echo of IPv6', () => {
    const messages = contents('ipv6/web.pcap');
    const question = messages.find((one) => one.kind === 'neighbour' && one.operation === 'request');
    const answer = messages.find((one) => one.kind === 'neighbour' && one.operation === 'reply');
    assert.ok(question?.kind === 'neighbour' && answer?.kind === 'neighbour');
    assert.deepEqual(
      [question.protocol, question.sender, question.target],
      ['ndp', 'fd00:244::2', 'fd00:244::3'],
    );
    assert.equal(answer.target, 'fd00:244::3');
    assert.match(answer.mac ?? '', /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    const echoes = messages
      .filter((one) => one.kind === 'echo')
      .map(({ operation, source }) => `${operation} ${source}`);
    assert.deepEqual(echoes, ['request fd00:244::2', 'reply fd00:244::3']);
  });

  it('reads an ICMP error, and the request that it is about', () => {
    const messages = contents('no-route-at-node/web.pcap');
    const request = messages.find((one) => one.kind === 'echo');
    const error = messages.find((one) => one.kind === 'error');
    assert.ok(request?.kind === 'echo' && error?.kind === 'error');
    assert.deepEqual([error.source, error.text], ['10.244.0.1', 'destination network unreachable']);
    assert.ok(error.about.kind === 'echo');
    assert.deepEqual([error.about.identifier, error.about.destination], [request.identifier, '192.0.2.1']);
  });

  it('tells what a link received from what it sent', () => {
    const file = recordedCaptures.find((candidate) => candidate.endsWith('cold/web.pcap')) ?? '';
    assert.deepEqual(
      framesOf(file).map(({ direction }) => direction),
      ['out', 'in', 'out', 'in'],
    );
  });
});
