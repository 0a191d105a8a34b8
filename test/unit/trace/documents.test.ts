import assert from 'node:assert/strict';
import { captureFile } from '../../../src/trace/captureFile.ts';
import { compareTraces, lastGoodBefore } from '../../../src/trace/compare.ts';
import { comparisonMarkdown, traceMarkdown } from '../../../src/trace/markdown.ts';
import { predictAnswer } from '../../../src/trace/predict.ts';
import { TopologyIndex } from '../../../src/trace/topologyIndex.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { traceSchema } from '../../../src/trace/traceSchema.ts';
import * as v from 'valibot';
import { linkName, recorded, recordedStories, type Recorded } from './recorded.ts';

/** A recorded trace as a whole. */
export function traceOf(scenario: string, id = scenario): { readonly trace: Trace; readonly of: Recorded } {
  const of = recorded(scenario);
  const trace: Trace = {
    id,
    startedAt: '2026-01-15T10:00:00.000Z',
    title: 'web → db (10.244.0.3)',
    probe: of.sent.probe,
    path: of.prediction.path,
    wayBack: predictAnswer(of.index, of.prediction, of.sent.probe)?.path ?? null,
    kernel: [],
    sightings: of.story.sightings,
    events: of.story.events,
    drops: [],
    causes: [],
    verdict: of.verdict,
    observedBy: 'tcpdump',
    notes: [],
  };
  return { trace, of };
}

describe('a packet’s life between two pods of one bridge', () => {
  it('comes out as exactly five steps: eth0, its veth, the bridge, by ARP the other veth, eth0', () => {
    const { trace, of } = traceOf('cold');
    const steps = trace.path.hops.map(({ link, why }) => [linkName(of.index, link), why]);
    assert.deepEqual(
      steps.map(([name]) => name),
      ['eth0 of web', 'veth-web', 'cbr0', 'veth-db', 'eth0 of db'],
    );
    const [, its, bridge, other, last] = steps.map(([, why]) => why ?? '');
    assert.match(
      its ?? '',
      /What goes into eth0 of web comes out of veth-web: they are the two ends of a veth pair/,
    );
    assert.match(bridge ?? '', /veth-web is a port of cbr0, which takes the frame/);
    assert.match(
      other ?? '',
      /cbr0 has not learned where 10\.244\.0\.3 is, so it floods: web asks by ARP, and 10\.244\.0\.3 is behind veth-db/,
    );
    assert.match(last ?? '', /What goes into veth-db comes out of eth0 of db/);
  });

  it('is told in the same five steps by the document', () => {
    const { trace, of } = traceOf('cold');
    const lines = traceMarkdown(trace, of.index.topology)
      .split('\n')
      .filter((line) => /^\d+\. /.test(line));
    assert.deepEqual(
      lines.map((line) => /^\d+\. \*\*(.*?)\*\*/.exec(line)?.[1]),
      ['eth0 of web', 'veth-web', 'cbr0', 'veth-db', 'eth0 of db'],
    );
  });
});

