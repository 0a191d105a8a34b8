import assert from 'node:assert/strict';
import type { StoryStep } from '../../../src/trace/tellTrace.ts';
import {
  beforeFirst,
  lastPlayed,
  momentAt,
  partOf,
  placeOf,
  tellingMs,
  travelMs,
} from '../../../webview/graph/playback.ts';
import { storyOf } from '../../../webview/graph/traceStory.ts';
import { indexTopology } from '../../../webview/graph/topologyIndex.ts';
import { podsOnBridge } from '../../harness/panel/topologies.ts';
import { pingTrace } from '../../harness/panel/traces.ts';

describe('playing a story', () => {
  const topology = podsOnBridge(2).build();
  const index = indexTopology(topology);
  const steps = storyOf(pingTrace(topology, 'web', 'db'), index);
  const lost = storyOf(pingTrace(topology, 'web', 'db', true), index);
  const step = (at: number): StoryStep => steps[at] ?? assert.fail(`no step ${at}`);

  it('gives a frame time to run, and a sentence time to be read', () => {
    assert.ok(travelMs(step(0)) < travelMs(step(1)), 'one that begins has nowhere to run');
    const [short, long] = [
      { ...step(1), text: 'x' },
      { ...step(1), text: 'x'.repeat(60) },
    ];
    assert.ok(tellingMs(short) > travelMs(short));
    assert.ok(tellingMs(long) - tellingMs(short) > 1_000);
  });

  it('is at one place for each moment, and back', () => {
    assert.equal(placeOf(steps, beforeFirst), 0);
    for (const place of [0, 0.5, 1, 2.25, steps.length]) {
      const moment = momentAt(steps, place);
      assert.ok(Math.abs(placeOf(steps, moment) - place) < 1e-9, String(place));
    }
    assert.deepEqual(momentAt(steps, 2.25), { step: 2, elapsedMs: 0.25 * travelMs(step(2)) });
    assert.equal(momentAt(steps, steps.length + 5).step, steps.length - 1);
  });

  it('lets a frame stand where it has arrived while its step is read', () => {
    assert.equal(partOf(step(1), tellingMs(step(1))), 1);
  });

  it('ends with the last step, or where the packet is lost', () => {
    assert.equal(lastPlayed(steps), steps.length - 1);
    assert.equal(lost[lastPlayed(lost)]?.kind, 'lost');
    assert.ok(lastPlayed(lost) < lost.length - 1);
    assert.equal(lastPlayed([]), -1);
  });
});
