import assert from 'node:assert/strict';
import { startSandbox, type Sandbox } from '../../node/support/sandbox.ts';

/** A node with that many pods on one bridge: each with an address, a default route and a cable. */
export async function startPodNode(pods: number): Promise<Sandbox> {
  const sandbox = await startSandbox();
  try {
    const stdin = podScript(Array.from({ length: pods }, (_, i) => i + 2));
    const { exitCode, stderr } = await sandbox.transport.exec(['sh', '-e', '-s'], { stdin });
    assert.equal(exitCode, 0, stderr);
    return sandbox;
  } catch (error) {
    sandbox.dispose();
    throw error;
  }
}

function podScript(numbers: readonly number[]): string {
  return [
    'ip link set lo up',
    'ip link add cbr0 type bridge',
    'ip addr add 10.244.0.1/16 dev cbr0',
    'ip link set cbr0 up',
    batch(
      '',
      numbers.flatMap((n) => [
        `netns add pod${n}`,
        `link add veth${n} type veth peer name eth0 netns pod${n}`,
        `link set veth${n} up master cbr0`,
      ]),
    ),
    ...numbers.map((n) =>
      batch(`-n pod${n}`, [
        'link set lo up',
        `addr add 10.244.${n >> 8}.${n & 255}/16 dev eth0`,
        'link set eth0 up',
        'route add default via 10.244.0.1',
      ]),
    ),
    '',
  ].join('\n');
}

function batch(where: string, commands: readonly string[]): string {
  return [`ip ${where} -batch - <<'BATCH'`, ...commands, 'BATCH'].join('\n');
}

/** How many processes were started in a sandbox while `work` ran, itself not counted. */
export async function countProcesses(sandbox: Sandbox, work: () => Promise<unknown>): Promise<number> {
  const reading = (await lastPid(sandbox)) - (await lastPid(sandbox));
  const before = await lastPid(sandbox);
  await work();
  return (await lastPid(sandbox)) - before + reading;
}

/** A PID namespace counts its processes: proc_loadavg(5) shows the last number it gave. */
async function lastPid(sandbox: Sandbox): Promise<number> {
  const { stdout } = await sandbox.transport.exec(['cat', '/proc/loadavg']);
  return Number(stdout.trim().split(' ')[4]);
}
