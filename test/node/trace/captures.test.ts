import assert from 'node:assert/strict';
import { NodeSession } from '../../../src/session/nodeSession.ts';
import { packRecording, unpackRecording } from '../../../src/session/recording.ts';
import { resolveEndpoint } from '../../../src/trace/endpoint.ts';
import { hide } from '../support/hide.ts';
import { sh, trace, useWiredSandbox } from './wiring.ts';

describe('captured frames', () => {
  const node = useWiredSandbox();

  it('are read by tcpdump, from a recording that was opened again', async () => {
    const session = new NodeSession({ label: 'test', open: () => Promise.resolve(node.transport) });
    const topology = await session.start(new AbortController().signal);
    const traced = await session.trace(resolveEndpoint(topology, 'web'), resolveEndpoint(topology, 'db'));
    assert.ok(session.recording);
    const bytes = await packRecording(session.recording);
    const replayed = NodeSession.ofRecording('saved', await unpackRecording(bytes));
    assert.deepEqual(replayed.traces, [traced]);
    const capture = replayed.captureOf(replayed.traces[0] ?? traced);
    assert.ok(capture);
    const base64 = Buffer.from(capture).toString('base64');
    const told = await sh(node.transport, `base64 -d <<E | tcpdump -n -r - 2>/dev/null\n${base64}\nE`);
    const frames = told.trim().split('\n');
    assert.equal(frames.filter((line) => line.includes('ICMP echo request')).length, 4, told);
    assert.equal(frames.length, traced.sightings.length, told);
    session.dispose();
    replayed.dispose();
  });

  it('come from dumpcap where there is no tcpdump', async function () {
    const has = await node.transport.exec(['sh', '-c', 'command -v dumpcap']);
    if (has.exitCode !== 0) {
      this.skip();
    }
    await sh(node.transport, hide('tcpdump'));
    const { trace: traced } = await trace(node.transport, 'web', 'db');
    assert.equal(traced.observedBy, 'dumpcap', traced.notes.join());
    assert.equal(traced.sightings.filter(({ protocol }) => protocol === 'icmp-request').length, 4);
  });
});
