import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { PseudoTtyInfo, ServerChannel, Session, WindowChangeInfo } from 'ssh2';
import { quoteArgv } from '../../util/quote.ts';
import { ChannelWriter } from './channelWriter.ts';
import type { Sandbox } from './sandbox.ts';
import { findProgram } from './unavailable.ts';

/** What the sessions of one connection share. */
export interface SessionHost {
  readonly sandbox: Sandbox;
  /** The variables of every command. */
  readonly environment: Readonly<Record<string, string>>;
  /** How long a command may take to end after its channel closed and it was told so with SIGHUP. */
  readonly killAfterMs: number;
}

/** The command as it runs inside: its session leader, and its terminal where it has one. */
interface Leader {
  readonly pid: string;
  readonly terminal: string | null;
}

interface RunningCommand {
  readonly process: ChildProcess;
  readonly stdio: readonly [Writable, Readable, Readable];
  /** Null when it ended before it could say. */
  readonly leader: Promise<Leader | null>;
}

/** Standard input, output and error, and descriptor 3, on which {@link announce} writes. */
type Stdio = readonly [Writable, Readable, Readable, Readable];

interface TerminalSize {
  readonly rows: number;
  readonly cols: number;
}

/** ssh2 leaves these out where the client wants no answer; its types do not say so. */
type Answer = (() => unknown) | undefined;

/** Serves one session channel: at most one command or shell, with or without a terminal. */
export class LabSession {
  readonly #host: SessionHost;
  #terminal: TerminalSize | null = null;
  #termName = 'dumb';
  #running: RunningCommand | null = null;
  #onClose: () => void = () => undefined;
  #closed = false;

  constructor(session: Session, host: SessionHost) {
    this.#host = host;
    session.on('pty', (accept, reject, info) => answer(this.#allocateTerminal(info), accept, reject));
    session.on('window-change', (accept, _reject, info) => {
      this.#resize(info);
      answer(true, accept, undefined);
    });
    session.on('signal', (accept, reject, { name }) => answer(this.#signal(name), accept, reject));
    session.on('exec', (accept, reject, { command }) => this.#start(command, accept, reject));
    session.on('shell', (accept, reject) => this.#start(this.#shell(), accept, reject));
    session.on('close', () => this.close());
  }

  /** What the client left running is told to end, and made to: first SIGHUP, then SIGKILL. */
  close(): void {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    if (this.#running !== null) {
      this.#hangUp(this.#running);
    }
  }

  #start(command: string, accept: () => ServerChannel, reject: Answer): void {
    let running: RunningCommand;
    try {
      running = this.#run(command);
    } catch {
      // Only an ended sandbox refuses; its connections are about to close.
      reject?.();
      return;
    }
    this.#running = running;
    void this.#connect(accept(), running);
  }

  #run(command: string): RunningCommand {
    const { sandbox, environment } = this.#host;
    const script = this.#terminal === null ? plainScript(command) : terminalScript(command, this.#terminal);
    // A session of its own inside, so that one signal reaches the command and all it started.
    const [program, ...args] = sandbox.enter(['setsid', ...script]);
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env: { ...environment, TERM: this.#termName },
      cwd: '/',
      detached: true,
    });
    const [stdin, stdout, stderr, announcement] = child.stdio as unknown as Stdio;
    return { process: child, stdio: [stdin, stdout, stderr], leader: readLeader(announcement) };
  }

  async #connect(
    channel: ServerChannel,
    { process: child, stdio: [stdin, stdout, stderr] }: RunningCommand,
  ): Promise<void> {
    const status = new Promise<number | NodeJS.Signals>((resolve) => {
      child.once('error', () => resolve(127));
      child.once('exit', (code, signal) => resolve(code ?? signal ?? 255));
    });
    // The command may stop reading before its client stops writing.
    stdin.on('error', () => channel.resume());
    channel.pipe(stdin);
    const writer = new ChannelWriter(channel);
    this.#onClose = () => writer.close();
    await Promise.all([writer.forward(stdout, 'stdout'), writer.forward(stderr, 'stderr')]);
    sendStatus(channel, await status);
    channel.end();
  }

  #allocateTerminal(info: PseudoTtyInfo): boolean {
    if (findProgram('script', this.#host.sandbox.searchPath) === null) {
      return false;
    }
    this.#terminal = { rows: info.rows, cols: info.cols };
    this.#termName = (info as { term?: string }).term ?? 'dumb';
    return true;
  }

  #shell(): string {
    const bash = this.#terminal === null ? null : findProgram('bash', this.#host.sandbox.searchPath);
    return quoteArgv(['exec', bash ?? '/bin/sh']);
  }

  #resize({ rows, cols }: WindowChangeInfo): void {
    void this.#running?.leader.then((leader) => {
      if (leader !== null && leader.terminal !== null) {
        this.#runHelper(['stty', '-F', leader.terminal, 'rows', String(rows), 'cols', String(cols)]);
      }
    });
  }

  #signal(name: string): boolean {
    if (this.#running === null || !/^[A-Z0-9]{2,8}$/.test(name)) {
      return false;
    }
    void this.#running.leader.then((leader) => {
      if (leader !== null) {
        this.#runHelper(['sh', '-c', 'kill -s "$1" -- "-$2"', 'sh', name, leader.pid]);
      }
    });
    return true;
  }

  #hangUp({ process: child, stdio, leader }: RunningCommand): void {
    const closeStreams = (): void => stdio.forEach((stream) => stream.destroy());
    if (child.exitCode !== null || child.signalCode !== null) {
      closeStreams();
      return;
    }
    child.once('exit', closeStreams);
    stdio[0].end();
    this.#onClose();
    const seconds = String(this.#host.killAfterMs / 1000);
    const script = 'kill -s HUP -- "-$1" && sleep "$2" && kill -s KILL -- "-$1"';
    void leader.then((known) => {
      if (known !== null) {
        this.#runHelper(['sh', '-c', script, 'sh', known.pid, seconds]);
      }
    });
  }

  /** Runs a short command of the server's own inside; that it fails only means that its object is gone. */
  #runHelper(argv: readonly string[]): void {
    try {
      const [program, ...args] = this.#host.sandbox.enter(argv);
      spawn(program, args, { stdio: 'ignore', env: this.#host.environment, cwd: '/', detached: true }).on(
        'error',
        () => undefined,
      );
    } catch {
      // The sandbox ended, and all that ran in it.
    }
  }
}

