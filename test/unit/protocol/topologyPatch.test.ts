import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { makePatch } from '../../../src/protocol/makeTopologyPatch.ts';
import { applyPatch } from '../../../src/protocol/topologyPatch.ts';
import type { Link, Topology } from '../../../src/topology/topology.ts';
import { podsOnBridge } from '../../harness/panel/topologies.ts';

const base = podsOnBridge(12).build();

function withLinks(change: (link: Link, at: number) => Link | null): Topology {
  return { ...base, links: base.links.flatMap((link, at) => change(link, at) ?? []) };
}

describe('a patch of a topology', () => {
  it('makes the later topology of the earlier, counters and order included', () => {
    const change = fc.record({
      dropped: fc.uniqueArray(fc.nat(base.links.length - 1)),
      changed: fc.uniqueArray(fc.nat(base.links.length - 1), { maxLength: 5 }),
      turned: fc.boolean(),
    });
    fc.assert(
      fc.property(change, ({ dropped, changed, turned }) => {
        const links = base.links
          .filter((_, at) => !dropped.includes(at))
          .map((link, at) => (changed.includes(at) ? { ...link, raw: { stats64: at } } : link));
        const after = { ...base, takenAt: 'later', links: turned ? links.toReversed() : links };
        const patch = makePatch(base, structuredClone(after));
        if (patch !== null) {
          assert.deepEqual(applyPatch(base, structuredClone(patch)), after);
        }
      }),
    );
  });

  it('keeps the records that stay the same objects, and lists that stay the same lists', () => {
    const after = structuredClone(withLinks((link, at) => (at === 3 ? { ...link, mtu: 9000 } : link)));
    const patch = makePatch(base, after);
    assert.ok(patch);
    const made = applyPatch(base, patch);
    assert.equal(made.routes, base.routes);
    assert.deepEqual(
      made.links.filter((link, at) => link !== base.links[at]).map(({ mtu }) => mtu),
      [9000],
    );
  });

  it('is small for one more pod', () => {
    const patch = makePatch(podsOnBridge(200).build(), podsOnBridge(201).build());
    assert.ok(JSON.stringify(patch).length < JSON.stringify(podsOnBridge(201).build()).length / 50);
  });

  it('is none where most is new, or where it is another node', () => {
    assert.equal(makePatch(podsOnBridge(1).build(), podsOnBridge(9).build()), null);
    const other = { ...base, node: { ...base.node, hostname: 'another' } };
    assert.equal(makePatch(base, other), null);
  });
});
