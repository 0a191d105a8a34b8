import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findFindings } from '../../../src/diagnose/findFindings.ts';
import { NodeSession } from '../../../src/session/nodeSession.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { startSandbox } from '../support/sandbox.ts';
import { sh } from '../trace/wiring.ts';
import { healthyModel, healthyScript, type HealthyModel } from './healthy.ts';

/** Nodes a run; more by environment for a long night. */
const runs = Number(process.env['PATCHBAY_HEALTHY_RUNS'] ?? 50);

/** The node with the details of all of its namespaces. */
async function readWhole(model: HealthyModel): Promise<Topology> {
  const sandbox = await startSandbox();
  const session = new NodeSession({ label: 'healthy', open: () => Promise.resolve(sandbox.transport) });
  try {
    await sh(sandbox.transport, healthyScript(model));
    const { namespaces } = await session.start(new AbortController().signal);
    await session.readDetailsOf(namespaces.map(({ id }) => id));
    assert.ok(session.topology);
    return session.topology;
  } finally {
    session.dispose();
    sandbox.dispose();
  }
}

describe('a healthy node', () => {
  it(`has no finding of severity error, ${runs} times over`, async function () {
    this.timeout(runs * 10_000);
    const check = async (model: HealthyModel): Promise<void> => {
      const topology = await readWhole(model);
      const { findings, unchecked } = findFindings(topology);
      const errors = findings.filter(({ severity }) => severity === 'error');
      assert.deepEqual(
        errors.map(({ title, evidence }) => [title, evidence.map(({ text }) => text)]),
        [],
      );
      assert.deepEqual(unchecked, []);
    };
    // Two at a time: each waits for the kernel about half of its time.
    const property = fc.asyncProperty(fc.tuple(healthyModel, healthyModel), async (models) => {
      await Promise.all(models.map(check));
    });
    await fc.assert(property, { numRuns: Math.ceil(runs / 2), endOnFailure: true });
  });
});
