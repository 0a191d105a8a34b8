import assert from 'node:assert/strict';
import { planCreatePods } from '../../../src/pods/create.ts';
import type { Plan } from '../../../src/topology/plan.ts';
import { renderScript } from '../../../src/pods/script.ts';
import type { RemoteProcess, Transport } from '../../../src/transport/transport.ts';
import { enteredThrough } from '../support/sandbox.ts';
import { connectTo, startSshd, type Sshd } from '../support/sshd.ts';
import { Bench, newBridge } from './bench.ts';

/** Says that it is reached, and waits to be told with which code to end. */
const gate = { argv: ['sh', '-c', 'echo >/run/reached; read -r code </run/release; exit "$code"'] };

/** `sh -s` in a process group of its own; /run/alive stays open for as long as any part of it runs. */
const shell = ['setsid', 'sh', '-c', 'exec 9>/run/alive; echo $$ >/run/pid; exec sh -s'];

/** Starts a plan that stops at a gate in its middle, lets `cut` happen there, and waits until it is over. */
async function runThroughCut(
  bench: Bench,
  over: Transport,
  plan: Plan,
  cut: (process: RemoteProcess) => Promise<void> | void,
  exitCode: 0 | 1,
): Promise<void> {
  await bench.sh('rm -f /run/reached /run/release /run/alive; mkfifo /run/reached /run/release /run/alive');
  const ended = bench.sh('cat /run/alive');
  const process = await over.spawn(shell);
  process.exit.catch(() => undefined);
  const middle = Math.floor(plan.steps.length / 2);
  process.write(renderScript({ ...plan, steps: plan.steps.toSpliced(middle, 0, gate) }));
  await bench.sh('cat /run/reached');
  await cut(process);
  await bench.sh(`echo ${exitCode} >/run/release`);
  await ended;
}

describe('a connection that is cut while pods are created', function () {
  this.timeout(30_000);

  let bench: Bench;
  let before: unknown;
  let plan: Plan;

  beforeEach(async () => {
    bench = await Bench.start();
    await bench.sh('mkdir -p /run/netns; ip link set lo up; ip netns add theirs');
    before = await bench.state();
    plan = planCreatePods(await bench.topology(), { names: ['a', 'b', 'c'], bridge: newBridge });
  });

  afterEach(() => bench.dispose());

  const whole = async (): Promise<void> => {
    await bench.sh('for a in 2 3 4; do ip netns exec b ping -c 1 -W 2 10.244.0.$a >/dev/null; done');
  };
  const absent = async (): Promise<void> => assert.deepEqual(await bench.state(), before);

  it('before the script is whole: nothing happens, at whatever byte', async () => {
    const script = renderScript(plan);
    const cuts = Array.from({ length: 60 }, (_, at) => Math.floor((at * script.length) / 60));
    const near = Array.from({ length: 40 }, (_, at) => script.length - 2 - at);
    for (const length of [...cuts, ...near]) {
      const { stdout } = await bench.send(script.slice(0, length));
      assert.equal(stdout, '', `cut after ${length} of ${script.length} bytes`);
    }
    await absent();
    await bench.run(plan);
    await whole();
  });

  const closeStreams = (process: RemoteProcess): void => {
    process.dispose();
  };

  it('by closing its streams: the pods are whole', async () => {
    await runThroughCut(bench, bench.transport, plan, closeStreams, 0);
    await whole();
  });

  it('by closing its streams, when a step fails: the pods are absent', async () => {
    await runThroughCut(bench, bench.transport, plan, closeStreams, 1);
    await absent();
  });

  const hangUp = async (process: RemoteProcess): Promise<void> => {
    process.dispose();
    await bench.sh('for s in HUP PIPE TERM INT QUIT; do kill -s $s -- -$(cat /run/pid); done');
  };

  it('with every signal that such a cut can send: the pods are whole', async () => {
    await runThroughCut(bench, bench.transport, plan, hangUp, 0);
    await whole();
  });

  it('with every signal that such a cut can send, when a step fails: the pods are absent', async () => {
    await runThroughCut(bench, bench.transport, plan, hangUp, 1);
    await absent();
  });

  describe('by the death of a real sshd', () => {
    let sshd: Sshd;
    let ssh: Transport;

    beforeEach(async () => {
      sshd = await startSshd();
      ssh = await connectTo(sshd);
    });

    afterEach(async () => {
      ssh.dispose();
      await sshd.stop();
    });

    const killServer = async (): Promise<void> => {
      const closed = new Promise((resolve) => ssh.onDidClose(resolve));
      for (const pid of await sshd.connectionPids()) {
        process.kill(pid, 'SIGKILL');
      }
      await closed;
    };

    it('the pods are whole', async () => {
      await runThroughCut(bench, enteredThrough(ssh, bench.sandbox.enter), plan, killServer, 0);
      await whole();
    });

    it('the pods are absent when a step fails', async () => {
      await runThroughCut(bench, enteredThrough(ssh, bench.sandbox.enter), plan, killServer, 1);
      await absent();
    });
  });
});
