/** A real OpenSSH server on loopback, with throw-away keys and configuration. Needs no root unless accounts are asked for. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { connectSsh, type SshOptions, type SshPrompts } from '../../../src/transport/ssh/connect.ts';

const run = promisify(execFile);

/** An account that only this server knows: it sees an /etc/passwd of its own, in a mount namespace of its own. */
export interface TestAccount {
  readonly name: string;
  readonly uid: number;
  readonly password?: string;
  /** May run anything as root without a password (where sudo is installed). */
  readonly sudo?: boolean;
}

export interface SshdOptions {
  /** Lines for sshd_config, which win over the defaults below. */
  readonly config?: readonly string[];
  /** Needs root. */
  readonly accounts?: readonly TestAccount[];
  readonly hostKeyTypes?: readonly ('ed25519' | 'ecdsa' | 'rsa')[];
}

export interface Sshd {
  readonly port: number;
  readonly pid: number;
  /** The account that runs the tests; its client key may log in, as for every test account. */
  readonly user: string;
  /** A folder that lives as long as the server. */
  readonly dir: string;
  /** `[127.0.0.1]:port type key`, one line for each host key. */
  readonly hostKeyLines: readonly string[];
  readonly clientKeyPath: string;
  /** A known_hosts file that holds `hostKeyLines`. */
  readonly knownHostsPath: string;
  /** Everything the server wrote to its log so far. */
  log(): string;
  /** The processes that serve one connection each. */
  connectionPids(): Promise<number[]>;
  /** Lets another public key in. */
  authorize(publicKey: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const dir = await mkdtemp(path.join(tmpdir(), 'patchbay-sshd-'));
  try {
    return await start(dir, options);
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

/** Makes a key pair; returns the private key's path (the public one is beside it, `.pub`). */
export async function makeKey(
  file: string,
  type = 'ed25519',
  passphrase = '',
  ...more: string[]
): Promise<string> {
  await run('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', `test ${type}`, '-f', file, ...more]);
  return file;
}

async function start(dir: string, options: SshdOptions): Promise<Sshd> {
  const port = await freePort();
  const { configPath, ...files } = await writeSshdFiles(dir, port, options);
  const server = await launch(dir, configPath, options.accounts ?? []);
  const pid = server.child.pid ?? 0;
  return {
    port,
    pid,
    user: userInfo().username,
    dir,
    ...files,
    log: server.log,
    connectionPids: () => childrenOf(pid),
    authorize: (publicKey) => writeFile(path.join(dir, 'authorized_keys'), publicKey, { flag: 'a' }),
    stop: () => stop(server.child, dir),
  };
}

/** Writes keys, configuration, and what a client needs to trust them. */
export async function writeSshdFiles(
  dir: string,
  port: number,
  options: SshdOptions,
): Promise<Pick<Sshd, 'hostKeyLines' | 'clientKeyPath' | 'knownHostsPath'> & { configPath: string }> {
  const types = options.hostKeyTypes ?? ['ed25519', 'ecdsa'];
  const hostKeys = await Promise.all(types.map((type) => makeKey(path.join(dir, `host_${type}`), type)));
  const clientKeyPath = await makeKey(path.join(dir, 'client_key'));
  const authorizedKeys = path.join(dir, 'authorized_keys');
  await writeFile(authorizedKeys, await readFile(`${clientKeyPath}.pub`));
  // sshd reads the keys with the rights of the account that logs in.
  await Promise.all([chmod(dir, 0o755), chmod(authorizedKeys, 0o644)]);
  const hostKeyLines = await Promise.all(hostKeys.map((key) => knownHostLine(key, port)));
  const knownHostsPath = path.join(dir, 'known_hosts');
  await writeFile(knownHostsPath, hostKeyLines.map((line) => `${line}\n`).join(''));
  const configPath = path.join(dir, 'sshd_config');
  await writeFile(configPath, sshdConfig(port, hostKeys, authorizedKeys, options));
  return { configPath, hostKeyLines, clientKeyPath, knownHostsPath };
}

function sshdConfig(
  port: number,
  hostKeys: readonly string[],
  authorizedKeys: string,
  options: SshdOptions,
): string {
  return [
    ...(options.config ?? []),
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...hostKeys.map((key) => `HostKey ${key}`),
    `AuthorizedKeysFile ${authorizedKeys}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication yes',
    'LogLevel VERBOSE',
    'MaxStartups 100',
    // bash reads the account's ~/.bashrc for each command over SSH, unless it is another shell's child: that of a machine for
    // tests may take longer than all that is tested.
    'SetEnv SHLVL=1',
    '',
  ].join('\n');
}

async function launch(
  dir: string,
  configPath: string,
  accounts: readonly TestAccount[],
): Promise<{ child: ChildProcess; log: () => string }> {
  const sshd = ['/usr/sbin/sshd', '-D', '-e', '-f', configPath];
  if (userInfo().uid === 0) {
    // sshd keeps its unprivileged part in this empty folder, which packages make on boot only.
    await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  }
  const [file = '', ...args] = accounts.length === 0 ? sshd : await withAccounts(dir, accounts, sshd);
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines: string[] = [];
  const reader = createInterface(child.stderr);
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`sshd ended:\n${lines.join('\n')}`)));
    reader.on('line', (line) => {
      lines.push(line);
      if (line.startsWith('Server listening')) {
        resolve();
      }
    });
  });
  return { child, log: () => lines.join('\n') };
}

/** The command that runs `argv` where /etc knows the accounts, for it alone. */
async function withAccounts(
  dir: string,
  accounts: readonly TestAccount[],
  argv: readonly string[],
): Promise<string[]> {
  const script = `${await makeAccounts(dir, accounts)} && exec "$@"`;
  return ['unshare', '--mount', 'sh', '-c', script, 'sshd', ...argv];
}

/** A script after which /etc knows the accounts: each file is bound over the one that is there, in its own mount namespace. */
export async function makeAccounts(dir: string, accounts: readonly TestAccount[]): Promise<string> {
  const passwd = accounts.map(({ name, uid }) => `${name}:x:${uid}:${uid}::/tmp:/bin/sh\n`);
  const shadow = await Promise.all(accounts.map(shadowLine));
  const sudoers = accounts
    .filter(({ sudo }) => sudo === true)
    .map(({ name }) => `${name} ALL=(ALL) NOPASSWD: ALL\n`);
  const overlays: [string, string, number][] = [
    ['/etc/passwd', (await readFile('/etc/passwd', 'utf8')) + passwd.join(''), 0o644],
    ['/etc/shadow', (await readFile('/etc/shadow', 'utf8')) + shadow.join(''), 0o600],
  ];
  if (sudoers.length > 0) {
    overlays.push(['/etc/sudoers', sudoers.join(''), 0o440]);
  }
  const mounts = await Promise.all(
    overlays.map(async ([target, text, mode]) => {
      const source = path.join(dir, path.basename(target));
      await writeFile(source, text, { mode });
      return `mount --bind ${source} ${target}`;
    }),
  );
  return mounts.join(' && ');
}

async function shadowLine({ name, password }: TestAccount): Promise<string> {
  const hash =
    password === undefined ? '*' : (await run('openssl', ['passwd', '-6', password])).stdout.trim();
  return `${name}:${hash}:19000:0:99999:7:::\n`;
}

async function stop(child: ChildProcess, dir: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const pids = await childrenOf(child.pid ?? 0);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    pids.forEach(killIfThere);
    await ended;
  }
  await rm(dir, { recursive: true, force: true });
}

/** A negative number stands for a process group. */
export function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

async function knownHostLine(hostKey: string, port: number): Promise<string> {
  const [type = '', key = ''] = (await readFile(`${hostKey}.pub`, 'utf8')).split(' ');
  return `[127.0.0.1]:${port} ${type} ${key}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The account of a test server, and how its host key is known: what a client of it needs. */
export type SshdAddress = Pick<Sshd, 'port' | 'user' | 'clientKeyPath' | 'knownHostsPath'>;

/** Prompts of nobody: a test gives the answers that it is about. */
export function answering(answers: Partial<SshPrompts> = {}): SshPrompts {
  const nothing = (): Promise<undefined> => Promise.resolve(undefined);
  return {
    confirmHostKey: () => Promise.resolve('no'),
    passphrase: nothing,
    password: nothing,
    keyboardInteractive: nothing,
    ...answers,
  };
}

/** Connects with the server's own key and known_hosts, unless told otherwise, and without the machine's ssh_config. */
export function connectTo(
  { port, user, clientKeyPath, knownHostsPath }: SshdAddress,
  options: Partial<SshOptions> = {},
): ReturnType<typeof connectSsh> {
  return connectSsh({
    host: '127.0.0.1',
    port,
    user,
    identityFiles: [clientKeyPath],
    knownHostsFiles: [knownHostsPath],
    configFile: '/dev/null',
    prompts: answering(),
    ...options,
  });
}
