import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { NodeSession, SessionState } from '../../../src/session/nodeSession.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { sessionOverSsh } from './overSsh.ts';

describe('a session whose connection is lost', () => {
  let sandbox: Sandbox;
  let sshd: Sshd;
  let session: NodeSession | undefined;

  beforeEach(async () => {
    [sandbox, sshd] = await Promise.all([startSandbox(), startSshd()]);
    await sh('ip link add d0 type bridge; ip link set d0 up');
  });

  afterEach(async () => {
    session?.dispose();
    session = undefined;
    await sshd.stop();
    sandbox.dispose();
  });

  const sh = async (script: string): Promise<string> => {
    const { stdout, stderr, exitCode } = await sandbox.transport.exec(['sh', '-e', '-s'], { stdin: script });
    assert.equal(exitCode, 0, stderr);
    return stdout;
  };

  /** Waits on the node until nothing runs there but its first process and the one that looks; fails after some seconds. */
  const untilNothingRuns = (): Promise<string> =>
    sh(`for i in $(seq 60); do
      left=
      for p in /proc/[0-9]*; do
        case $p in /proc/1 | /proc/$$) continue ;; esac
        line=$(tr '\\0' ' ' <$p/cmdline) 2>/dev/null || continue
        [ -z "$line" ] || left="$left $line"
      done
      [ -n "$left" ] || exit 0
      sleep 0.1
    done
    echo "still running: $left" >&2
    exit 1`);

  const follow = async (): Promise<NodeSession> => {
    session = sessionOverSsh({ sshd, enter: sandbox.enter });
    await session.start(new AbortController().signal);
    return session;
  };

  const cut = async (): Promise<void> => {
    for (const pid of await sshd.connectionPids()) {
      process.kill(pid, 'SIGKILL');
    }
  };

  const lost = (followed: NodeSession): Promise<SessionState & { kind: 'lost' }> =>
    new Promise((resolve) => {
      followed.onDidChangeState((state) => state.kind === 'lost' && resolve(state));
    });

  const seen = (followed: NodeSession, alias: string): Promise<void> =>
    new Promise((resolve) => {
      const has = (topology: Topology | null): boolean =>
        topology?.links.some((link) => link.alias === alias) === true;
      const listening = followed.onDidChangeTopology(({ topology }) => {
        if (has(topology)) {
          listening.dispose();
          resolve();
        }
      });
    });

  it('says since when its picture may be wrong, and keeps it', async () => {
    const followed = await follow();
    const trueAt = followed.trueAt;
    assert.ok(trueAt);
    const losing = lost(followed);
    const before = followed.topology;
    await cut();
    const { since } = await losing;
    assert.ok(since >= trueAt && since <= new Date());
    assert.equal(since, followed.trueAt);
    assert.equal(followed.topology, before);
  });

  it('follows again after it connects again, and has what changed meanwhile', async () => {
    const followed = await follow();
    const losing = lost(followed);
    await cut();
    await losing;
    await sh('ip link set d0 alias meanwhile');
    const meanwhile = seen(followed, 'meanwhile');
    await followed.reconnect(new AbortController().signal);
    await meanwhile;
    assert.equal(followed.state.kind, 'live');
    const later = seen(followed, 'later');
    await sh('ip link set d0 alias later');
    await later;
  });

  it('leaves nothing running on the node when the connection is cut', async () => {
    const followed = await follow();
    const losing = lost(followed);
    await cut();
    await losing;
    await untilNothingRuns();
  });

  it('leaves nothing running on the node when it ends', async () => {
    (await follow()).dispose();
    await untilNothingRuns();
  });

  it('leaves nothing running on the node when the client is killed', async () => {
    const place = JSON.stringify({ sshd, enter: sandbox.enter });
    const client = spawn(process.execPath, [path.join(import.meta.dirname, 'client.ts'), place], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(client.stdout, 'data');
    assert.match(await sh(`cat /proc/[0-9]*/cmdline | tr '\\0' ' '`), /ip -ts monitor/);
    client.kill('SIGKILL');
    await untilNothingRuns();
  });
});
