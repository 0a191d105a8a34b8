import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alignTopologies } from '../../../src/topology/align.ts';
import { withoutCounters } from '../../../src/topology/counters.ts';
import { applyEdits, editsOf, type TopologyEdits } from '../../../src/topology/edits.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { emptySketch, topologySketch } from './sketches.ts';

const editsBetween = (before: Topology, after: Topology): TopologyEdits =>
  editsOf(alignTopologies(before, after));
const overTheWire = (edits: TopologyEdits): TopologyEdits =>
  JSON.parse(JSON.stringify(edits)) as TopologyEdits;

describe('editsOf', () => {
  it('leads from one topology to the other exactly, but for counters', () => {
    fc.assert(
      fc.property(topologySketch, topologySketch, (before, after) => {
        const edits = overTheWire(editsBetween(before, after));
        assert.deepEqual(applyEdits(withoutCounters(before), edits), withoutCounters(after));
      }),
      { numRuns: 500 },
    );
  });

  it('leads back as exactly', () => {
    fc.assert(
      fc.property(topologySketch, topologySketch, (before, after) => {
        const there = applyEdits(withoutCounters(before), editsBetween(before, after));
        assert.deepEqual(applyEdits(there, editsBetween(after, before)), withoutCounters(before));
      }),
    );
  });

  it('writes a whole topology where there was none', () => {
    fc.assert(
      fc.property(topologySketch, (topology) => {
        const edits = overTheWire(editsBetween(emptySketch, topology));
        assert.deepEqual(applyEdits(emptySketch, edits), withoutCounters(topology));
      }),
    );
  });

  it('holds nothing but the time where only counters moved', () => {
    const moved = (used: number): Topology => ({
      ...emptySketch,
      unknown: [{ namespace: null, what: 'x', reason: 'y', remedy: null }],
      rules: [{ namespace: '1', priority: 0, source: '', table: null, family: 4, raw: { used } }],
    });
    assert.deepEqual(editsBetween(moved(1), moved(2)), { takenAt: '' });
  });

  it('is as small as what changed', () => {
    const rule = (priority: number): Topology['rules'][number] => ({
      ...{ namespace: '1', priority, source: 'all', table: 'main', family: 4, raw: {} },
    });
    const rules = Array.from({ length: 1000 }, (_, priority) => rule(priority));
    const after = rules.with(500, { ...rule(500), source: '10.0.0.1' });
    const edits = editsBetween({ ...emptySketch, rules }, { ...emptySketch, rules: after });
    assert.deepEqual(edits.rules, [[0, 500], after[500], [501, 499]]);
  });
});
