import { collectSnapshot } from '../iproute/collect.ts';
import { planCreatePods } from '../pods/create.ts';
import { parseOutcome, renderScript } from '../pods/script.ts';
import { buildTopology } from '../topology/build.ts';
import type { Transport } from '../transport/transport.ts';

/** Puts two pods, joined by cbr0, into an empty lab: something to look at from the first second. */
export async function seedLab(transport: Transport): Promise<void> {
  const topology = buildTopology(await collectSnapshot(transport));
  const plan = planCreatePods(topology, {
    names: ['web', 'db'],
    bridge: { create: 'cbr0', subnet: '10.244.0.0/24' },
  });
  parseOutcome(plan, await transport.exec(['sh', '-s'], { stdin: renderScript(plan), privileged: true }));
}
