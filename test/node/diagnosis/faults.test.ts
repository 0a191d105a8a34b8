import assert from 'node:assert/strict';
import { describeTrace } from '../../../src/trace/describe.ts';
import { passes, placesOf, runFault } from './diagnose.ts';
import { faults } from './faults.ts';

describe('a fault, injected', () => {
  for (const fault of faults) {
    it(`${fault.name}: right cause, right place, and the mend makes the same probe pass`, async () => {
      const { before, broken, places, mended, findings, topology } = await runFault(fault);
      const story = describeTrace(broken, topology);
      assert.ok(passes(before), describeTrace(before, topology));
      assert.equal(passes(broken), false, story);
      assert.deepEqual(
        [broken.causes[0]?.rule, broken.causes.map(({ title }) => title).slice(0, 3)].slice(0, 1),
        [fault.rule],
        `${story}\n${broken.causes.map(({ title }) => title).join('\n')}`,
      );
      assert.ok(places.includes(fault.place), places.join(', '));
      assert.ok((broken.causes[0]?.evidence.length ?? 0) > 0);
      assert.ok(mended && passes(mended), mended ? describeTrace(mended, topology) : 'no mend');
      const found = findings.filter(({ rule }) => rule === fault.rule);
      assert.equal(
        found.some((finding) => placesOf(topology, finding).includes(fault.place)),
        fault.isStatic,
      );
    });
  }
});
