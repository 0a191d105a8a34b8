/** A plain ssh2 client of a lab, for tests. */
import ssh2 from 'ssh2';
import type { Client, ClientCallback, ClientChannel, ConnectConfig, PseudoTtyOptions } from 'ssh2';
import type { TestLab } from './labs.ts';

export interface Result {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly code: number | null;
  /** "KILL", without "SIG", where a signal ended the command. */
  readonly signal: string | null;
}

/** Logs in; the host's key must be the lab's. Rejects with ssh2's error. */
export function connect(lab: TestLab, changes: Partial<ConnectConfig> = {}): Promise<Client> {
  const expected = Buffer.from(lab.hostKey.publicLine.split(' ')[1] ?? '', 'base64');
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.once('ready', () => resolve(client.setNoDelay(true)));
    client.on('error', reject);
    client.once('close', () => reject(new Error('closed')));
    client.connect({
      host: '127.0.0.1',
      port: lab.port,
      username: 'root',
      privateKey: lab.clientPrivateKey,
      hostVerifier: (key: Buffer) => key.equals(expected),
      ...changes,
    });
  });
}

interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A quick command's exit arrives with the answer that it started: before anyone could listen who awaits that. */
const exits = new WeakMap<ClientChannel, Exit>();

/** Starts a command, in a terminal where one is asked for. */
export function start(client: Client, command: string, pty?: PseudoTtyOptions): Promise<ClientChannel> {
  return opened((done) => client.exec(command, pty === undefined ? {} : { pty }, done));
}

/** Starts a shell in a terminal. */
export function startShell(client: Client, pty: PseudoTtyOptions): Promise<ClientChannel> {
  return opened((done) => client.shell(pty, done));
}

function opened(open: (done: ClientCallback) => unknown): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    open((error, channel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      channel.on('exit', (code: number | null, signal?: string) => {
        exits.set(channel, { code, signal: signal ?? null });
      });
      resolve(channel);
    });
  });
}

/** Collects what a started command says until its channel closes. */
export function collect(channel: ClientChannel): Promise<Result> {
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  channel.on('data', (chunk: Buffer) => stdout.push(chunk));
  channel.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve) => {
    channel.on('close', () => {
      const { code, signal } = exits.get(channel) ?? { code: null, signal: null };
      resolve({ stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), code, signal });
    });
  });
}

/** Runs a command to its end. */
export async function run(client: Client, command: string, stdin: Buffer | string = ''): Promise<Result> {
  const channel = await start(client, command);
  const result = collect(channel);
  channel.end(stdin);
  return result;
}

/** Runs a script that must succeed, and gives its standard output. */
export async function say(client: Client, script: string): Promise<string> {
  const { stdout, stderr, code } = await run(client, `set -e\n${script}`);
  if (code !== 0) {
    throw new Error(`exit ${String(code)}: ${stderr.toString()}${stdout.toString()}`);
  }
  return stdout.toString();
}

/** Waits until the channel's output so far contains a text. */
export function untilSays(channel: ClientChannel, text: string): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    channel.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(text)) {
        resolve(output);
      }
    });
    channel.once('close', () => reject(new Error(`It ended without saying ${text}: ${output}`)));
  });
}
