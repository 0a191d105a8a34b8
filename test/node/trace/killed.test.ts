import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { sh, wiring } from './wiring.ts';

const cli = join(import.meta.dirname, '../../../src/cli.ts');

/** What of a trace is on the node: its processes, and tracefs instances of whoever traces on this machine. */
const traces = `
  for pid in /proc/[0-9]*; do cat "$pid/comm" 2>/dev/null || :; done | grep -E '^(tcpdump|dumpcap|ping)$' || :
  mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || :
  ls /sys/kernel/tracing/instances
`;

describe('a client that is killed in the middle of a trace', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await startSandbox();
    await sh(sandbox.transport, wiring);
  });

  afterEach(() => sandbox.dispose());

  it('leaves no process, no tracefs instance and no file on the node', async () => {
    const files = (): Promise<string> => sh(sandbox.transport, 'find /run -xdev -type f | sort');
    const [before, filesBefore] = [new Set((await sh(sandbox.transport, traces)).split('\n')), await files()];
    const left = async (): Promise<string[]> =>
      (await sh(sandbox.transport, traces)).split('\n').filter((line) => line !== '' && !before.has(line));
    const [enter = '', ...words] = sandbox.enter;
    const client = spawn(
      enter,
      [
        ...words,
        process.execPath,
        cli,
        'trace',
        'local',
        '--from',
        'web',
        '--to',
        '10.244.0.9',
        '--count',
        '50',
      ],
      { stdio: 'ignore' },
    );
    const started = new Set<string>();
    while (!started.has('ping') || !started.has('tcpdump')) {
      assert.equal(client.exitCode, null, 'it ended by itself');
      (await left()).forEach((name) => started.add(name));
    }
    const ours = (await left()).filter((name) => name.startsWith('patchbay-'));
    assert.ok(ours.length > 0, 'it listens for drops');
    const exited = once(client, 'exit');
    await sh(
      sandbox.transport,
      `for pid in /proc/[0-9]*; do if [ "$(tr '\\0' ' ' <$pid/cmdline 2>/dev/null | grep -c 'cli.ts trace')" = 1 ]; then kill -9 "\${pid#/proc/}"; fi; done`,
    );
    await exited;
    for (let names = await left(); names.some((name) => started.has(name)); names = await left());
    assert.equal(await files(), filesBefore);
  });
});
