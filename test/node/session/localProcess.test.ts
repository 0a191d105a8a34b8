import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { namespaceOfLocalProcess } from '../../../src/session/localProcess.ts';
import { startLab } from '../../../src/transport/lab/lab.ts';
import { connectToLab } from '../../../src/transport/lab/openLab.ts';
import { openLocal } from '../../../src/transport/local.ts';

const script = `process.stdout.write('ready'); setInterval(() => undefined, 1_000);`;

describe('The namespace of a process of this machine', () => {
  let child: ChildProcess;

  before(async () => {
    // In a network namespace of its own: a sandbox with nothing but lo.
    child = spawn(join(import.meta.dirname, 'unshared.sh'), ['-e', script, '/app/server.js']);
    assert.ok(child.stdout);
    await once(child.stdout, 'data');
  });

  after(() => {
    child.kill();
  });

  it('is found where the node is this machine, and only for the program that it is said to be', async () => {
    const transport = await openLocal();
    try {
      const pid = child.pid ?? 0;
      const namespace = /\d+/.exec(await readlink(`/proc/${pid}/ns/net`))?.[0];
      assert.ok(namespace);
      assert.equal(await namespaceOfLocalProcess(transport, { pid, program: '/src/server.js' }), namespace);
      assert.equal(await namespaceOfLocalProcess(transport, { pid, program: 'other.js' }), null);
    } finally {
      transport.dispose();
    }
  });

  it('is not looked for on a node that numbers its processes otherwise', async () => {
    const lab = await startLab();
    const transport = await connectToLab(lab);
    try {
      assert.equal(await namespaceOfLocalProcess(transport, { pid: 1, program: 'sh' }), null);
    } finally {
      transport.dispose();
      await lab.dispose();
    }
  });
});