/** SSH names signals without "SIG" (RFC 4254, section 6.10). */
function sendStatus(channel: ServerChannel, status: number | NodeJS.Signals): void {
  if (typeof status === 'number') {
    channel.exit(status);
  } else {
    channel.exit(status.slice(3), false, '');
  }
}

function answer(accepted: boolean, accept: Answer, reject: Answer): void {
  const reply = accepted ? accept : reject;
  reply?.();
}

/** Tells who it is on descriptor 3, then becomes the command's shell, as sshd starts it: in the home folder. */
const announce = 'echo "$$ $(tty 2>/dev/null)" >&3; exec 3>&-; cd 2>/dev/null || cd /; exec /bin/sh -c "$1"';

function plainScript(command: string): readonly string[] {
  return ['sh', '-c', announce, 'sh', command];
}

function terminalScript(command: string, { rows, cols }: TerminalSize): readonly string[] {
  // Without a terminal of its own, script(1) neither sizes the new one nor lets it echo.
  const inside = `stty echo rows ${rows} cols ${cols} 2>/dev/null; ${announce}`;
  return ['script', '-qefc', `exec ${quoteArgv(['/bin/sh', '-c', inside, 'sh', command])}`, '/dev/null'];
}

/** The line written by {@link announce}: "PID" and, in a terminal, its path. */
function readLeader(announcement: Readable): Promise<Leader | null> {
  return new Promise((resolve) => {
    let text = '';
    announcement.setEncoding('utf8');
    announcement.on('data', (more: string) => {
      text += more;
      const line = /^(\d+) (.*)\n/.exec(text);
      if (line !== null) {
        const terminal = /^\/dev\/pts\/\d+$/.exec(line[2] ?? '');
        resolve({ pid: line[1] ?? '', terminal: terminal?.[0] ?? null });
      }
    });
    announcement.once('close', () => resolve(null));
    announcement.on('error', () => resolve(null));
  });
}
