import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { supervise } from '../../../src/transport/supervise.ts';

/** The shells a node may have for /bin/sh; the ones that this machine has are tested. */
const shells = [
  ['/bin/dash', []],
  ['/bin/busybox', ['ash']],
  ['/bin/bash', ['--posix']],
] as const;

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a supervised script; its stdin is closed as soon as it prints `ready`. */
async function superviseScript(shell: string, shellArgs: readonly string[], script: string): Promise<Ended> {
  const [, ...rest] = supervise(['sh', '-c', script]);
  const child = spawn(shell, [...shellArgs, ...rest], { stdio: 'pipe' });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
    if (output.includes('ready')) {
      child.stdin.end();
    }
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** Lets a moment pass that is too short for a timer. */
function spinFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

for (const [shell, shellArgs] of shells.filter(([file]) => existsSync(file))) {
  describe(`supervise, in ${shell}`, () => {
    const run = (script: string): Promise<Ended> => superviseScript(shell, shellArgs, script);

    it('ends when the command ends, with its exit code and all it said', async () => {
      const ended = await run('echo out; echo err >&2; exit 7');
      assert.equal(ended.code, 7);
      assert.deepEqual(ended.output.split('\n').filter(Boolean).sort(), ['err', 'out']);
    });

    it('gives the command an empty stdin', async () => {
      assert.deepEqual(await run('cat; echo end'), { code: 0, output: 'end\n' });
    });

    it('hands arguments over as they are', async () => {
      const [, ...rest] = supervise(['printf', '%s|', '', "a'b", '$(id)', 'x\ny', '-n']);
      const child = spawn(shell, [...shellArgs, ...rest], { stdio: 'pipe' });
      const [output] = (await once(child.stdout, 'data')) as [Buffer];
      assert.equal(output.toString(), "|a'b|$(id)|x\ny|-n|");
    });

    it('says 127 for a command that does not exist', async () => {
      const [, ...rest] = supervise(['patchbay-no-such-command']);
      const child = spawn(shell, [...shellArgs, ...rest], { stdio: 'pipe' });
      assert.deepEqual(await once(child, 'close'), [127, null]);
    });

    it('sends TERM at end-of-file, and lets the command clean up', async () => {
      const ended = await run('trap "echo bye; exit 3" TERM; echo ready; while :; do sleep 0.05; done');
      assert.equal(ended.code, 3);
      assert.match(ended.output, /bye/);
    });

    // The children hold stdout: the run is over only when they are gone.
    it('ends the children of the command too', async () => {
      const ended = await run('sleep 600 & sleep 600 & echo ready; wait');
      assert.equal(ended.code, 143);
    });

    it('sends KILL two seconds later to a command that ignores TERM', async () => {
      const ended = await run('trap "" TERM; echo ready; while :; do sleep 0.05; done');
      assert.equal(ended.code, 137);
    }).timeout(10_000);

    // Whoever outlives the wrapper holds stdout, and `close` waits for it.
    it('leaves nothing behind when it is told to end at any moment of its start', async () => {
      for (let delayMs = 0; delayMs < 5; delayMs += 0.2) {
        const [, ...rest] = supervise(['sleep', '600']);
        const child = spawn(shell, [...shellArgs, ...rest], { stdio: 'pipe' });
        const closed = once(child.stdout.resume(), 'close');
        spinFor(delayMs);
        child.stdin.destroy();
        child.kill('SIGTERM');
        await closed;
      }
    }).timeout(30_000);

    it('says nothing of its own', async () => {
      assert.equal((await run('echo ready; exec sleep 600')).output, 'ready\n');
    });
  });
}
