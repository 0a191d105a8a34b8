import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runVerification } from '../../../src/verify/runVerification.ts';
import { hide } from '../support/hide.ts';
import { enteredThrough, startSandbox, type Sandbox } from '../support/sandbox.ts';
import { connectTo, startSshd } from '../support/sshd.ts';
import { inspect, sh, wiring } from '../trace/wiring.ts';
import { running } from './running.ts';

const cli = join(import.meta.dirname, '../../../src/cli.ts');

/** A pod out of reach, so that a verification takes its time. */
const cutOff = 'ip link set veth-db down';

/** Where {@link hide} takes programs away: whoever runs the tests may have others of their own. */
const systemPath = '/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin';

/** Tells whether anybody watches the node's own namespace. */
const watched = 'grep -q ^[0-9a-f] /proc/net/packet && echo yes || :';

describe('a client that verifies a node', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await startSandbox();
    await sh(sandbox.transport, `${wiring}\n${cutOff}`);
  });

  afterEach(() => sandbox.dispose());

  const start = (...args: readonly string[]): ChildProcessByStdio<null, Readable, null> => {
    const [enter = '', ...words] = [...sandbox.enter, process.execPath, cli, 'verify', 'local', ...args];
    return spawn(enter, words, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, PATH: systemPath },
    });
  };

  const names = async (): Promise<string[]> =>
    (await sh(sandbox.transport, running)).split('\n').filter((name) => name !== '');

  it('exits with 1 where the model does not hold, and names who is at fault', async () => {
    const client = start('--family', '4', '--pods', 'web,db,far');
    const [shown] = await Promise.all([text(client.stdout), once(client, 'exit')]);
    assert.equal(client.exitCode, 1, shown);
    assert.match(shown, /^\S+: the Kubernetes network model does not hold\.\nx All pods can communicate/);
    assert.match(
      shown,
      /\n {2}x Every pair of db fails \(6\)\. The ping to db \(10\.244\.0\.3\) did not leave the node\.\n/,
    );
    assert.match(shown, /\n {2}3 db {3}x x \\ x\n/);
    assert.doesNotMatch(shown, /third/);
  });

  for (const [how, setup, program] of [
    ['that probes by perl', ':', 'perl'],
    ['that probes by python3', hide('perl'), 'python3'],
    ['that probes by ping and watches with tcpdump', hide('perl', 'python3'), 'tcpdump'],
  ] as const) {
    it(`${how}: nothing stays on the node when it is killed`, async () => {
      await sh(sandbox.transport, setup);
      const files = (): Promise<string> => sh(sandbox.transport, 'find /run -xdev -type f | sort');
      const filesBefore = await files();
      const client = start();
      while ((await sh(sandbox.transport, watched)) === '') {
        assert.equal(client.exitCode, null, 'it ended by itself');
      }
      assert.ok((await names()).includes(program));
      const exited = once(client, 'exit');
      await sh(
        sandbox.transport,
        `for pid in /proc/[0-9]*; do if [ "$(tr '\\0' ' ' <$pid/cmdline 2>/dev/null | grep -c 'cli.ts verify')" = 1 ]; then kill -9 "\${pid#/proc/}"; fi; done`,
      );
      await exited;
      while ((await names()).length > 0);
      assert.equal(await files(), filesBefore);
    });
  }

  it('over SSH: nothing stays on the node when the connection is cut', async () => {
    const sshd = await startSshd();
    const connection = await connectTo(sshd);
    const transport = enteredThrough(connection, sandbox.enter);
    try {
      const topology = await inspect(transport);
      let probed = 0;
      const cut = (done: number): void => {
        probed = done;
        if (done > 0) {
          connection.dispose();
        }
      };
      await assert.rejects(runVerification({ transport, topology }, { id: 'test', onProgress: cut }));
      assert.ok(probed > 0);
      while ((await names()).length > 0);
    } finally {
      connection.dispose();
      await sshd.stop();
    }
  });
});
