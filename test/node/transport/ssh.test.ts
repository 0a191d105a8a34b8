import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { connectSsh, type HostKeyQuestion, type SshOptions } from '../../../src/transport/ssh/connect.ts';
import { supervise } from '../../../src/transport/supervise.ts';
import type { RemoteProcess, Transport } from '../../../src/transport/transport.ts';
import { PatchbayError } from '../../../src/util/errors.ts';
import { answering, connectTo, makeKey, startSshd, type Sshd, type SshdOptions } from '../support/sshd.ts';

const run = promisify(execFile);
const isRoot = userInfo().uid === 0;

/** Answers one prompt after the other with these, and notes what was asked. */
function inTurn<T>(
  answers: readonly T[],
  asked: unknown[][],
): (...question: unknown[]) => Promise<T | undefined> {
  return (...question) => {
    asked.push(question);
    return Promise.resolve(answers[asked.length - 1]);
  };
}

/** Every test's connections and servers, ended after it. */
const owned: { readonly end: () => unknown }[] = [];
afterEach(async () => {
  for (const { end } of owned.splice(0).reverse()) {
    await end();
  }
});

async function server(options?: SshdOptions): Promise<Sshd> {
  const sshd = await startSshd(options);
  owned.push({ end: () => sshd.stop() });
  return sshd;
}

async function tempDir(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'patchbay-ssh-'));
  owned.push({ end: () => rm(dir, { recursive: true }) });
  return dir;
}

/** As `connectTo`, until the test is over. */
async function connect(sshd: Sshd, options: Partial<SshOptions> = {}): Promise<Transport> {
  const transport = await connectTo(sshd, options);
  owned.push({ end: () => transport.dispose() });
  return transport;
}

