import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { shellArgv } from '../../../src/iproute/shell.ts';
import { withPrivilege } from '../../../src/transport/privilege.ts';
import { startLab, type Lab } from '../../../src/transport/lab/lab.ts';
import { connectToLab } from '../../../src/transport/lab/openLab.ts';
import type { RemoteTerminal, Transport } from '../../../src/transport/transport.ts';
import { PatchbayError } from '../../../src/util/errors.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { connectTo, startSshd, type Sshd, type SshdOptions } from '../support/sshd.ts';

const run = promisify(execFile);
const size = { columns: 90, rows: 30 };

/** A terminal and all that it has shown. */
class Screen {
  readonly terminal: RemoteTerminal;
  text = '';
  #onMore: () => void = () => undefined;

  constructor(terminal: RemoteTerminal) {
    this.terminal = terminal;
    const decoder = new TextDecoder();
    terminal.onData((chunk) => {
      this.text += decoder.decode(chunk, { stream: true });
      this.#onMore();
    });
  }

  /** Waits until the screen shows something; the test's own time-out says when that takes too long. */
  async shows(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text)) {
      await new Promise<void>((resolve, reject) => {
        this.#onMore = resolve;
        void this.terminal.exit.then(({ exitCode }) =>
          reject(new Error(`It ended with ${exitCode}: ${this.text}`)),
        );
      });
    }
    return this.text;
  }

  /** Types a line and waits for an answer after it. */
  async answer(line: string, pattern: RegExp): Promise<string> {
    this.text = '';
    this.terminal.write(`${line}\r`);
    return this.shows(pattern);
  }
}

async function openScreen(
  transport: Transport,
  argv: readonly string[] | null,
  privileged = false,
): Promise<Screen> {
  assert.ok(argv && transport.openTerminal);
  return new Screen(await transport.openTerminal(argv, { size, privileged }));
}

const owned: { readonly end: () => unknown }[] = [];
afterEach(async () => {
  for (const { end } of owned.splice(0).reverse()) {
    await end();
  }
});

async function connect(sshd: Sshd, user = sshd.user): Promise<Transport> {
  const transport = await connectTo(sshd, { user });
  owned.push({ end: () => transport.dispose() });
  return transport;
}

async function server(options?: SshdOptions): Promise<Sshd> {
  const sshd = await startSshd(options);
  owned.push({ end: () => sshd.stop() });
  return sshd;
}

