import assert from 'node:assert/strict';
import { redactSnapshot } from '../../../src/iproute/redact/redact.ts';
import { planCreatePods } from '../../../src/pods/create.ts';
import { planDeletePods } from '../../../src/pods/delete.ts';
import { Diagnoses } from '../../../src/session/diagnoses.ts';
import { NodeSession, type SessionState } from '../../../src/session/nodeSession.ts';
import { packRecording, unpackRecording } from '../../../src/session/recording.ts';
import { startLab, type Lab } from '../../../src/transport/lab/lab.ts';
import { connectToLab } from '../../../src/transport/lab/openLab.ts';
import type { Link, Topology } from '../../../src/topology/topology.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { PatchbayError } from '../../../src/util/errors.ts';
import { quoteArgv } from '../../../src/util/quote.ts';

const signal = new AbortController().signal;

describe('NodeSession, on a lab', () => {
  let lab: Lab;
  let transport: Transport;
  let session: NodeSession;

  beforeEach(async () => {
    lab = await startLab();
    session = new NodeSession({
      label: 'Lab',
      open: async (abort) => {
        transport = await connectToLab(lab, abort);
        return transport;
      },
    });
    await session.start(signal);
  });

  afterEach(async () => {
    session.dispose();
    await lab.dispose();
  });

  const change = async (script: string): Promise<void> => {
    const { stderr, exitCode } = await transport.exec(['sh', '-e', '-c', script]);
    assert.equal(exitCode, 0, stderr);
  };

  /** Waits for the live topology to fulfil a condition; the test's own time-out says when that is too long. */
  const until = (condition: (topology: Topology) => boolean): Promise<Topology> =>
    new Promise((resolve) => {
      const check = (topology: Topology | null): void => {
        if (topology && condition(topology)) {
          listening.dispose();
          resolve(topology);
        }
      };
      const listening = session.onDidChangeTopology(({ topology }) => check(topology));
      check(session.topology);
    });

  const named = (topology: Topology, name: string): Link | undefined =>
    topology.links.find((link) => link.name === name);

  const createPods = async (names: readonly string[]): Promise<void> => {
    assert.ok(session.topology);
    const bridge = named(session.topology, 'cbr0');
    const board = bridge ? { existing: bridge.id } : { create: 'cbr0', subnet: '10.244.0.0/24' };
    await session.run(planCreatePods(session.topology, { names, bridge: board }));
  };

  it('follows what changes on the node, in the root namespace and in a pod, within a second', async () => {
    await createPods(['web']);
    const started = performance.now();
    await change('ip -n web addr add 192.0.2.7/32 dev eth0');
    await until((topology) => named(topology, 'eth0')?.addresses.includes('192.0.2.7/32') === true);
    await change('ip link set cbr0 down');
    await until((topology) => named(topology, 'cbr0')?.up === false);
    assert.ok(performance.now() - started < 2_000);
  });

  it('notices a namespace without any link event, and one that goes away', async () => {
    await change('ip netns add silent');
    await until(({ namespaces }) => namespaces.some(({ name }) => name === 'silent'));
    await change('ip netns del silent');
    await until(({ namespaces }) => !namespaces.some(({ name }) => name === 'silent'));
  });

  it('sees a pod that was deleted and made again under the same name', async () => {
    await createPods(['web']);
    await change(
      'ip netns del web; ip netns add web; ip link add veth9 type veth peer name eth9 netns web; ip link set veth9 master cbr0',
    );
    await until((now) => {
      const eth9 = named(now, 'eth9');
      return eth9 !== undefined && eth9.peer === named(now, 'veth9')?.id && named(now, 'eth0') === undefined;
    });
  });

  it('says nothing when nothing changed', async () => {
    await createPods(['web']);
    await until((topology) => named(topology, 'eth0')?.operstate === 'UP');
    await session.refresh();
    let changes = 0;
    session.onDidChangeTopology(() => changes++);
    // Two polls come and go: a namespace made now is seen by the second at the latest.
    await change('ip netns add marker');
    await until(({ namespaces }) => namespaces.some(({ name }) => name === 'marker'));
    assert.equal(changes, 1);
  });

  it('finds what is wrong anew after each change, and says so where it is something else', async () => {
    await createPods(['web']);
    await until((topology) => named(topology, 'eth0')?.operstate === 'UP');
    const diagnoses = new Diagnoses();
    let changes = 0;
    const found = (): string[] => diagnoses.of(session)?.findings.map(({ rule }) => rule) ?? [];
    const untilFound = (rule: string, isThere: boolean): Promise<void> =>
      new Promise((resolve) => {
        const check = (): void => {
          if (diagnoses.of(session) !== null && found().includes(rule) === isThere) {
            listening.dispose();
            resolve();
          }
        };
        const listening = diagnoses.onDidChange(check);
        check();
      });
    diagnoses.onDidChange(() => changes++);
    await untilFound('link-down', false);
    const healthy = changes;
    await change('ip link add spare type bridge');
    await until((topology) => named(topology, 'spare') !== undefined);
    await change('ip -n web link set eth0 down');
    await untilFound('link-down', true);
    assert.equal(changes, healthy + 1);
    await change('ip -n web link set eth0 up');
    await untilFound('link-down', false);
    diagnoses.dispose();
  });

  it('creates and deletes pods, and leaves nothing of them', async () => {
    const before = session.topology?.links.map(({ name }) => name);
    await createPods(['web', 'db']);
    assert.ok(session.topology);
    const pods = session.topology.namespaces.filter(({ pod }) => pod?.kind === 'patchbay');
    assert.deepEqual(pods.map(({ name }) => name).sort(), ['db', 'web']);
    const plan = planDeletePods(
      session.topology,
      pods.map(({ id }) => id),
      { withBridge: true, connection: transport.connection },
    );
    await session.run(plan);
    assert.deepEqual(
      session.topology.links.map(({ name }) => name),
      before,
    );
  });

  it('traces a ping and keeps the trace', async () => {
    await createPods(['web', 'db']);
    assert.ok(session.topology);
    const id = (name: string): string =>
      session.topology?.namespaces.find((one) => one.name === name)?.id ?? '';
    const trace = await session.trace(
      { kind: 'namespace', namespace: id('web') },
      { kind: 'namespace', namespace: id('db') },
    );
    assert.equal(trace.verdict.delivered, true);
    assert.deepEqual(session.traces, [trace]);
  });

  it('verifies the network model, keeps the result, also in a recording, and not in a redacted one', async () => {
    await createPods(['web', 'db']);
    const told: string[] = [];
    session.onDidVerify(({ id }) => told.push(id));
    await session.verify({ family: 4 });
    const verification = await session.verify({ family: 4 });
    assert.deepEqual(
      verification.rules.map(({ verdict }) => verdict),
      ['holds', 'holds', 'holds'],
    );
    assert.deepEqual([told, session.verifications.length], [['1', '2'], 2]);
    assert.ok(session.recording);
    const saved = await unpackRecording(await packRecording(session.recording));
    const replayed = NodeSession.ofRecording('saved', saved);
    assert.deepEqual(replayed.verifications, [{ ...verification, id: '1' }]);
    assert.deepEqual(redactSnapshot(saved).verifications, []);
    const foretold = await replayed.verify({ family: 4 });
    assert.deepEqual([foretold.probedBy, foretold.cells[0]?.foretold], ['none', 'arrives']);
    replayed.dispose();
  });

  it('reads the counters of a link as they are now', async () => {
    await createPods(['web']);
    const web = session.topology?.namespaces.find(({ name }) => name === 'web')?.id;
    const eth0 = session.topology?.links.find(({ name, namespace }) => name === 'eth0' && namespace === web);
    assert.ok(eth0);
    const ids = [eth0.id, eth0.peer ?? '', '1:1'];
    const before = await session.readCounters(ids);
    await change('ip netns exec web ping -c 3 -i 0.01 10.244.0.1 >/dev/null');
    const after = await session.readCounters(ids);
    const grown = (id: string, way: 'received' | 'sent'): number =>
      (after.get(id)?.[way].packets ?? 0) - (before.get(id)?.[way].packets ?? 0);
    assert.ok(grown(eth0.id, 'sent') >= 3);
    // The two ends of a cable count the same, each its own way round.
    assert.ok(grown(eth0.peer ?? '', 'received') >= 3);
    assert.deepEqual([...after.keys()].sort(), [eth0.id, eth0.peer].sort());
  });

  it('reads the counters of links whatever they are called', async () => {
    const names = ['a#b', "it's", 'back\\slash', '$(reboot)'];
    const quoted = (name: string): string => quoteArgv(['ip', 'link', 'add', 'name', name, 'type', 'bridge']);
    await change(names.map(quoted).join('\n'));
    const topology = await until((now) => names.every((name) => named(now, name) !== undefined));
    const ids = names.map((name) => named(topology, name)?.id ?? '');
    assert.deepEqual([...(await session.readCounters(ids)).keys()].sort(), ids.toSorted());
  });

  it('marks the picture as lost with the connection, and comes back with it', async () => {
    const lost = new Promise<SessionState>((resolve) => {
      session.onDidChangeState((state) => state.kind === 'lost' && resolve(state));
    });
    await lab.dispose();
    const state = await lost;
    assert.equal(state.kind, 'lost');
    assert.ok(session.topology, 'the last picture stays');
    assert.throws(
      () => session.transport,
      (error) => error instanceof PatchbayError && error.code === 'connection-lost',
    );
    lab = await startLab();
    await session.reconnect(signal);
    assert.equal(session.state.kind, 'live');
  });

  it('stays lost, since the same time, when connecting again does not work', async () => {
    const lost = new Promise<SessionState>((resolve) => {
      session.onDidChangeState((state) => state.kind === 'lost' && resolve(state));
    });
    await lab.dispose();
    const before = await lost;
    assert.ok(before.kind === 'lost');
    const state = (): SessionState => session.state;
    const cancelled = session.reconnect(AbortSignal.abort());
    assert.equal(state().kind, 'discovering');
    await assert.rejects(cancelled);
    assert.equal(state().kind, 'lost');
    await assert.rejects(session.reconnect(signal));
    const after = state();
    assert.ok(after.kind === 'lost');
    assert.equal(after.since, before.since);
    lab = await startLab();
    await session.reconnect(signal);
    assert.equal(state().kind, 'live');
    assert.deepEqual(
      session.history.gaps.map(({ toMs }) => toMs === null),
      [false],
    );
  });

  it('keeps what was across a lost connection, and says how long nobody looked', async () => {
    await createPods(['web']);
    const { history } = session;
    const moment = history.moments.at(-1);
    assert.ok(moment && moment.changes > 0);
    const lost = new Promise<void>((resolve) => {
      session.onDidChangeState((state) => state.kind === 'lost' && resolve());
    });
    await lab.dispose();
    await lost;
    lab = await startLab();
    await session.reconnect(signal);
    const [gap] = history.gaps;
    assert.ok(gap?.toMs && gap.toMs >= gap.fromMs);
    const then = await history.topologyOf(moment.id);
    assert.ok(then.namespaces.some(({ name }) => name === 'web'));
    assert.ok(!session.topology?.namespaces.some(({ name }) => name === 'web'));
  });

  it('leaves no process on the node when it ends', async () => {
    const watcher = await connectToLab(lab);
    const isFollowed = async (): Promise<boolean> =>
      (await watcher.exec(['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'])).stdout.includes(
        'ip -ts monitor',
      );
    assert.equal(await isFollowed(), true);
    session.dispose();
    while (await isFollowed()) {
      // The time-out of the test says when that takes too long.
    }
    watcher.dispose();
  });
});
