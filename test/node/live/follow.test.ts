import assert from 'node:assert/strict';
import { planCreatePods } from '../../../src/pods/create.ts';
import { planDeletePods } from '../../../src/pods/delete.ts';
import type { TopologyDiff } from '../../../src/topology/diff.ts';
import type { Link, Topology } from '../../../src/topology/topology.ts';
import { countProcesses } from '../../bench/node/podNode.ts';
import { hide, leaveBusybox } from '../support/hide.ts';
import { Followed } from './follow.ts';

const named = (topology: Topology, namespace: string): string | undefined =>
  topology.namespaces.find(({ name }) => name === namespace)?.id;

const linkIn = (topology: Topology, namespace: string, name: string): Link | undefined =>
  topology.links.find((link) => link.namespace === named(topology, namespace) && link.name === name);

const namesIn = (topology: Topology, namespace: string): string =>
  topology.links
    .filter((link) => link.namespace === named(topology, namespace))
    .map(({ name }) => name)
    .join();

describe('following a node', () => {
  let node: Followed;

  afterEach(() => node.dispose());

  it('names what changed, and nothing else', async () => {
    node = await Followed.start('ip link add d0 type bridge; ip link set d0 up; ip netns add web');
    await node.converged();
    const diffs: TopologyDiff[] = [];
    node.session.onDidChangeTopology(({ diff }) => diff && diffs.push(diff));
    await node.sh('ip -n web link set lo mtu 1400');
    await node.until((topology) => linkIn(topology, 'web', 'lo')?.mtu === 1400);
    const [diff] = diffs;
    assert.deepEqual(
      diff?.links.changed.map(({ fields }) => fields.map(({ field }) => field)),
      [['mtu', 'raw']],
    );
    assert.deepEqual(diff.links.changed[0]?.fields[0], { field: 'mtu', from: 65536, to: 1400 });
    assert.deepEqual([diff.links.added, diff.links.removed, diff.namespaces.changed], [[], [], []]);
  });

  it('says nothing when only counters moved', async () => {
    node = await Followed.start('ip link set lo up');
    let changes = 0;
    node.session.onDidChangeTopology(() => changes++);
    await node.sh('ping -c 3 -i 0.01 127.0.0.1 >/dev/null');
    const before = node.session.topology;
    await node.session.refresh();
    assert.notEqual(node.session.topology, before, 'the counters are there for who looks');
    assert.equal(changes, 0);
  });

  it('reads a storm of a thousand events a handful of times', async () => {
    node = await Followed.start('ip link add d0 type bridge; ip link set d0 up');
    const before = node.reads;
    const adds = Array.from({ length: 1_000 }, (_, i) => `addr add 10.9.${i >> 8}.${i & 255}/32 dev d0`);
    await node.sh(`ip -batch - <<B\n${adds.join('\n')}\nB`);
    await node.until((topology) => topology.links.some(({ addresses }) => addresses.length >= 1_000));
    assert.ok(node.reads - before <= 8, `${node.reads - before} reads`);
    await node.converged();
  });

  it('hears of namespaces that have no link to the node', async () => {
    node = await Followed.start(
      'for n in a b; do ip netns add $n; done; ip -n a link add x type veth peer name y netns b',
    );
    await node.sh('ip -n b link set y mtu 1400');
    await node.until((topology) => linkIn(topology, 'b', 'y')?.mtu === 1400);
    await node.sh('ip netns add c');
    await node.until((topology) => named(topology, 'c') !== undefined);
    await node.converged();
    await node.sh('ip -n c link add d1 type bridge');
    await node.until((topology) => linkIn(topology, 'c', 'd1') !== undefined);
  });

  it('hears of a namespace that only a process holds', async () => {
    node = await Followed.start();
    const pid = (await node.sh('unshare --net sleep 1000 </dev/null >/dev/null 2>&1 & echo $!')).trim();
    const held = await node.until((topology) =>
      topology.namespaces.some(({ processes }) =>
        processes.some((one) => String(one.pid) === pid && one.name === 'sleep'),
      ),
    );
    assert.equal(held.namespaces.length, 2);
    await node.converged();
    await node.sh(`nsenter -t ${pid} -n ip link add d1 type bridge`);
    await node.until(({ links }) => links.some(({ name }) => name === 'd1'));
    await node.sh(`kill ${pid}`);
    await node.until(({ namespaces }) => namespaces.length === 1);
  });

  it('notices within two seconds what no event tells of', async function () {
    // A machine that is busy with others may be late; it is not late every time.
    this.retries(3);
    node = await Followed.start('ip netns add web');
    const noticed = async (script: string, condition: (topology: Topology) => boolean): Promise<void> => {
      const started = performance.now();
      await node.sh(script);
      await node.until(condition);
      const tookMs = performance.now() - started;
      assert.ok(tookMs < 2_000, `${script} took ${tookMs} ms`);
    };
    const processes = (topology: Topology): number =>
      topology.namespaces.flatMap((one) => one.processes).length;
    await noticed('ip netns add silent', (topology) => named(topology, 'silent') !== undefined);
    await noticed(
      'ip netns exec web sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >/run/pid',
      (topology) => processes(topology) === 1,
    );
    await noticed('kill $(cat /run/pid)', (topology) => processes(topology) === 0);
    await noticed('ip netns del silent', (topology) => named(topology, 'silent') === undefined);
  });

  it('notices that a process is gone that came and went between two looks', async () => {
    node = await Followed.start('ip netns add web');
    const holders = ({ namespaces }: Topology): number => namespaces.flatMap((one) => one.processes).length;
    await node.sh('ip netns exec web sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >/run/pid');
    await node.session.refresh();
    await node.sh('kill $(cat /run/pid)');
    await node.until((topology) => holders(topology) === 0);
    await node.converged();
  });

  it('never takes a namespace for the one whose inode it was given', async function () {
    this.timeout(120_000);
    node = await Followed.start('ip netns add web; ip -n web link add old type bridge');
    const seen = { bare: 0, linked: 0 };
    // Until the inode was given again in both ways.
    for (let round = 0; seen.bare === 0 || seen.linked === 0; round++) {
      const isBare = seen.linked > 0;
      if (await node.replace('web', isBare ? '' : `ip -n web link add new${round} type bridge`)) {
        seen[isBare ? 'bare' : 'linked']++;
      }
      const names = isBare ? 'lo' : `lo,new${round}`;
      await node.until((topology) => namesIn(topology, 'web') === names);
    }
    await node.converged();
  });

  it('reads what a plan may change, and no more, before it says that the plan is done', async () => {
    node = await Followed.start('for n in a b c d; do ip netns add $n; ip -n $n link set lo up; done');
    await node.converged();
    const { session, reads } = node;
    assert.ok(session.topology);
    const bridge = { create: 'br0', subnet: '10.9.0.0/24' };
    await session.run(planCreatePods(session.topology, { names: ['web'], bridge }));
    const created = session.topology;
    const cable = [linkIn(created, 'web', 'eth0')?.peer, linkIn(created, 'web', 'eth0')?.alias];
    assert.deepEqual(cable, [
      created.links.find(({ name, kind, ours }) => kind === 'veth' && name !== 'eth0' && ours)?.id,
      'patchbay:pod=web',
    ]);
    assert.ok(Math.min(...node.skipped.slice(reads)) >= 4, 'the other pods are left alone');
    const web = named(created, 'web') ?? '';
    await session.run(planDeletePods(created, [web], { withBridge: true, connection: null }));
    assert.deepEqual([named(session.topology, 'web'), namesIn(session.topology, 'node')], [undefined, 'lo']);
    await node.converged();
  });

  it('reads anew when the monitor lost events', async () => {
    node = await Followed.start('ip link add d0 type bridge; ip link set d0 up');
    const [pid = ''] = await monitors();
    const logged: string[] = [];
    node.session.onDidLog((line) => logged.push(line));
    // More than its socket holds, while it does not read.
    await node.sh(`kill -STOP ${pid}
      for i in $(seq 1000); do echo "link set d0 alias a$i"; done >/run/batch
      for i in 1 2 3; do ip -batch /run/batch; done
      ip link set d0 alias last
      kill -CONT ${pid}`);
    await node.until(({ links }) => links.some(({ alias }) => alias === 'last'));
    await node.converged();
    assert.match(logged.join('\n'), /No buffer space|receive error/);
  });

  it('follows again when the monitor was killed', async () => {
    node = await Followed.start('ip link add d0 type bridge; ip link set d0 up');
    await node.sh(
      'for p in /proc/[0-9]*; do [ "$(cat $p/comm)" = ip ] && kill -9 ${p#/proc/}; done; ip link set d0 alias meanwhile',
    );
    await node.until(({ links }) => links.some(({ alias }) => alias === 'meanwhile'));
    await node.confirmed();
    await node.sh('ip link set d0 alias later');
    await node.until(({ links }) => links.some(({ alias }) => alias === 'later'));
  });

  for (const lacking of [[], ['perl']] as const) {
    const how = lacking.length > 0 ? 'by shell' : 'by perl';

    it(`starts the watch again when its look at lists, ${how}, stands still`, async function () {
      this.timeout(60_000);
      node = await Followed.start(`ip link add d0 type bridge; ip link set d0 up; ${hide(...lacking)}`);
      // What looks is perl, or the parent of the sleep between two looks.
      await node.sh(`looker=
        until [ -n "$looker" ]; do
          for p in /proc/[0-9]*; do
            case $(cat $p/comm) in
              perl) looker=\${p#/proc/} ;;
              sleep) looker=$(cut -d ' ' -f 4 $p/stat) ;;
            esac
          done 2>/dev/null || true
        done
        kill -STOP $looker
        ip netns add silent`);
      await node.until((topology) => named(topology, 'silent') !== undefined);
      await node.sh('ip link set d0 alias heard');
      await node.until(({ links }) => links.some(({ alias }) => alias === 'heard'));
      await node.sh('ip netns add later');
      await node.until((topology) => named(topology, 'later') !== undefined);
      assert.equal((await monitors()).length, 1, 'one watch, and nothing of the one before');
    });

    it(`starts the monitor again when it stands still, as the look ${how} sees`, async function () {
      this.timeout(60_000);
      node = await Followed.start(`ip link add d0 type bridge; ip link set d0 up; ${hide(...lacking)}`);
      const [monitor = ''] = await monitors();
      await node.sh(`kill -STOP ${monitor}; ip link set d0 alias unheard`);
      await node.until(({ links }) => links.some(({ alias }) => alias === 'unheard'));
      assert.notDeepEqual(await monitors(), [monitor]);
    });
  }

  it('starts no process on a node where nothing happens', async () => {
    node = await Followed.start('for n in a b c; do ip netns add $n; done');
    await node.converged();
    await node.confirmed();
    assert.equal(await countProcesses(node.sandbox, () => node.confirmed()), 0);
  });

  it('hears at least of namespaces and processes where there is no iproute2', async () => {
    node = await Followed.start(leaveBusybox);
    const pid = (await node.sh('unshare -n sleep 1000 </dev/null >/dev/null 2>&1 & echo $!')).trim();
    await node.until(({ namespaces }) =>
      namespaces.some(({ processes }) => processes.some((one) => String(one.pid) === pid)),
    );
  });

  const monitors = async (): Promise<string[]> => {
    const script = 'for p in /proc/[0-9]*; do [ "$(cat $p/comm)" = ip ] && echo ${p#/proc/}; done; true';
    return (await node.sh(script)).trim().split('\n');
  };
});
