import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseSnapshot } from '../../../src/iproute/snapshot.ts';
import { TraceShelf } from '../../../src/session/traceShelf.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import type { Namespace } from '../../../src/topology/topology.ts';
import { correlate, type Captured, type Story } from '../../../src/trace/correlate.ts';
import { decodeFrame, type Frame } from '../../../src/trace/decode.ts';
import { resolveEndpoint } from '../../../src/trace/endpoint.ts';
import { PcapReader } from '../../../src/trace/pcap.ts';
import { predict, type Prediction } from '../../../src/trace/predict.ts';
import { parsePing } from '../../../src/trace/ping.ts';
import { probeOf, type ProbeResult } from '../../../src/trace/probe.ts';
import type { SentProbe } from '../../../src/trace/recognise.ts';
import { TopologyIndex } from '../../../src/trace/topologyIndex.ts';
import type { Path, Trace, Verdict } from '../../../src/trace/trace.ts';
import { judge } from '../../../src/trace/verdict.ts';
import { nameOfLink } from '../../../src/trace/words.ts';
import type { CommandOutput } from '../../../src/transport/transport.ts';

export const fixtures = join(import.meta.dirname, '../../fixtures');
const kernel = join(fixtures, 'linux-6.18.44-iproute2-6.1.0');
const traces = join(kernel, 'traces');

/** Every recorded capture. */
export const recordedCaptures: readonly string[] = globSync(join(traces, '*/*.pcap'));

export function framesOf(file: string): Frame[] {
  return new PcapReader().push(readFileSync(file)).map((packet) => {
    const frame = decodeFrame(packet);
    assert.ok(frame);
    return frame;
  });
}

interface RecordedPing extends CommandOutput {
  readonly from: string;
  readonly to: string;
  readonly argv: readonly string[];
}

/** One recorded trace (test/node/trace/record.ts), judged anew. */
export interface Recorded {
  readonly index: TopologyIndex;
  readonly prediction: Prediction;
  readonly captured: readonly Captured[];
  readonly sent: SentProbe;
  readonly story: Story;
  readonly probe: ProbeResult;
  readonly verdict: Verdict;
}

export function echoOf(payloadBytes: number): SentProbe {
  return { probe: probeOf({ kind: 'icmp', payloadBytes }), sourcePort: null };
}

/** What ping says of silence. */
export const silence: ProbeResult = {
  sent: true,
  outcome: 'silent',
  rttMs: null,
  complaint: null,
  sourcePort: null,
  counts: { sent: 1, answered: 0 },
};

export function indexOf(scenario: string): TopologyIndex {
  return new TopologyIndex(
    buildTopology(parseSnapshot(readFileSync(join(traces, scenario, 'node.patchbay.json'), 'utf8'))),
  );
}

export function predicted(index: TopologyIndex, from: string, to: string): Prediction {
  const { topology } = index;
  return predict(index, { from: resolveEndpoint(topology, from), to: resolveEndpoint(topology, to) });
}

export function recorded(scenario: string): Recorded {
  const index = indexOf(scenario);
  const ping = JSON.parse(readFileSync(join(traces, scenario, 'ping.json'), 'utf8')) as RecordedPing;
  const prediction = predicted(index, ping.from, ping.to);
  const captured = recordedCaptures
    .filter((file) => basename(join(file, '..')) === scenario)
    .map((file) => ({
      namespace: namespaceNamed(index, basename(file, '.pcap')).id,
      frames: framesOf(file),
    }));
  const sent = echoOf(Number(ping.argv[ping.argv.indexOf('-s') + 1]));
  const story = correlate(index, prediction, captured, sent);
  const probe = parsePing(ping);
  const watched = new Set(captured.map(({ namespace }) => namespace));
  const verdict = judge(index, {
    prediction,
    wayBack: null,
    story,
    watched,
    sent: sent.probe,
    drops: [],
    probe,
  });
  return { index, prediction, captured, sent, story, probe, verdict };
}

/** The traces of one session as they were saved with a recording (test/node/trace/recordStories.ts). */
export interface RecordedStories {
  readonly index: TopologyIndex;
  readonly traces: readonly Trace[];
  /** The trace with a title: "web → db (10.244.0.3)". */
  readonly titled: (title: string) => Trace;
}

export function recordedStories(): RecordedStories {
  const snapshot = parseSnapshot(readFileSync(join(kernel, 'stories.patchbay.json'), 'utf8'));
  const shelf = new TraceShelf();
  shelf.restore(snapshot.traces ?? []);
  return {
    index: new TopologyIndex(buildTopology(snapshot)),
    traces: shelf.traces,
    titled: (title) => {
      const trace = shelf.traces.find((one) => one.title === title);
      assert.ok(trace, `no trace ${title}`);
      return trace;
    },
  };
}

export function namespaceNamed(index: TopologyIndex, name: string): Namespace {
  const namespace = index.topology.namespaces.find((candidate) => candidate.name === name);
  assert.ok(namespace, `no namespace ${name}`);
  return namespace;
}

/** "out eth0 of web": one line a hop. */
export function hopNames(index: TopologyIndex, { hops }: Path): string[] {
  return hops.map(({ link, direction }) => `${direction} ${linkName(index, link)}`);
}

export function linkName(index: TopologyIndex, id: string | null): string | null {
  const link = id === null ? undefined : index.link(id);
  return link ? nameOfLink(index, link) : null;
}