describe('traceMarkdown', () => {
  it('holds verdict, way, times and a sequence diagram', () => {
    const { trace, of } = traceOf('warm');
    const text = traceMarkdown(trace, of.index.topology);
    assert.match(text, /^# Trace web → db \(10\.244\.0\.3\)$/m);
    assert.match(text, /^Delivered: db \(10\.244\.0\.3\) answered in /m);
    assert.equal(text.match(/^\| [\d.]+ /gm)?.length, trace.events.length);
    assert.match(text, /```mermaid\nsequenceDiagram\n {2}participant l0 as eth0 of web\n/);
    assert.equal(text.match(/^ {2}(?:Note over|l\d+->>l\d+)/gm)?.length, trace.events.length);
  });

  it('lets no name become markup', () => {
    const { trace, of } = traceOf('warm');
    const hostile = '<img src=x onerror=alert(1)> [a](http://b) `c` **d** | e\n# f; end';
    const links = of.index.topology.links.map((link) =>
      link.name === 'eth0' ? { ...link, name: hostile } : link,
    );
    const topology = { ...of.index.topology, links };
    const text = traceMarkdown({ ...trace, title: hostile, notes: [hostile] }, topology);
    assert.doesNotMatch(text, /<img|\[a\]\(|[^\\]`c|[^\\]\*\*d|^# f/m);
    const diagram = text.slice(text.indexOf('```mermaid'), text.lastIndexOf('```'));
    assert.doesNotMatch(diagram.replace('```mermaid', ''), /[<>`*|[\]"](?!>)(?<!->>)/);
    assert.ok(
      diagram
        .split('\n')
        .every((line) => /^(```mermaid|sequenceDiagram|| {2}(participant|Note over|l\d+->>).*)$/.test(line)),
    );
  });
});

describe('compareTraces', () => {
  it('finds the first step that went another way, and names both', () => {
    const [good, bad] = [traceOf('warm', '1'), traceOf('veth-down', '2')];
    const comparison = compareTraces(bad.of.index, good.trace, bad.trace);
    const row = comparison.rows[comparison.first ?? -1];
    assert.match(row?.before ?? '', /^out veth-db: /);
    assert.match(row?.after ?? '', /veth-db, its other end, is down/);
    assert.match(
      comparison.summary,
      /^They first differ here: before, “out veth-db: .*[^.]”; now, “.*[^.]”\.$/,
    );
    const text = comparisonMarkdown(comparison, good.trace, bad.trace);
    assert.equal(text.match(/\*\*≠\*\*/g)?.length, 1);
  });

  it('finds nothing between two that went alike, whatever had to be asked before', () => {
    const [cold, warm] = [traceOf('cold', '1'), traceOf('warm', '2')];
    const comparison = compareTraces(warm.of.index, cold.trace, warm.trace);
    assert.deepEqual(
      [comparison.first, comparison.summary],
      [null, 'Both took the same way and ended alike.'],
    );
  });

  it('compares with the last that was delivered between the same ends', () => {
    const [first, second, lost, other] = [
      traceOf('cold', '1').trace,
      traceOf('warm', '2').trace,
      traceOf('veth-down', '3').trace,
      traceOf('routed', '4').trace,
    ];
    assert.equal(lastGoodBefore([first, second, lost], lost)?.id, '2');
    assert.equal(lastGoodBefore([first, second, other], other), null);
    assert.equal(lastGoodBefore([first, second], first), null);
  });
});

describe('traceSchema', () => {
  it('takes every trace as it is, and nothing that is none', () => {
    for (const scenario of ['cold', 'absent', 'routed', 'itself']) {
      const { trace } = traceOf(scenario);
      assert.deepEqual(
        v.parse(traceSchema, JSON.parse(JSON.stringify(trace))),
        JSON.parse(JSON.stringify(trace)),
      );
    }
    assert.equal(v.safeParse(traceSchema, { id: '1' }).success, false);
  });

  it('takes a cause that a socket proves', () => {
    const trace = recordedStories().titled('web → db (10.244.0.3), UDP 5353');
    const proof = { kind: 'socket' as const, text: 'UNCONN 0 0 127.0.0.1:5353', record: null };
    const causes = trace.causes.map((cause) => ({ ...cause, evidence: [proof] }));
    assert.deepEqual(v.parse(traceSchema, { ...trace, causes }).causes, causes);
  });
});

describe('captureFile', () => {
  it('has an interface for each link that saw something, with a name that says where', () => {
    const { trace, of } = traceOf('cold');
    const bytes = captureFile(new TopologyIndex(of.index.topology), trace, of.captured, of.story.beganNs);
    const text = new TextDecoder('latin1').decode(bytes);
    for (const name of [
      'eth0 of web',
      'veth-web',
      'veth-db',
      'eth0 of db',
      'web asks out of eth0: who has 10.244.0.3?',
    ]) {
      assert.ok(text.includes(name), name);
    }
    assert.deepEqual([...bytes.subarray(0, 12)], [10, 13, 13, 10, bytes[4], 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a]);
    assert.equal(bytes.length % 4, 0);
  });
});
