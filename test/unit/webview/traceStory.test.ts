import assert from 'node:assert/strict';
import {
  differingStep,
  headline,
  sinceInWords,
  stepWord,
  storyOf,
  timeInWords,
  traceChains,
} from '../../../webview/graph/traceStory.ts';
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

  it('tells its steps in order with the time since the one before', () => {
    const steps = storyOf(trace, index);
    assert.deepEqual(steps.slice(0, 3).map(sinceInWords), ['0 µs', '+9.4 µs', '+2.9 µs']);
    assert.deepEqual(steps.slice(0, 2).map(timeInWords), [
      'The first that was seen',
      '9.4 µs after the step before, 9.4 µs after the first',
    ]);
    assert.deepEqual(
      steps.filter(({ atNs }) => atNs === null).map((step) => [sinceInWords(step), timeInWords(step)]),
      [['', null]],
    );
  });

  it('says in a word what each step is', () => {
    const words = storyOf(trace, index).map(stepWord);
    assert.deepEqual([...new Set(words)], ['question', 'answer', 'request', 'reply']);
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

  it('ends its story with the loss, and with the predicted hops that were not seen', () => {
    const end = storyOf(trace, index).slice(-2);
    assert.deepEqual(end.map(stepWord), ['lost', 'not seen']);
    assert.deepEqual(end[1]?.links, [lostBefore]);
    assert.match(end[1].text, /^Predicted, not seen: eth0 of cache-down\. /);
  });

  it('is marked where it first differs from another: at that link, or where it ends', () => {
    const steps = storyOf(trace, index);
    const at = differingStep(steps, { text: '', links: [lostAfter ?? ''] });
    assert.deepEqual([steps[at]?.role, steps[at]?.links], ['request', [lostAfter]]);
    assert.equal(steps[differingStep(steps, { text: '', links: [] })]?.kind, 'lost');
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
    const steps = storyOf(trace, indexTopology(topology));
    assert.deepEqual(
      steps.map((step) => [stepWord(step), sinceInWords(step), step.text]),
      trace.path.hops.map(({ why }) => ['predicted', '', why]),
    );
  });
});
