import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { History, type Moment } from '../../../src/session/history.ts';
import { alignTopologies } from '../../../src/topology/align.ts';
import { withoutCounters } from '../../../src/topology/counters.ts';
import { diffOf } from '../../../src/topology/diff.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { TopologyBuilder } from '../../harness/panel/topologies.ts';
import { topologySketch } from '../topology/sketches.ts';

const startMs = Date.parse('2026-01-15T10:00:00.000Z');
const at = (seconds: number): Date => new Date(startMs + seconds * 1_000);

/** Hands topologies to a history, one a second unless said otherwise, as a session does. */
class Feed {
  readonly history: History;
  readonly #was = new Map<Moment['id'], Topology>();
  #latest: Topology | null = null;

  constructor(budgetBytes?: number) {
    this.history = new History(budgetBytes === undefined ? {} : { budgetBytes });
  }

  add(sketch: Topology, seconds: number): void {
    const topology = { ...sketch, takenAt: at(seconds).toISOString() };
    const last = this.history.moments.at(-1)?.id;
    if (this.#latest) {
      const alignment = alignTopologies(this.#latest, topology);
      this.history.add(topology, alignment, diffOf(alignment));
    } else {
      this.history.add(topology);
    }
    this.#latest = topology;
    const newest = this.history.moments.at(-1);
    if (newest && newest.id !== last) {
      this.#was.set(newest.id, topology);
    }
  }

  /** Holds every kept moment against what was. */
  async check(): Promise<void> {
    for (const { id } of this.history.moments) {
      const was = this.#was.get(id);
      assert.ok(was);
      assert.deepEqual(await this.history.topologyOf(id), withoutCounters(was));
    }
  }
}

/** A node whose bridge goes by its MTU: big enough that some hundred of them fill a segment. */
function nodeWithMtu(mtu: number): Topology {
  const builder = new TopologyBuilder();
  builder.link(builder.root, 'cbr0', { kind: 'bridge', mtu, alias: String(mtu).repeat(700) });
  return builder.build();
}

function nodeWithAlias(alias: string): Topology {
  const builder = new TopologyBuilder();
  builder.link(builder.root, 'cbr0', { kind: 'bridge', alias });
  return builder.build();
}

/** Text that no compression makes much shorter, the same for the same number. */
function noise(seed: number): string {
  const parts = Array.from({ length: 250 }, (_, at) =>
    createHash('md5').update(`${seed} ${at}`).digest('base64url'),
  );
  return parts.join('');
}

describe('History', () => {
  it('gives each moment back as it was, whatever came and went', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(topologySketch, { minLength: 1, maxLength: 12 }), async (sketches) => {
        const feed = new Feed();
        sketches.forEach((sketch, second) => feed.add(sketch, second));
        await feed.check();
      }),
    );
  });

  it('gives them back from what is packed, and in any order', async () => {
    const feed = new Feed();
    for (let step = 0; step < 1_500; step++) {
      feed.add(nodeWithMtu(1_000 + step), step);
    }
    await feed.history.packed;
    assert.ok(feed.history.sizeBytes < 1_500_000, `${feed.history.sizeBytes} bytes`);
    const { moments } = feed.history;
    for (const back of [...moments.keys()].reverse().filter((place) => place % 97 === 0)) {
      const { links } = await feed.history.topologyOf(moments[back]?.id ?? 0);
      assert.equal(links.find(({ name }) => name === 'cbr0')?.mtu, 1_000 + back);
    }
  });

  it('keeps an hour, and stays within its budget by letting the oldest go first, and says so', async () => {
    const budget = 2_400_000;
    const feed = new Feed(budget);
    for (let step = 0; step < 1_500; step++) {
      feed.add(nodeWithAlias(noise(step)), step);
      if (step % 100 === 0) {
        await feed.history.packed;
      }
    }
    const { history } = feed;
    assert.ok(history.sizeBytes <= budget, `${history.sizeBytes} bytes`);
    assert.ok(history.moments.length > 150, `${history.moments.length} moments`);
    assert.equal(history.droppedUntilMs, history.moments[0]?.atMs);
    assert.equal(history.moments.at(-1)?.atMs, at(1_499).getTime());
    await feed.check();
  });

  it('forgets what is older than an hour without a complaint, and keeps what was true an hour ago', () => {
    const feed = new Feed();
    for (let minute = 0; minute <= 180; minute += 5) {
      feed.add(nodeWithMtu(1_000 + minute), minute * 60);
    }
    const { moments, droppedUntilMs } = feed.history;
    assert.equal(droppedUntilMs, null);
    assert.ok((moments[0]?.atMs ?? Infinity) <= at(120 * 60).getTime());
    assert.ok((moments[0]?.atMs ?? 0) >= at(100 * 60).getTime());
  });

  it('takes counters for no moment', () => {
    const feed = new Feed();
    const moved = (used: number): Topology => {
      const node = nodeWithMtu(1_500);
      return { ...node, links: node.links.map((link) => ({ ...link, raw: { ...link.raw, used } })) };
    };
    feed.add(moved(1), 0);
    feed.add(moved(2), 1);
    assert.equal(feed.history.moments.length, 1);
  });

  it('rejects a moment that is no longer kept', async () => {
    await assert.rejects(new Feed().history.topologyOf(7), /no longer kept/);
  });

  describe('marks', () => {
    it('stand for what was known when the node was next found to be as it was shown', () => {
      const feed = new Feed();
      feed.add(nodeWithMtu(1), 0);
      const mark = feed.history.mark('server.js:42', 'debugger', at(10));
      // What the program did just before it stopped is heard of a little later.
      feed.add(nodeWithMtu(2), 10.1);
      feed.history.confirm(at(10.2));
      feed.add(nodeWithMtu(3), 10.3);
      feed.history.confirm(at(10.5));
      feed.add(nodeWithMtu(4), 11);
      assert.equal(feed.history.momentOf(mark.id)?.atMs, at(10.3).getTime());
    });

    it('do not go on for ever on a node that never comes to rest', () => {
      const feed = new Feed();
      feed.add(nodeWithMtu(1), 0);
      const { id } = feed.history.mark('a', 'user', at(10));
      [10.2, 11.3, 11.7, 12].forEach((seconds, step) => feed.add(nodeWithMtu(2 + step), seconds));
      assert.equal(feed.history.momentOf(id)?.atMs, at(11.3).getTime());
    });

    it('end where the next one is made', () => {
      const feed = new Feed();
      feed.add(nodeWithMtu(1), 0);
      const first = feed.history.mark('a', 'user', at(1));
      const second = feed.history.mark('b', 'user', at(1.1));
      feed.add(nodeWithMtu(2), 1.2);
      assert.equal(feed.history.momentOf(first.id)?.atMs, at(0).getTime());
      assert.equal(feed.history.momentOf(second.id)?.atMs, at(1.2).getTime());
    });

    it('can be given a better name', () => {
      const { history } = new Feed();
      const { id } = history.mark('paused', 'debugger', at(1));
      history.rename(id, 'server.js:42');
      assert.deepEqual(
        history.marks.map(({ label }) => label),
        ['server.js:42'],
      );
    });
  });

  it('tells the time without a connection as a gap, and goes on after it', () => {
    const feed = new Feed();
    feed.add(nodeWithMtu(1), 0);
    feed.history.lose(at(5));
    assert.deepEqual(feed.history.gaps, [{ fromMs: at(5).getTime(), toMs: null }]);
    feed.history.find(at(9));
    feed.add(nodeWithMtu(2), 9);
    assert.deepEqual(feed.history.gaps, [{ fromMs: at(5).getTime(), toMs: at(9).getTime() }]);
    assert.equal(feed.history.moments.length, 2);
  });
});
