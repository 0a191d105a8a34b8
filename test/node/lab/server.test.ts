/** The lab's SSH server, against ssh2's client and OpenSSH's. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import type { Client, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2';
import { makeKey } from '../../../src/transport/lab/keys.ts';
import { startLab, type Lab } from '../../../src/transport/lab/lab.ts';
import { collect, connect, run, say, start, startShell, untilSays } from './labClient.ts';
import { commandLineOf, processesWith, until } from './labs.ts';

function parsed(privateKey: string): ParsedKey {
  const key = ssh2.utils.parseKey(privateKey);
  assert.ok(!(key instanceof Error));
  return key;
}

describe("the lab's SSH server", () => {
  let lab: Lab;
  let client: Client;
  before(async () => {
    lab = await startLab({ killAfterMs: 100 });
    client = await connect(lab);
  });
  after(async () => {
    client.end();
    await lab.dispose();
  });

  const runningLike = (text: string): number[] =>
    processesWith(lab.initPid)
      .list()
      .filter((pid) => commandLineOf(pid).endsWith(text));

  describe('commands', () => {
    it('forwards input and both outputs byte by byte', async () => {
      const bytes = randomBytes(5_000_000);
      const echoed = await run(client, 'cat', bytes);
      assert.ok(echoed.stdout.equals(bytes));
      assert.deepEqual([echoed.stderr.length, echoed.code], [0, 0]);
      const complained = await run(client, 'cat >&2', bytes);
      assert.ok(complained.stderr.equals(bytes));
      assert.equal(complained.stdout.length, 0);
    });

    /** Waits until a command that counts in a file what it wrote is held up by its client, and says at which count. */
    async function heldUpAt(file: string): Promise<number> {
      const counts = [-2, -1, 0];
      await until(async () => {
        counts.push(Number(await say(client, `cat ${file} 2>/dev/null || echo 0`)));
        return new Set(counts.slice(-3)).size === 1 && counts.at(-1) !== 0;
      });
      return counts.at(-1) ?? 0;
    }

    /** Writes numbers and counts the portions in a file. */
    const write = (file: string, from: number): string =>
      `for i in $(seq 0 19); do seq $((${from} + i * 100000)) $((${from} + i * 100000 + 99999)); echo $((i + 1)) >${file}; done`;
    const written = (from: number): Buffer =>
      Buffer.from(Array.from({ length: 2_000_000 }, (_, i) => `${from + i}\n`).join(''));

    it('keeps two outputs whole that outrun the client at once', async () => {
      const channel = await start(client, `${write('/run/a', 1)} & ${write('/run/b', 5_000_000)} >&2 & wait`);
      await Promise.all([heldUpAt('/run/a'), heldUpAt('/run/b')]);
      const { stdout, stderr } = await collect(channel);
      assert.ok(stdout.equals(written(1)));
      assert.ok(stderr.equals(written(5_000_000)));
    });

    it('keeps two outputs whole that outrun the client in turn', async () => {
      const channel = await start(client, `${write('/run/c', 1)}; ${write('/run/d', 5_000_000)} >&2`);
      await heldUpAt('/run/c');
      const chunks: Buffer[] = [];
      channel.on('data', (chunk: Buffer) => chunks.push(chunk));
      await heldUpAt('/run/d');
      const { stderr } = await collect(channel);
      assert.ok(Buffer.concat(chunks).equals(written(1)));
      assert.ok(stderr.equals(written(5_000_000)));
    });

    it('writes no faster than the client reads', async () => {
      const script = 'for i in $(seq 64); do head -c 1048576 /dev/zero; echo $i >/run/written; done';
      const channel = await start(client, script);
      const count = await heldUpAt('/run/written');
      assert.ok(count < 16, `${count} MiB were written to a client that reads nothing`);
      assert.equal((await collect(channel)).stdout.length, 64 * 1_048_576);
    });

    it('reports exit codes and signals', async () => {
      assert.equal((await run(client, 'exit 7')).code, 7);
      assert.equal((await run(client, 'no-such-program')).code, 127);
      assert.deepEqual((({ code, signal }) => ({ code, signal }))(await run(client, 'kill -KILL $$')), {
        code: null,
        signal: 'SIGKILL',
      });
    });

    it('gives the whole command line to one shell', async () => {
      const { stdout } = await run(client, `printf '[%s]' 'a b' "$(echo c)" '$(id)' 'ü☃' ';'\necho end`);
      assert.equal(stdout.toString(), '[a b][c][$(id)][ü☃][;]end\n');
    });

    it('says who connects, and tells nothing else of its own environment', async () => {
      process.env['PATCHBAY_TEST_SECRET'] = 'hidden';
      const environment = await say(client, 'env');
      delete process.env['PATCHBAY_TEST_SECRET'];
      assert.match(
        environment,
        new RegExp(`^SSH_CONNECTION=127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 ${lab.port}$`, 'm'),
      );
      assert.match(environment, /^LANG=C\.UTF-8$/m);
      assert.doesNotMatch(environment, /PATCHBAY_TEST_SECRET|VSCODE|npm_/);
    });

    it('survives a command that does not read its input', async () => {
      assert.equal((await run(client, 'exec true', randomBytes(8_000_000))).code, 0);
      assert.equal(await say(client, 'echo still here'), 'still here\n');
    });

    it('forwards signals to the command, which may handle them', async () => {
      const channel = await start(
        client,
        `trap 'echo caught; exit 5' TERM; echo up; while :; do sleep 0.01; done`,
      );
      const result = collect(channel);
      await untilSays(channel, 'up');
      channel.signal('TERM');
      const { stdout, code } = await result;
      assert.equal(stdout.toString(), 'up\ncaught\n');
      assert.equal(code, 5);
    });
  });

  describe('what a client leaves behind', () => {
    const stubborn = `trap '' HUP; echo up; sleep 4711; :`;

    it('is ended when its channel closes, even where it ignores the hang-up', async () => {
      const channel = await start(client, stubborn);
      await untilSays(channel, 'up');
      channel.close();
      await until(() => runningLike('sleep 4711').length === 0);
    });

    it('is first told with a hang-up that it can act on', async () => {
      const channel = await start(
        client,
        `trap 'echo rolled back >/run/told; exit' HUP; echo up; while :; do sleep 0.01; done`,
      );
      await untilSays(channel, 'up');
      channel.close();
      await until(async () => (await run(client, 'cat /run/told')).stdout.toString() === 'rolled back\n');
    });

    it('is ended when its connection is cut', async () => {
      const other = await connect(lab);
      other.on('error', () => undefined);
      const channel = await start(other, stubborn);
      await untilSays(channel, 'up');
      await until(() => runningLike('sleep 4711').length === 1);
      other.destroy();
      await until(() => runningLike('sleep 4711').length === 0);
    });
  });

  describe('terminals', () => {
    it('run a command in one of the asked size', async () => {
      const channel = await start(client, 'stty size; test -t 0 && echo $TERM; exit 3', {
        rows: 33,
        cols: 101,
        term: 'xterm-256color',
      });
      const { stdout, code } = await collect(channel);
      assert.equal(stdout.toString(), '33 101\r\nxterm-256color\r\n');
      assert.equal(code, 3);
    });

    it('run an interactive shell', async () => {
      const channel = await startShell(client, { rows: 24, cols: 80, term: 'dumb' });
      const result = collect(channel);
      channel.write('echo $((6 * 7)) on $(uname -n)\nexit 4\n');
      const { stdout, code } = await result;
      assert.match(stdout.toString(), /42 on lab\r\n/);
      assert.equal(code, 4);
    });

    it('follow the size of the window', async () => {
      const channel = await start(
        client,
        `trap 'stty size; exit' WINCH; echo up; while :; do sleep 0.01; done`,
        {
          rows: 24,
          cols: 80,
        },
      );
      await untilSays(channel, 'up');
      const resized = untilSays(channel, '50 132');
      channel.setWindow(50, 132, 0, 0);
      await resized;
    });

    it('end with their channel', async () => {
      const channel = await start(client, 'echo up; sleep 4712; :', { rows: 24, cols: 80 });
      await untilSays(channel, 'up');
      channel.close();
      await until(() => runningLike('sleep 4712').length === 0);
    });
  });

  describe('refuses', () => {
    const cannotLogIn = (changes: Parameters<typeof connect>[1]): Promise<void> =>
      assert.rejects(connect(lab, changes), /All configured authentication methods failed/);

    it('another key', () =>
      cannotLogIn({ privateKey: ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private }));
    it('another user', () => cannotLogIn({ username: 'nobody' }));
    it('passwords', () => cannotLogIn({ privateKey: '', password: 'root' }));

    it('the right key without its signature', async () => {
      const wrong = parsed(makeKey().privateKey);
      const forger = new ssh2.OpenSSHAgent('/nonexistent');
      forger.getIdentities = (done) => done(undefined, [parsed(lab.clientPrivateKey)]);
      forger.sign = (
        _key: unknown,
        data: Buffer,
        ...rest: (SigningRequestOptions | SignCallback | undefined)[]
      ) => {
        rest.find((last) => typeof last === 'function')?.(undefined, wrong.sign(data));
        return true;
      };
      await cannotLogIn({ privateKey: '', agent: forger });
    });

    it('forwarding in both directions, and file transfer', async () => {
      await assert.rejects(
        promisify(client.forwardOut.bind(client))('127.0.0.1', 1, '127.0.0.1', lab.port),
        /Channel open failure/,
      );
      await assert.rejects(promisify(client.forwardIn.bind(client))('127.0.0.1', 0), /Unable to bind/);
      await assert.rejects(
        promisify((done: (error?: Error) => void) => client.sftp(done))(),
        /Unable to start subsystem/,
      );
    });

    it('an eleventh session on one connection, as sshd does', async () => {
      const other = await connect(lab);
      const channels = await Promise.all(Array.from({ length: 10 }, () => start(other, 'cat')));
      await assert.rejects(start(other, 'cat'), /Channel open failure/);
      const first = channels[0];
      assert.ok(first);
      const closed = collect(first);
      first.end();
      await closed;
      assert.equal(await say(other, 'echo room again'), 'room again\n');
      other.end();
    });

    it('to be stopped by a client that speaks no SSH', async () => {
      const socket = connectTcp(lab.port, '127.0.0.1');
      socket.end('GET / HTTP/1.1\r\n\r\n'.repeat(1000));
      socket.on('error', () => undefined).resume();
      await once(socket, 'close');
      assert.equal(await say(client, 'echo well'), 'well\n');
    });
  });

  it('serves OpenSSH with the credentials it writes, and removes them with the lab', async () => {
    const other = await startLab();
    const folder = mkdtempSync(path.join(tmpdir(), 'patchbay-lab-'));
    const { identityFile, knownHostsFile } = await other.writeCredentials(path.join(folder, 'new'));
    assert.equal(statSync(identityFile).mode & 0o777, 0o600);
    const options = ['-F', '/dev/null', '-o', 'BatchMode=yes', '-o', `UserKnownHostsFile=${knownHostsFile}`];
    const argv = [...options, '-i', identityFile, '-p', String(other.port), 'root@127.0.0.1', 'uname -n'];
    const reached = await promisify(execFile)('ssh', argv);
    const { stdout: printed } = await promisify(execFile)('ssh-keygen', ['-l', '-f', knownHostsFile]);
    await other.dispose();
    assert.equal(reached.stdout, 'lab\n');
    assert.ok(printed.includes(other.hostKey.fingerprint));
    assert.throws(() => statSync(identityFile), { code: 'ENOENT' });
    rmSync(folder, { recursive: true });
  });
});
