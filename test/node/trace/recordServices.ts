/**
 * Records test/fixtures/KERNEL-IPROUTE2/services/: for each form of kube-proxy's rules what a sandbox's kernel said, as a
 * recording. Run it as root: `node test/node/trace/recordServices.ts`.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readNode } from '../../../src/session/readNode.ts';
import { writeRecording } from '../../../src/session/recording.ts';
import { startSandbox } from '../support/sandbox.ts';
import { modes, servicesScript } from './kubeServices.ts';
import { sh } from './wiring.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');

for (const [mode, rules] of modes) {
  const sandbox = await startSandbox();
  try {
    await sh(sandbox.transport, servicesScript(rules));
    const { snapshot } = await readNode(sandbox.transport);
    const kernel = snapshot.node.kernel.split('-')[0] ?? '';
    const tools = /iproute2-([\d.]+)/.exec(snapshot.node.iproute2)?.[1] ?? '';
    const folder = join(fixtures, `linux-${kernel}-iproute2-${tools}`, 'services');
    await mkdir(folder, { recursive: true });
    await writeRecording(join(folder, `${mode.replaceAll(' ', '-')}.patchbay.json`), snapshot);
  } finally {
    sandbox.dispose();
  }
}