async function configFile(dir: string, lines: readonly string[]): Promise<string> {
  const file = path.join(dir, 'config');
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

async function rejection(promise: Promise<unknown>): Promise<PatchbayError> {
  const error: unknown = await promise.then(
    () => assert.fail('did not reject'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PatchbayError, String(error));
  return error;
}

async function hashOf(process: RemoteProcess): Promise<string> {
  const hash = createHash('sha256');
  process.onStdout((chunk) => hash.update(chunk));
  await process.exit;
  return hash.digest('hex');
}

/** Resolves with the first text a process prints. */
function firstOutput(process: RemoteProcess): Promise<string> {
  return new Promise((resolve) => {
    process.onStdout((chunk) => resolve(Buffer.from(chunk).toString()));
  });
}

/** A pipe, and a promise that resolves when nobody holds its writing end any more. */
async function watchedPipe(): Promise<{ file: string; held: Promise<unknown>; released: Promise<unknown> }> {
  const file = path.join(await tempDir(), 'pipe');
  await run('mkfifo', [file]);
  const reader = createReadStream(file);
  const held = once(reader, 'data');
  const released = once(reader, 'end');
  return { file, held, released };
}

/** A command that holds a pipe, as does its child, and would run for ten minutes. */
function holding(pipe: string): string[] {
  return supervise(['sh', '-c', 'exec >"$1" 2>&1; echo ready; sleep 600 & sleep 600', 'sh', pipe]);
}

describe('an SSH connection', function () {
  this.timeout(20_000);

  describe('logs in', () => {
    it('with a key, and tells who we are and which address carries us', async () => {
      const sshd = await server();
      const progress: string[] = [];
      const transport = await connect(sshd, { onProgress: (text) => progress.push(text) });
      assert.equal(transport.label, `${sshd.user}@127.0.0.1`);
      assert.deepEqual(transport.connection, { localAddress: '127.0.0.1', localPort: sshd.port });
      assert.equal(transport.privilege.uid, userInfo().uid);
      assert.equal(progress.length, 3);
    });

    for (const [type, ...args] of [['ecdsa'], ['rsa'], ['rsa', '-m', 'PEM']] as const) {
      it(`with a key of type ${[type, ...args].join(' ')}`, async () => {
        const sshd = await server();
        const key = await makeKey(path.join(await tempDir(), 'key'), type, '', ...args);
        await sshd.authorize(await readFile(`${key}.pub`, 'utf8'));
        const transport = await connect(sshd, { identityFiles: [key] });
        assert.equal((await transport.exec(['true'])).exitCode, 0);
      });
    }

    for (const format of ['RFC4716', 'PEM']) {
      it(`with an encrypted key (${format}): wrong passphrase, then the right one`, async () => {
        const sshd = await server();
        const key = await makeKey(path.join(await tempDir(), 'key'), 'ecdsa', 'right', '-m', format);
        await sshd.authorize(await readFile(`${key}.pub`, 'utf8'));
        const asked: unknown[][] = [];
        const passphrase = inTurn(['wrong', 'right'], asked);
        await connect(sshd, { identityFiles: [key], prompts: answering({ passphrase }) });
        assert.deepEqual(asked, [
          [key, 1],
          [key, 2],
        ]);
      });
    }

    it('without asking for the passphrase of a key that the server does not want', async () => {
      const sshd = await server();
      const encrypted = await makeKey(path.join(await tempDir(), 'key'), 'ed25519', 'secret');
      const asked: unknown[][] = [];
      await connect(sshd, {
        identityFiles: [encrypted, sshd.clientKeyPath],
        prompts: answering({ passphrase: inTurn([], asked) }),
      });
      assert.deepEqual(asked, []);
    });

    it('with the keys of an agent, which spares the passphrase', async () => {
      const sshd = await server();
      const dir = await tempDir();
      const key = await makeKey(path.join(dir, 'key'), 'ed25519', 'secret');
      await sshd.authorize(await readFile(`${key}.pub`, 'utf8'));
      const socket = await agentWith(dir, key, 'secret');
      const config = await configFile(dir, [
        `IdentityAgent ${socket}`,
        'IdentitiesOnly yes',
        `IdentityFile ${key}`,
      ]);
      const asked: unknown[][] = [];
      await connect(sshd, {
        configFile: config,
        identityFiles: undefined,
        prompts: answering({ passphrase: inTurn([], asked) }),
      });
      assert.deepEqual(asked, []);
    });

    it('with what ssh_config says about an alias', async () => {
      const sshd = await server();
      const lines = [
        `HostName 127.0.0.1`,
        `Port ${sshd.port}`,
        `User ${sshd.user}`,
        `IdentityFile ${sshd.clientKeyPath}`,
      ];
      const file = await configFile(sshd.dir, [
        'Host lab-node',
        ...lines,
        `UserKnownHostsFile ${sshd.knownHostsPath}`,
      ]);
      const transport = await connectSsh({ host: 'lab-node', configFile: file, prompts: answering() });
      owned.push({ end: () => transport.dispose() });
      assert.equal(transport.label, `${sshd.user}@lab-node`);
    });

    it('through a jump host, whose own key is verified too', async () => {
      const jump = await server();
      const sshd = await server();
      const file = await configFile(sshd.dir, [
        `Host 127.0.0.1`,
        `ProxyJump me-jump`,
        `Host me-jump`,
        `HostName 127.0.0.1`,
        `Port ${jump.port}`,
        `User ${jump.user}`,
        `IdentityFile ${jump.clientKeyPath}`,
        'ProxyJump none',
      ]);
      const known = path.join(sshd.dir, 'both');
      await writeFile(known, [...jump.hostKeyLines, ...sshd.hostKeyLines, ''].join('\n'));
      const transport = await connect(sshd, { configFile: file, knownHostsFiles: [known] });
      assert.deepEqual(transport.connection, { localAddress: '127.0.0.1', localPort: sshd.port });
      assert.match(jump.log(), /Accepted publickey/);
      const failed = await rejection(connect(sshd, { configFile: file }));
      assert.equal(failed.code, 'host-key-unknown');
      assert.match(failed.message, new RegExp(`${jump.port}`));
    });
  });

  (isRoot ? describe : describe.skip)('logs in to an account of its own', () => {
    const account = { name: 'pbtest', uid: 64_021, password: 'open sesame' };
    const user = account.name;

    it('with a password: wrong, then right', async () => {
      const sshd = await server({ accounts: [account] });
      const asked: unknown[][] = [];
      const password = inTurn(['wrong', account.password], asked);
      const transport = await connect(sshd, { user, identityFiles: [], prompts: answering({ password }) });
      assert.deepEqual(asked, [
        ['pbtest@127.0.0.1', 1],
        ['pbtest@127.0.0.1', 2],
      ]);
      assert.equal(transport.privilege.uid, account.uid);
    });

    it('with the questions of the server, as PAM asks them', async () => {
      const sshd = await server({
        accounts: [account],
        config: ['UsePAM yes', 'PasswordAuthentication no', 'KbdInteractiveAuthentication yes'],
      });
      const asked: unknown[][] = [];
      const keyboardInteractive = inTurn([['wrong'], [account.password]], asked);
      await connect(sshd, { user, identityFiles: [], prompts: answering({ keyboardInteractive }) });
      assert.equal(asked.length, 2);
      assert.deepEqual(asked[0]?.[0], [{ prompt: 'Password: ', echo: false }]);
    });

    for (const order of ['publickey,password', 'password,publickey']) {
      it(`with two factors: ${order}`, async () => {
        const sshd = await server({ accounts: [account], config: [`AuthenticationMethods ${order}`] });
        const password = (): Promise<string> => Promise.resolve(account.password);
        const transport = await connect(sshd, { user, prompts: answering({ password }) });
        assert.equal(transport.privilege.uid, account.uid);
      });
    }

    it('and says that it is neither root nor may become root', async () => {
      const sshd = await server({ accounts: [account] });
      const transport = await connect(sshd, { user });
      assert.deepEqual(transport.privilege, { uid: account.uid, way: 'none' });
      const output = await transport.exec(['id', '-u'], { privileged: true });
      assert.equal(output.stdout, `${account.uid}\n`);
    });

    (existsSync('/usr/bin/sudo') ? it : it.skip)('and becomes root by sudo where asked to', async () => {
      const sshd = await server({ accounts: [{ ...account, sudo: true }] });
      const transport = await connect(sshd, { user });
      assert.deepEqual(transport.privilege, { uid: account.uid, way: 'sudo' });
      assert.equal((await transport.exec(['id', '-u'], { privileged: true })).stdout, '0\n');
      assert.equal((await transport.exec(['id', '-u'])).stdout, `${account.uid}\n`);
      const { file, held, released } = await watchedPipe();
      const process = await transport.spawn(holding(file), { privileged: true });
      await held;
      process.dispose();
      await released;
    });
  });

  describe('is refused', () => {
    it('without a working key or password, and says what was tried and what is taken', async () => {
      const sshd = await server({ config: ['MaxAuthTries 20'] });
      const stranger = await makeKey(path.join(await tempDir(), 'key'));
      const asked: unknown[][] = [];
      const password = inTurn(['hunter1', 'hunter2', 'hunter3'], asked);
      const error = await rejection(
        connect(sshd, { identityFiles: [stranger], prompts: answering({ password }) }),
      );
      assert.equal(error.code, 'auth-failed');
      assert.equal(asked.length, 3);
      assert.match(
        error.message,
        new RegExp(`^${sshd.user}@127\\.0\\.0\\.1 was not let in\\. Tried: key ${stranger}, password\\.`),
      );
      assert.match(error.message, /accepts: publickey, password/);
      assert.match(error.hint ?? '', /authorized_keys/);
      assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.detail]), /hunter/);
    });

    it('after three wrong passphrases, without having said them', async () => {
      const sshd = await server({ config: ['PasswordAuthentication no'] });
      const key = await makeKey(path.join(await tempDir(), 'key'), 'ed25519', 'right');
      await sshd.authorize(await readFile(`${key}.pub`, 'utf8'));
      const asked: unknown[][] = [];
      const passphrase = inTurn(['hunter1', 'hunter2', 'hunter3', 'right'], asked);
      const error = await rejection(
        connect(sshd, { identityFiles: [key], prompts: answering({ passphrase }) }),
      );
      assert.equal(error.code, 'auth-failed');
      assert.match(error.message, /wrong passphrase/);
      assert.equal(asked.length, 3);
      assert.doesNotMatch(error.message, /hunter/);
    });

    it('when nothing was given, and a missing key file is named', async () => {
      const sshd = await server();
      const error = await rejection(connect(sshd, { identityFiles: ['/no/such/key'] }));
      assert.match(error.message, /key \/no\/such\/key \(ENOENT.*password \(not given\)/);
    });

    it('by a server that counts too many keys, with a way out', async () => {
      const sshd = await server({ config: ['MaxAuthTries 2'] });
      const dir = await tempDir();
      const keys = await Promise.all(['a', 'b', 'c', 'd'].map((name) => makeKey(path.join(dir, name))));
      const error = await rejection(connect(sshd, { identityFiles: keys }));
      assert.equal(error.code, 'auth-failed');
      assert.match(error.hint ?? '', /IdentitiesOnly/);
    });

    it('where nothing listens', async () => {
      const sshd = await server();
      await sshd.stop();
      const error = await rejection(connect(sshd));
      assert.equal(error.code, 'connection-refused');
      assert.match(error.message, new RegExp(`127\\.0\\.0\\.1 refuses connections on port ${sshd.port}`));
    });

    it('where the name leads nowhere', async () => {
      const error = await rejection(
        connectSsh({ host: 'no-such-host.invalid', configFile: '/dev/null', prompts: answering() }),
      );
      assert.equal(error.code, 'unreachable');
      assert.match(error.message, /no-such-host\.invalid/);
    });

    it('by a login shell that runs nothing', async () => {
      const sshd = await server({ config: ['ForceCommand echo This account is closed.'] });
      const error = await rejection(connect(sshd));
      assert.equal(error.code, 'command-failed');
      assert.match(error.detail ?? '', /This account is closed/);
      await until(async () => (await sshd.connectionPids()).length === 0);
    });
  });

  describe('with something else than an SSH server', () => {
    const listen = async (onConnection: Parameters<typeof createServer>[1]): Promise<number> => {
      const listener: Server = createServer(onConnection).listen(0, '127.0.0.1');
      // The client may well reset a connection that it gave up.
      listener.on('connection', (socket) => socket.on('error', () => undefined));
      await once(listener, 'listening');
      owned.push({ end: () => listener.close() });
      return (listener.address() as AddressInfo).port;
    };
    const attempt = async (port: number, options: Partial<SshOptions> = {}): Promise<PatchbayError> =>
      await rejection(
        connectSsh({ host: '127.0.0.1', port, configFile: '/dev/null', prompts: answering(), ...options }),
      );

    it('that never speaks: gives up in time', async () => {
      const port = await listen((socket) => owned.push({ end: () => socket.destroy() }));
      const file = await configFile(await tempDir(), ['ConnectTimeout 1']);
      const error = await attempt(port, { configFile: file });
      assert.equal(error.code, 'timed-out');
      assert.match(error.message, /within 1 s/);
    });

    it('that never speaks: can be cancelled', async () => {
      const controller = new AbortController();
      const port = await listen((socket) => {
        owned.push({ end: () => socket.destroy() });
        controller.abort();
      });
      assert.equal((await attempt(port, { signal: controller.signal })).code, 'cancelled');
      assert.equal((await attempt(port, { signal: controller.signal })).code, 'cancelled');
    });

    it('that hangs up: says so', async () => {
      const port = await listen((socket) => socket.end());
      assert.equal((await attempt(port)).code, 'connection-lost');
    });

    it('that speaks another language: says so', async () => {
      const port = await listen((socket) =>
        socket.end(`HTTP/1.1 400 Bad Request\r\n\r\n${'x'.repeat(70_000)}`),
      );
      const error = await attempt(port);
      assert.ok(['unreachable', 'connection-lost'].includes(error.code), error.message);
      assert.match(error.message, new RegExp(`127\\.0\\.0\\.1 port ${port}`));
    });
  });

  describe('and the host key', () => {
    it('that is not known is shown with its fingerprint, and saved when wanted', async () => {
      const sshd = await server({ hostKeyTypes: ['ed25519'] });
      const known = path.join(await tempDir(), 'new', 'known_hosts');
      const asked: HostKeyQuestion[] = [];
      const confirmHostKey = (question: HostKeyQuestion): Promise<'save'> => {
        asked.push(question);
        return Promise.resolve('save');
      };
      await connect(sshd, { knownHostsFiles: [known], prompts: answering({ confirmHostKey }) });
      const sha256 = (await run('ssh-keygen', ['-l', '-f', path.join(sshd.dir, 'host_ed25519.pub')])).stdout;
      const md5 = (
        await run('ssh-keygen', ['-l', '-E', 'md5', '-f', path.join(sshd.dir, 'host_ed25519.pub')])
      ).stdout;
      const [question] = asked;
      assert.ok(question !== undefined);
      assert.ok(sha256.includes(` ${question.fingerprint} `), sha256);
      assert.ok(md5.includes(` ${question.md5} `), md5);
      assert.equal(await readFile(known, 'utf8'), `${sshd.hostKeyLines[0] ?? ''}\n`);
      assert.equal((await stat(known)).mode & 0o777, 0o600);
      assert.equal((await stat(path.dirname(known))).mode & 0o777, 0o700);
      await connect(sshd, { knownHostsFiles: [known], prompts: answering({ confirmHostKey }) });
      assert.equal(asked.length, 1);
    });

    it('is appended on a line of its own', async () => {
      const sshd = await server({ hostKeyTypes: ['ed25519'] });
      const known = path.join(await tempDir(), 'known_hosts');
      await writeFile(known, '# no newline at the end');
      await connect(sshd, {
        knownHostsFiles: [known],
        prompts: answering({ confirmHostKey: () => Promise.resolve('save') }),
      });
      assert.equal(await readFile(known, 'utf8'), `# no newline at the end\n${sshd.hostKeyLines[0] ?? ''}\n`);
    });

    it('that is trusted once is not saved', async () => {
      const sshd = await server();
      const known = path.join(await tempDir(), 'known_hosts');
      await connect(sshd, {
        knownHostsFiles: [known],
        prompts: answering({ confirmHostKey: () => Promise.resolve('once') }),
      });
      assert.equal(existsSync(known), false);
    });

    it('is asked about once, however often the session keys are renewed', async () => {
      const sshd = await server({ config: ['RekeyLimit 1M'] });
      const asked: unknown[][] = [];
      const confirmHostKey = (question: HostKeyQuestion): Promise<'once'> => {
        asked.push([question]);
        return Promise.resolve('once');
      };
      const transport = await connect(sshd, { knownHostsFiles: [], prompts: answering({ confirmHostKey }) });
      const bytes = randomBytes(3_000_000);
      const process = await transport.spawn(['cat']);
      const hash = hashOf(process);
      process.write(bytes);
      process.endInput();
      assert.equal(await hash, createHash('sha256').update(bytes).digest('hex'));
      assert.equal(asked.length, 1);
    });

    it('that is declined is refused, before any key or password was offered', async () => {
      const sshd = await server();
      const error = await rejection(connect(sshd, { knownHostsFiles: [] }));
      assert.equal(error.code, 'host-key-unknown');
      assert.match(error.message, /ssh-ed25519 SHA256:/);
      assert.doesNotMatch(sshd.log(), /publickey|password/);
    });

    it('that has changed is refused without a question, and the line in the way is named', async () => {
      const sshd = await server();
      const impostor = await server();
      const known = path.join(sshd.dir, 'changed');
      const lines = impostor.hostKeyLines.map((line) => line.replace(`:${impostor.port}`, `:${sshd.port}`));
      await writeFile(known, ['# old keys', ...lines, ''].join('\n'));
      const asked: unknown[][] = [];
      const confirmHostKey = (): Promise<'save'> => (asked.push([]), Promise.resolve('save'));
      const error = await rejection(
        connect(sshd, { knownHostsFiles: [known], prompts: answering({ confirmHostKey }) }),
      );
      assert.equal(error.code, 'host-key-changed');
      assert.ok(error.message.includes(`${known}:2 `), error.message);
      assert.ok(error.hint?.includes(`ssh-keygen -R '[127.0.0.1]:${sshd.port}' -f ${known}`), error.hint);
      assert.deepEqual(asked, []);
      // The way out that the hint names works.
      await run('ssh-keygen', ['-R', `[127.0.0.1]:${sshd.port}`, '-f', known]);
      assert.equal((await rejection(connect(sshd, { knownHostsFiles: [known] }))).code, 'host-key-unknown');
    });

    it('that is revoked is refused', async () => {
      const sshd = await server({ hostKeyTypes: ['ed25519'] });
      const known = path.join(sshd.dir, 'revoked');
      const [line = ''] = sshd.hostKeyLines;
      await writeFile(known, `${line}\n@revoked ${line}\n`);
      const error = await rejection(connect(sshd, { knownHostsFiles: [known] }));
      assert.equal(error.code, 'host-key-revoked');
      assert.ok(error.message.includes(`${known}:2`), error.message);
    });

    for (const type of ['ed25519', 'ecdsa', 'rsa'] as const) {
      it(`known by its ${type} key only is asked for that one`, async () => {
        const sshd = await server({ hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'] });
        const known = path.join(sshd.dir, 'one');
        const line = sshd.hostKeyLines.find((one) => one.includes(type)) ?? '';
        await writeFile(known, `${line}\n`);
        assert.equal((await connect(sshd, { knownHostsFiles: [known] })).kind, 'ssh');
      });
    }

    it('of a new type is a question that names the types already known', async () => {
      const sshd = await server({ hostKeyTypes: ['ed25519'] });
      const other = await server({ hostKeyTypes: ['ecdsa'] });
      const known = path.join(sshd.dir, 'other');
      await writeFile(known, (other.hostKeyLines[0] ?? '').replace(`:${other.port}`, `:${sshd.port}`));
      let types: readonly string[] = [];
      const confirmHostKey = (question: HostKeyQuestion): Promise<'once'> => {
        types = question.otherKnownTypes;
        return Promise.resolve('once');
      };
      await connect(sshd, { knownHostsFiles: [known], prompts: answering({ confirmHostKey }) });
      assert.deepEqual(types, ['ecdsa-sha2-nistp256']);
    });

    it('is never asked about where StrictHostKeyChecking is on, and saved where new ones are accepted', async () => {
      const sshd = await server({ hostKeyTypes: ['ed25519'] });
      const known = path.join(sshd.dir, 'strict');
      const yes = answering({ confirmHostKey: () => Promise.resolve('once') });
      const strict = await configFile(sshd.dir, ['StrictHostKeyChecking yes']);
      const error = await rejection(
        connect(sshd, { configFile: strict, knownHostsFiles: [known], prompts: yes }),
      );
      assert.equal(error.code, 'host-key-unknown');
      const accepting = await configFile(sshd.dir, [
        'StrictHostKeyChecking accept-new',
        'HashKnownHosts yes',
      ]);
      await connect(sshd, { configFile: accepting, knownHostsFiles: [known] });
      assert.match(await readFile(known, 'utf8'), /^\|1\|/);
      await connect(sshd, { knownHostsFiles: [known] });
    });
  });

  describe('runs commands', () => {
    let sshd: Sshd;
    let transport: Transport;
    beforeEach(async () => {
      sshd = await server();
      transport = await connect(sshd);
    });

    it('with arguments as they are, however hostile', async () => {
      const hostile = [
        "'; touch /tmp/x; '",
        '"$(id)"',
        '`id`',
        'a\nb\r',
        '🧵é',
        '\\',
        '-n',
        '',
        '*',
        '~',
        '!!',
        '\x01\x7f',
      ];
      const output = await transport.exec(['printf', String.raw`%s\0`, ...hostile]);
      assert.deepEqual(output.stdout.split('\0').slice(0, -1), hostile);
    });

    it('and keeps stdout, stderr and the exit code apart', async () => {
      const output = await transport.exec(['sh', '-c', 'echo out; echo err >&2; exit 9']);
      assert.deepEqual(output, { stdout: 'out\n', stderr: 'err\n', exitCode: 9 });
      assert.equal((await transport.exec(['patchbay-no-such-command'])).exitCode, 127);
      assert.equal((await transport.exec(['sh', '-c', 'kill -9 $$'])).exitCode, null);
    });

    it('and passes five megabytes of any bytes, both ways', async () => {
      const bytes = randomBytes(5_000_000);
      const process = await transport.spawn(['cat']);
      const hash = hashOf(process);
      process.write(bytes);
      process.endInput();
      assert.equal(await hash, createHash('sha256').update(bytes).digest('hex'));
    });

    it('and feeds stdin, or an empty one', async () => {
      assert.equal((await transport.exec(['cat'], { stdin: 'in 🧵' })).stdout, 'in 🧵');
      assert.equal((await transport.exec(['cat'])).stdout, '');
    });

    it('twenty at once', async () => {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          transport.exec(['sh', '-c', 'echo "$1"', 'sh', String(index)]),
        ),
      );
      assert.deepEqual(
        results.map(({ stdout }) => Number(stdout)),
        [...Array(20).keys()],
      );
    });

    it('but never more than eight at a time', async () => {
      const [first, ...others] = await Promise.all(Array.from({ length: 8 }, () => transport.spawn(['cat'])));
      assert.ok(first !== undefined);
      let started = false;
      const ninth = transport.spawn(['cat']).then(() => (started = true));
      // A round trip: by now the server would have answered for the ninth.
      const echo = firstOutput(first);
      first.write('there and back');
      await echo;
      assert.equal(started, false);
      others[0]?.endInput();
      await ninth;
    });

    it('however few sessions the server grants', async () => {
      const two = await server({ config: ['MaxSessions 2', 'LogLevel DEBUG1'] });
      const strict = await connect(two);
      const results = await Promise.all(Array.from({ length: 12 }, () => strict.exec(['echo', 'ok'])));
      assert.deepEqual(new Set(results.map(({ stdout }) => stdout)), new Set(['ok\n']));
      await until(() => two.log().includes('server_input_channel_open: failure'));
    });

    it('one after the other where the server grants one session', async () => {
      const strict = await connect(await server({ config: ['MaxSessions 1'] }));
      for (const word of ['a', 'b', 'c', 'd']) {
        assert.equal((await strict.exec(['echo', word])).stdout, `${word}\n`);
      }
      assert.equal(
        (await rejection(connect(await server({ config: ['MaxSessions 0'] })))).code,
        'command-failed',
      );
    });

    it('until cancelled or timed out, and ends them on the node then', async () => {
      for (const giveUp of ['cancelled', 'timed-out'] as const) {
        const { file, held, released } = await watchedPipe();
        const controller = new AbortController();
        const script = 'exec >"$1" 2>&1; echo ready; sleep 600 & sleep 600';
        const options = giveUp === 'cancelled' ? { signal: controller.signal } : { timeoutMs: 3000 };
        const running = transport.exec(['sh', '-c', script, 'sh', file], options);
        await held;
        controller.abort();
        assert.equal((await rejection(running)).code, giveUp);
        await released;
      }
    });

    it('and does not start one that was cancelled while it waited for a channel', async () => {
      const busy = await Promise.all(Array.from({ length: 8 }, () => transport.spawn(['cat'])));
      const controller = new AbortController();
      const mark = path.join(sshd.dir, 'started');
      const waiting = transport.exec(['touch', mark], { signal: controller.signal });
      controller.abort();
      assert.equal((await rejection(waiting)).code, 'cancelled');
      busy.forEach((process) => process.endInput());
      await Promise.all(busy.map((process) => process.exit));
      await transport.exec(['true']);
      assert.equal(existsSync(mark), false);
    });

    it('and refuses an argument that no command can have', async () => {
      await assert.rejects(transport.exec(['echo', 'a\0b']), RangeError);
      assert.equal((await transport.exec(['true'])).exitCode, 0);
    });
  });

  describe('that is lost', () => {
    it('rejects all that runs and all that comes, and says so once', async () => {
      const sshd = await server();
      const transport = await connect(sshd);
      const closed: Error[] = [];
      transport.onDidClose((error) => closed.push(error));
      const process = await transport.spawn(supervise(['sleep', '600']));
      const running = transport.exec(['sleep', '600'], { timeoutMs: 600_000 });
      const queued = Array.from({ length: 10 }, () =>
        transport.exec(['sleep', '600'], { timeoutMs: 600_000 }),
      );
      const all = Promise.all([process.exit, running, ...queued].map(rejection));
      await until(() => sshd.log().includes('Starting session: command'));
      for (const pid of await sshd.connectionPids()) {
        globalThis.process.kill(pid, 'SIGKILL');
      }
      for (const error of await all) {
        assert.equal(error.code, 'connection-lost');
      }
      assert.equal((await rejection(transport.exec(['true']))).code, 'connection-lost');
      transport.dispose();
      assert.equal(closed.length, 1);
    });

    it('is noticed by its silence alone', async () => {
      const sshd = await server();
      const transport = await connect(sshd, { keepaliveIntervalMs: 50 });
      const closed = new Promise<Error>((resolve) => transport.onDidClose(resolve));
      const pids = await sshd.connectionPids();
      pids.forEach((pid) => process.kill(pid, 'SIGSTOP'));
      assert.match((await closed).message, /was lost/);
    });

    it('leaves nothing running on the node, also when the client was killed', async () => {
      const sshd = await server();
      const { file, held, released } = await watchedPipe();
      const client = spawn(
        process.execPath,
        [path.join(import.meta.dirname, 'client.ts'), JSON.stringify([sshd, holding(file)])],
        { stdio: 'inherit' },
      );
      await held;
      client.kill('SIGKILL');
      await released;
    });

    it('leaves nothing running on the node when it was disposed', async () => {
      const transport = await connect(await server());
      const { file, held, released } = await watchedPipe();
      await transport.spawn(holding(file));
      await held;
      transport.dispose();
      await released;
    });

    it('is told apart from one that was disposed', async () => {
      const transport = await connect(await server());
      transport.onDidClose(() => assert.fail('nothing was lost'));
      const process = await transport.spawn(['cat']);
      transport.dispose();
      assert.equal((await rejection(process.exit)).code, 'connection-lost');
      assert.equal((await rejection(transport.spawn(['cat']))).code, 'connection-lost');
    });
  });

  it('ends one supervised command and keeps the others', async () => {
    const transport = await connect(await server());
    const { file, held, released } = await watchedPipe();
    const one = await transport.spawn(holding(file));
    const other = await transport.spawn(['cat']);
    await held;
    one.dispose();
    await released;
    const answer = firstOutput(other);
    other.write('still here');
    assert.equal(await answer, 'still here');
  });
});

/** Waits for what nobody tells us of: the state of processes that are not ours. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A real ssh-agent that holds one key; it ends with the test. */
async function agentWith(dir: string, key: string, passphrase: string): Promise<string> {
  const socket = path.join(dir, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  owned.push({ end: () => agent.kill() });
  await once(agent.stdout, 'data');
  const askpass = path.join(dir, 'askpass');
  await writeFile(askpass, `#!/bin/sh\necho ${passphrase}\n`, { mode: 0o700 });
  const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
  await run('ssh-add', [key], { env });
  return socket;
}