describe('A shell in a namespace, through a real sshd', () => {
  let sandbox: Sandbox;
  let web: { id: string; root: boolean; names: string[]; processes: [] };

  beforeEach(async () => {
    sandbox = await startSandbox();
    owned.push({ end: () => sandbox.dispose() });
    const { exitCode, stderr } = await sandbox.transport.exec([
      'sh',
      '-ec',
      'ip netns add web; ip -n web link set lo up; ip -n web addr add 10.244.0.2/24 dev lo',
    ]);
    assert.equal(exitCode, 0, stderr);
    web = { id: await namespaceAt('/run/netns/web'), root: false, names: ['/run/netns/web'], processes: [] };
  });

  const namespaceAt = async (file: string): Promise<string> =>
    (await sandbox.transport.exec(['stat', '-L', '-c', '%i', file])).stdout.trim();

  /** The argv as it reaches the sandbox from the machine on which sshd runs. */
  const inside = (argv: readonly string[] | null): readonly string[] | null =>
    argv && [...sandbox.enter, ...argv];

  it('answers what is typed, shows the pod’s address, and says in its prompt where it is', async () => {
    const transport = await connect(await server());
    const screen = await openScreen(transport, inside(shellArgv(web, { label: 'web' })));
    await screen.shows(/\(web\)/);
    await screen.answer('ip addr', /inet 10\.244\.0\.2\/24/);
    screen.terminal.write('exit 7\r');
    assert.deepEqual(await screen.terminal.exit, { exitCode: 7 });
  });

  it('is as large as its window, also after that was resized', async () => {
    const transport = await connect(await server());
    const screen = await openScreen(transport, inside(shellArgv(web, { label: 'web' })));
    await screen.answer('stty size', /30 90/);
    screen.terminal.resize({ columns: 121, rows: 41 });
    await screen.answer('stty size', /41 121/);
  });

  it('runs a command first, shown as it would be typed', async () => {
    const transport = await connect(await server());
    const first = { argv: ['ip', '-4', 'addr', 'show', 'dev', 'lo'], line: 'ip -4 addr show dev lo' };
    const screen = await openScreen(transport, inside(shellArgv(web, { label: 'web', first })));
    await screen.shows(/^\$ ip -4 addr show dev lo\r\n[^]*10\.244\.0\.2[^]*\(web\)/);
  });

  for (const user of ['root', 'dev'] as const) {
    it(`leaves nothing on the node when it is closed, opened by ${user}`, async () => {
      const sshd = await server({ accounts: [{ name: 'dev', uid: 4321, sudo: true }] });
      const transport = await connect(sshd, user);
      // Straight into the network of the sandbox: what is in between would be told of the end instead of the shell.
      const [, , keeper = ''] = sandbox.enter;
      const id = await namespaceAt('/proc/1/ns/net');
      const place = { id, root: false, names: [], processes: [{ pid: Number(keeper) }] };
      const screen = await openScreen(transport, shellArgv(place, { label: 'web' }), true);
      await screen.answer("sleep 4242 & echo st''arted", /started\r\n/);
      const isRunning = async (): Promise<boolean> =>
        /sleep 4242|--rcfile/.test((await run('ps', ['-eo', 'args'])).stdout);
      assert.equal(await isRunning(), true);
      screen.terminal.dispose();
      while (await isRunning()) {
        // The time-out of the test says when that takes too long.
      }
    });
  }

  it('says so, and runs nothing, where another namespace has the name now', async () => {
    const transport = await connect(await server());
    await sandbox.transport.exec(['sh', '-c', 'ip netns del web; ip netns add spare; ip netns add web']);
    const screen = await openScreen(transport, inside(shellArgv(web, { label: 'web' })));
    await screen.shows(/Another network namespace/);
    screen.terminal.write('\r');
    assert.deepEqual(await screen.terminal.exit, { exitCode: 98 });
  });

  it('becomes root through sudo where the account may', async function () {
    const sshd = await server({ accounts: [{ name: 'dev', uid: 4321, sudo: true }] });
    const transport = await connect(sshd, 'dev');
    assert.equal(transport.privilege.way, 'sudo');
    // The sandbox is entered before sudo would be: so sudo stands before both, as the transport puts it.
    const argv = withPrivilege(inside(shellArgv(web, { label: 'web' })) ?? [], transport.privilege, true);
    const screen = await openScreen(transport, argv);
    await screen.answer('id -u; ip -4 addr', /\r0\r\n[^]*10\.244\.0\.2/);
    screen.terminal.resize({ columns: 77, rows: 22 });
    await screen.answer('stty size', /22 77/);
    screen.terminal.dispose();
  });

  it('keeps a hostile name of a namespace out of the prompt’s expansion', async () => {
    const transport = await connect(await server());
    const place = { id: '', root: true, names: [], processes: [] };
    const label = '$(touch /tmp/patchbay-pwned)`id`\\u\u001b[31m';
    const screen = await openScreen(transport, shellArgv(place, { label }));
    const text = await screen.answer('echo done', /done\r\n[^]*\(_/);
    assert.match(text, /\(_touch_tmp_patchbay-pwned_id_u_31m\)/);
    assert.doesNotMatch(text, /uid=/);
  });

  it('says no to more terminals than leave room for commands, and takes no command’s place for good', async () => {
    const transport = await connect(await server());
    const shell = shellArgv({ id: '', root: true, names: [], processes: [] }, { label: '' });
    const screens = await Promise.all(Array.from({ length: 4 }, () => openScreen(transport, shell)));
    await assert.rejects(
      openScreen(transport, shell),
      (error) => error instanceof PatchbayError && error.code === 'command-failed',
    );
    const outputs = await Promise.all(Array.from({ length: 12 }, () => transport.exec(['echo', 'ok'])));
    assert.deepEqual(new Set(outputs.map(({ stdout }) => stdout)), new Set(['ok\n']));
    const [first] = screens;
    first?.terminal.write('exit\r');
    await first?.terminal.exit;
    await openScreen(transport, shell);
  });

  it('says no where the server grants too few sessions, and commands go on', async () => {
    const transport = await connect(await server({ config: ['MaxSessions 2'] }));
    const shell = shellArgv({ id: '', root: true, names: [], processes: [] }, { label: '' });
    await openScreen(transport, shell);
    await openScreen(transport, shell);
    await assert.rejects(openScreen(transport, shell), /no session left/);
  });

  it('tells when the connection is lost', async () => {
    const sshd = await server();
    const transport = await connect(sshd);
    const shell = shellArgv({ id: '', root: true, names: [], processes: [] }, { label: '' });
    const screen = await openScreen(transport, shell);
    for (const pid of await sshd.connectionPids()) {
      process.kill(pid);
    }
    await assert.rejects(
      screen.terminal.exit,
      (error) => error instanceof PatchbayError && error.code === 'connection-lost',
    );
  });
});

describe('A shell in a namespace, in a lab', () => {
  let lab: Lab;

  beforeEach(async () => {
    lab = await startLab();
    owned.push({ end: () => lab.dispose() });
  });

  it('answers, resizes, and ends', async () => {
    const transport = await connectToLab(lab);
    owned.push({ end: () => transport.dispose() });
    await transport.exec(['sh', '-c', 'ip netns add web; ip -n web addr add 10.1.0.2/24 dev lo']);
    const { stdout } = await transport.exec(['stat', '-L', '-c', '%i', '/run/netns/web']);
    const place = { id: stdout.trim(), root: false, names: ['/run/netns/web'], processes: [] };
    const screen = await openScreen(transport, shellArgv(place, { label: 'web' }));
    await screen.shows(/\(web\)/);
    await screen.answer('ip addr', /10\.1\.0\.2\/24/);
    screen.terminal.resize({ columns: 111, rows: 33 });
    while (!(await screen.answer('stty size', /\d+ \d+\r\n/)).includes('33 111')) {
      // The lab sizes its terminal by a command of its own, a moment later.
    }
    screen.terminal.write('exit 0\r');
    assert.deepEqual(await screen.terminal.exit, { exitCode: 0 });
  });
});
