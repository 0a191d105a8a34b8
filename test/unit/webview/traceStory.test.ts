import assert from 'node:assert/strict';
import { headline, traceChains, traceRows } from '../../../webview/graph/traceStory.ts';
import { indexTopology } from '../../../webview/graph/topologyIndex.ts';
import { broken, podsOnBridge } from '../../harness/panel/topologies.ts';
import { pingTrace } from '../../harness/panel/traces.ts';

describe('a delivered trace', () => {
  const topology = podsOnBridge(2).build();
  const index = indexTopology(topology);
  const trace = pingTrace(topology, 'web', 'db');

  it('says so with the round trip', () => {
    assert.deepEqual(headline(trace, index), { delivered: true, text: 'Delivered in 0.12 ms', reason: null });
  });

  it('tells its events in order with the time since the previous', () => {
    const rows = traceRows(trace, index);
    assert.equal(rows.length, trace.events.length);
    assert.deepEqual(
      rows.slice(0, 3).map((row) => row.since),
      ['0 µs', '+12.3 µs', '+12.5 µs'],
    );
  });

  it('lights its whole way', () => {
    assert.deepEqual(traceChains(trace), {
      seen: trace.path.hops.map((hop) => hop.link),
      lost: [],
      unseen: [],
    });
  });
});

describe('a lost trace', () => {
  const topology = broken().build();
  const index = indexTopology(topology);
  const trace = pingTrace(topology, 'app-1', 'cache-down', true);
  const { lostAfter, lostBefore } = trace.verdict;

  it('says between which two links, and why', () => {
    const { text, reason } = headline(trace, index);
    assert.match(text, /^Lost between veth\w+ of node and eth0 of cache-down$/);
    assert.equal(reason, 'eth0 of cache-down is down.');
  });

  it('marks the predicted hops that were not seen', () => {
    const unseen = traceRows(trace, index).filter((row) => row.phase === 'not-seen');
    assert.deepEqual(
      unseen.map((row) => row.links),
      [[lostBefore]],
    );
  });

  it('ends its lit way where it was lost', () => {
    const chains = traceChains(trace);
    assert.equal(chains.seen.at(-1), lostAfter);
    assert.deepEqual(chains.lost, [lostAfter, lostBefore]);
  });

  it('that nobody saw has no lit way', () => {
    const verdict = { ...trace.verdict, lostAfter: null, lostBefore: trace.path.hops[0]?.link ?? null };
    const chains = traceChains({ ...trace, verdict });
    assert.deepEqual([chains.seen, chains.lost], [[], []]);
    assert.equal(chains.unseen.length, trace.path.hops.length);
  });

  it('on its way back says that the reply was lost', () => {
    const verdict = {
      ...trace.verdict,
      lostOn: 'reply' as const,
      lostAfter: lostBefore,
      lostBefore: lostAfter,
    };
    assert.match(
      headline({ ...trace, verdict }, index).text,
      /^Reply lost between eth0 of cache-down and veth/,
    );
    assert.deepEqual(traceChains({ ...trace, verdict }).lost, [lostBefore, lostAfter]);
  });
});

describe('a trace that was only predicted', () => {
  it('tells the prediction and claims nothing as seen', () => {
    const topology = podsOnBridge(2).build();
    const trace = {
      ...pingTrace(topology, 'web', 'db'),
      observedBy: 'none' as const,
      sightings: [],
      events: [],
    };
    const rows = traceRows(trace, indexTopology(topology));
    assert.deepEqual(
      rows.map((row) => row.since),
      trace.path.hops.map(() => ''),
    );
    assert.match(rows[0]?.text ?? '', /^Predicted: /);
  });
});
