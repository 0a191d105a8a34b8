/** A lab's beginning and end: what it refuses, and that nothing of it remains. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { startLab } from '../../../src/transport/lab/lab.ts';
import { connect, say, start, untilSays } from './labClient.ts';
import {
  buildOwnerProgram,
  isRoot,
  nobody,
  processesWith,
  runOwner,
  startOwnedLab,
  until,
  type OwnerProgram,
  type RefusedLab,
  type TestLab,
} from './labs.ts';

/** Makes the lab busy in every way that could leave something behind. */
async function occupy(lab: TestLab): Promise<void> {
  const client = await connect(lab);
  client.on('error', () => undefined);
  await say(
    client,
    `ip netns add left; ip link add left0 type veth peer name left1 netns left
     setsid sleep 5001 >/dev/null 2>&1 & ip netns exec left sleep 5002 >/dev/null 2>&1 & touch /tmp/left /run/left`,
  );
  await untilSays(await start(client, `trap '' HUP TERM; echo up; while :; do sleep 0.1; done`), 'up');
  await untilSays(await start(client, 'echo up; sleep 5003', { rows: 24, cols: 80 }), 'up');
}

const machine = (): object => ({
  mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
  links: execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }),
  namespaces: execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }),
  hostname: readFileSync('/proc/sys/kernel/hostname', 'utf8'),
  forwarding: readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'),
});

async function refusesConnections(port: number): Promise<boolean> {
  const socket = connectTcp(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

describe("a lab's life", () => {
  let program: OwnerProgram;
  before(async () => {
    program = await buildOwnerProgram();
  });
  after(() => program.dispose());

  it('leaves nothing behind, and the machine as it was', async () => {
    const before = machine();
    const lab = await startLab();
    const processes = processesWith(lab.initPid);
    await occupy(lab);
    assert.ok(processes.list().length >= 8);
    assert.deepEqual(machine(), before);
    await lab.dispose();
    assert.deepEqual(processes.list(), []);
    assert.ok(await refusesConnections(lab.port));
    assert.ok(!existsSync('/tmp/left') && !existsSync('/run/left'));
    assert.deepEqual(machine(), before);
    await lab.dispose();
  });

  for (const [who, uid] of [
    ['its owner', undefined],
    ['an owner without root', nobody],
  ] as const) {
    it(`ends with ${who}, even one that is killed`, async function () {
      if (uid !== undefined && !isRoot) {
        this.skip();
      }
      const lab = await startOwnedLab(program, uid);
      const processes = processesWith(lab.initPid);
      await occupy(lab);
      lab.owner.kill('SIGKILL');
      await once(lab.owner, 'exit');
      await until(() => processes.list().length === 0 && !existsSync(`/proc/${lab.initPid}`));
    });
  }

  it('says once when it ended by itself, and closes its port', async () => {
    const lab = await startLab();
    const ended: Error[] = [];
    const end = new Promise((resolve) => lab.onDidEnd(resolve));
    lab.onDidEnd((error) => ended.push(error));
    process.kill(lab.initPid, 'SIGKILL');
    await end;
    await until(() => refusesConnections(lab.port));
    await lab.dispose();
    assert.equal(ended.length, 1);
  });

  it('is not said to have ended when it was disposed of', async () => {
    const lab = await startLab();
    let ended = false;
    lab.onDidEnd(() => (ended = true));
    await lab.dispose();
    assert.equal(ended, false);
  });

  it('does not wait for clients that never speak', async () => {
    const lab = await startLab();
    const socket = connectTcp(lab.port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket.on('error', () => undefined).resume(), 'close');
    await lab.dispose();
    await closed;
  });

  it('is one of several', async () => {
    const labs = await Promise.all([startLab({ hostname: 'one' }), startLab({ hostname: 'two' })]);
    const names = await Promise.all(
      labs.map(async (lab) => {
        const client = await connect(lab);
        const name = await say(client, 'uname -n');
        client.end();
        return name;
      }),
    );
    await Promise.all(labs.map((lab) => lab.dispose()));
    assert.deepEqual(names, ['one\n', 'two\n']);
  });

  it('can be cancelled while it starts', async () => {
    const abort = new AbortController();
    const starting = startLab({ signal: abort.signal });
    abort.abort();
    await assert.rejects(starting, { code: 'cancelled' });
  });

  it('takes any host name as mere text', async () => {
    const lab = await startLab({ hostname: `a'$(touch pwned)` });
    const client = await connect(lab);
    assert.equal(await say(client, 'uname -n'), `a'$(touch pwned)\n`);
    client.end();
    await lab.dispose();
  });

  it('names the programs it lacks and their packages', async () => {
    await assert.rejects(startLab({ searchPath: '/nonexistent' }), {
      code: 'lab-unavailable',
      message: 'The lab needs unshare, nsenter, setsid, mount, ip and sh, not found on this machine.',
      hint: /apt install util-linux mount iproute2 dash .*SSH.*recording/,
    });
  });

  it('says which setting forbids it to a user who is not root, and the ways out', async function () {
    if (!isRoot) {
      this.skip();
    }
    // A user namespace that has every id, and in which no further one may be made.
    const keeper = spawn('unshare', ['--user', 'sh', '-c', 'echo made; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(keeper.stdout, 'data');
    const pid = String(keeper.pid);
    writeFileSync(`/proc/${pid}/uid_map`, '0 0 65536');
    writeFileSync(`/proc/${pid}/gid_map`, '0 0 65536');
    const enter = ['nsenter', '--user', '--target', pid];
    execFileSync('nsenter', [...enter.slice(1), 'sh', '-c', 'echo 0 >/proc/sys/user/max_user_namespaces']);
    const becomeNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
    const { said } = await runOwner(program, { prefix: [...enter, ...becomeNobody] });
    keeper.kill('SIGKILL');
    const refused = said as RefusedLab;
    assert.equal(refused.code, 'lab-unavailable');
    assert.match(refused.message, /user\.max_user_namespaces is 0/);
    assert.match(refused.hint, /sudo sysctl -w user\.max_user_namespaces=\d+.*SSH.*recording/);
  });
});
