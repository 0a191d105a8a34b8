import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { openLocal } from '../../../src/transport/local.ts';
import type { Transport } from '../../../src/transport/transport.ts';

/** A node of its own made in a few milliseconds: namespaces of net, mount and pid, entered without SSH. */
export interface Sandbox {
  readonly transport: Transport;
  /** The argv before a command that is to run in here, for {@link enteredThrough} on another transport. */
  readonly enter: readonly string[];
  dispose(): void;
}

const init =
  'mount -t tmpfs tmpfs /run && mkdir /run/netns && mount -t sysfs sysfs /sys && echo ready && exec cat';

/** Starts an empty sandbox; needs root. It ends with its standard input, so also with this process. */
export async function startSandbox(): Promise<Sandbox> {
  const isolate = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const keeper = spawn('unshare', [...isolate, 'sh', '-c', init], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(keeper.stdout, 'data');
  const initPid = readFileSync(`/proc/${keeper.pid}/task/${keeper.pid}/children`, 'utf8').trim();
  assert.match(initPid, /^\d+$/);
  const local = await openLocal();
  const enter = ['nsenter', '-t', initPid, '-n', '-m', '-p', '--'];
  return {
    transport: enteredThrough(local, enter),
    enter,
    // Not waited for: orphans in it are reaped by the machine's first process, and some of those take a second or two.
    dispose: () => {
      local.dispose();
      keeper.stdin.end();
      keeper.unref();
    },
  };
}

/** The same transport with every command run through another. */
export function enteredThrough(transport: Transport, prefix: readonly string[]): Transport {
  const open = transport.openTerminal?.bind(transport) ?? null;
  return {
    kind: transport.kind,
    label: transport.label,
    privilege: transport.privilege,
    connection: transport.connection,
    onDidClose: transport.onDidClose,
    exec: (argv, options) => transport.exec([...prefix, ...argv], options),
    spawn: (argv, options) => transport.spawn([...prefix, ...argv], options),
    openTerminal: open && ((argv, options) => open([...prefix, ...argv], options)),
    dispose: () => transport.dispose(),
  };
}
