import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openLocal } from '../../../src/transport/local.ts';
import { supervise } from '../../../src/transport/supervise.ts';
import type { Transport } from '../../../src/transport/transport.ts';

describe('the local transport', () => {
  let local: Transport;
  beforeEach(async () => {
    local = await openLocal();
  });
  afterEach(() => local.dispose());

  it('knows who we are', () => {
    assert.equal(local.privilege.uid, process.getuid?.());
    assert.equal(local.connection, null);
  });

  it('collects output and exit code', async () => {
    const output = await local.exec(['sh', '-c', 'echo out; echo err >&2; exit 3']);
    assert.deepEqual(output, { stdout: 'out\n', stderr: 'err\n', exitCode: 3 });
  });

  it('feeds stdin, and ends it', async () => {
    assert.equal((await local.exec(['cat'], { stdin: 'a\nb' })).stdout, 'a\nb');
    assert.equal((await local.exec(['cat'])).stdout, '');
  });

  it('keeps a character whole that comes in two pieces', async () => {
    const script = String.raw`printf '\360\237'; sleep 0.05; printf '\247\265'`;
    assert.equal((await local.exec(['sh', '-c', script])).stdout, '🧵');
  });

  it('says 127 for a command that does not exist, and 126 for one that may not run', async () => {
    const missing = await local.exec(['patchbay-no-such-command']);
    assert.deepEqual(missing, { stdout: '', stderr: 'patchbay-no-such-command: not found\n', exitCode: 127 });
    assert.equal((await local.exec([import.meta.filename])).exitCode, 126);
  });

  it('does not mind a command that leaves its stdin unread', async () => {
    assert.equal((await local.exec(['true'], { stdin: 'x'.repeat(1_000_000) })).exitCode, 0);
  });

  it('says null for a command that a signal ended', async () => {
    assert.equal((await local.exec(['sh', '-c', 'kill -9 $$'])).exitCode, null);
  });

  it('gives up after a time-out', async () => {
    const started = local.exec(['sleep', '600'], { timeoutMs: 100 });
    await assert.rejects(started, { code: 'timed-out', message: 'sleep did not end within 0.1 s.' });
  });

  it('is cancelled by a signal before and during a command', async () => {
    await assert.rejects(local.exec(['true'], { signal: AbortSignal.abort() }), { code: 'cancelled' });
    const controller = new AbortController();
    const running = local.exec(['sleep', '600'], { signal: controller.signal });
    controller.abort();
    await assert.rejects(running, { code: 'cancelled' });
  });

  it('lets go of the signal when a command ends', async () => {
    const { signal } = new AbortController();
    await local.exec(['true'], { signal });
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });

  it('ends a command that is given up, and its children', async () => {
    const controller = new AbortController();
    const dir = await mkdtemp(path.join(tmpdir(), 'patchbay-local-'));
    const pipe = path.join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const script = 'exec >"$1"; echo ready; sleep 600 & exec sleep 600';
    const running = local.exec(['sh', '-c', script, 'sh', pipe], { signal: controller.signal });
    // Both hold the pipe open: it ends only when they are gone.
    const held = createReadStream(pipe);
    await once(held, 'data');
    controller.abort();
    await assert.rejects(running, { code: 'cancelled' });
    await once(held.resume(), 'end');
    await rm(dir, { recursive: true });
  });

  it('rejects what runs and what comes after it was disposed', async () => {
    const process = await local.spawn(supervise(['sleep', '600']));
    local.dispose();
    await assert.rejects(process.exit, { code: 'connection-lost' });
    await assert.rejects(local.exec(['true']), { code: 'connection-lost' });
  });
});
