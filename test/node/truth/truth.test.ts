import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readNode } from '../../../src/session/readNode.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import { startSandbox } from '../support/sandbox.ts';
import { compare } from './compare.ts';
import { arbitraryModel, type Model } from './model.ts';
import { realise, supportedKinds } from './realise.ts';

/** Cases a run; more by environment for a long night. */
const runs = Number(process.env['PATCHBAY_TRUTH_RUNS'] ?? 200);

describe('What is read is what is there', function () {
  this.timeout(600_000);

  it(`holds for ${runs} random nodes`, async () => {
    const kinds = await supportedKinds();
    assert.ok(kinds.includes('bridge'));
    const check = async (model: Model): Promise<void> => {
      const sandbox = await startSandbox();
      try {
        const holders = await realise(sandbox.transport, model);
        const { snapshot, pairing } = await readNode(sandbox.transport);
        compare(model, holders, buildTopology(snapshot, pairing));
      } finally {
        sandbox.dispose();
      }
    };
    // Two at a time: each waits for the kernel about half of its time.
    const models = arbitraryModel(kinds);
    const property = fc.asyncProperty(fc.tuple(models, models), async (pair) => {
      await Promise.all(pair.map(check));
    });
    const seed = process.env['PATCHBAY_TRUTH_SEED'];
    await fc.assert(property, {
      numRuns: Math.ceil(runs / 2),
      ...(seed === undefined ? {} : { seed: Number(seed) }),
      reporter: (details) => {
        console.log(`      seed ${details.seed}, kinds: veth ${kinds.join(' ')}`);
        if (details.failed) {
          throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
        }
      },
    });
  });
});
