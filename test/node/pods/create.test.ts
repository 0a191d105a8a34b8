import assert from 'node:assert/strict';
import { planCreatePods } from '../../../src/pods/create.ts';
import type { Plan, Step } from '../../../src/topology/plan.ts';
import { parseOutcome, planAsText, planAsUndoScript, renderScript } from '../../../src/pods/script.ts';
import { suggestAddress, suggestPodNames } from '../../../src/pods/suggest.ts';
import { PatchbayError } from '../../../src/util/errors.ts';
import { Bench, linkOf, namespaceOf, newBridge } from './bench.ts';

/** The plan with one more step, which fails. */
function failingAt(plan: Plan, at: number): Plan {
  const broken: Step = { argv: ['ip', 'link', 'set', 'dev', 'no-such-link', 'up'] };
  return { ...plan, steps: plan.steps.toSpliced(at, 0, broken) };
}

describe('creating pods, on a real kernel', function () {
  this.timeout(30_000);

  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.start();
  });

  afterEach(() => bench.dispose());

  it('makes a bridge and a pod that is reached and reaches', async () => {
    const topology = await bench.create({ names: ['web'], bridge: newBridge });
    assert.deepEqual(namespaceOf(topology, 'web').pod, { name: 'web', kind: 'patchbay' });
    const [bridge, eth0] = [linkOf(topology, 'node', 'cbr0'), linkOf(topology, 'web', 'eth0')];
    assert.equal(bridge.alias, 'patchbay:bridge');
    assert.equal(bridge.mac, '0a:58:0a:f4:00:01');
    assert.equal(bridge.addresses[0], '10.244.0.1/24');
    assert.equal(eth0.addresses[0], '10.244.0.2/24');
    const port = topology.links.find(({ id }) => id === eth0.peer);
    assert.equal(port?.master, bridge.id);
    assert.deepEqual(
      [port.alias, eth0.alias, linkOf(topology, 'web', 'lo').alias],
      Array(3).fill('patchbay:pod=web'),
    );
    assert.ok(linkOf(topology, 'web', 'lo').up);
    await bench.ping(null, '10.244.0.2');
    await bench.ping('web', '10.244.0.1');
    await bench.ping('web', '127.0.0.1');
  });

  it('makes twenty pods at once that all reach each other', async () => {
    const names = suggestPodNames(await bench.topology(), 20);
    const topology = await bench.create({ names, bridge: newBridge });
    assert.equal(topology.namespaces.filter(({ pod }) => pod?.kind === 'patchbay').length, 20);
    const addresses = names.map((name) => linkOf(topology, name, 'eth0').addresses[0]?.split('/')[0] ?? '');
    assert.equal(new Set(addresses).size, 20);
    const all = `for a in ${addresses.join(' ')}; do ping -c 1 -W 2 $a >/dev/null || exit; done`;
    await bench.sh(names.map((name) => `ip netns exec ${name} sh -c '${all}'`).join('\n'));
  });

  it('adds pods to what is there, and changes nothing of it', async () => {
    await bench.create({ names: ['web'], bridge: newBridge });
    const before = linkOf(await bench.topology(), 'node', 'cbr0');
    const topology = await bench.create({ names: ['db', 'cache'], bridge: { existing: before.id } });
    assert.equal(linkOf(topology, 'cache', 'eth0').addresses[0], '10.244.0.4/24');
    assert.equal(linkOf(topology, 'node', 'cbr0').mac, before.mac);
    await bench.ping('cache', '10.244.0.2');
  });

  it('does not change the address of a bridge whose MAC is the lowest of its ports', async () => {
    await bench.sh(`ip link add br0 type bridge
      ip link add uplink address f2:00:00:00:00:01 type veth peer name wire
      ip link set uplink master br0 up
      ip link set wire up
      ip link set br0 up
      ip addr add 10.1.0.1/24 dev br0`);
    const before = linkOf(await bench.topology(), 'node', 'br0');
    assert.equal(before.mac, 'f2:00:00:00:00:01');
    const names = suggestPodNames(await bench.topology(), 10);
    const topology = await bench.create({ names, bridge: { existing: before.id } });
    assert.equal(linkOf(topology, 'node', 'br0').mac, before.mac);
  });

  it('uses the MTU of the bridge, and copes with any name the kernel lets a bridge have', async () => {
    const name = `b'"$(id)\`<é>`;
    await bench.send(`ip link add name 'b'\\''"$(id)\`<é>' mtu 1400 type bridge
      ip link set dev 'b'\\''"$(id)\`<é>' up
      ip addr add 10.1.0.1/24 dev 'b'\\''"$(id)\`<é>'`);
    const bridge = linkOf(await bench.topology(), 'node', name);
    const topology = await bench.create({ names: ['web'], bridge: { existing: bridge.id } });
    assert.equal(linkOf(topology, 'web', 'eth0').mtu, 1400);
    await bench.ping('web', '10.1.0.1');
  });

  it('makes IPv6 pods, reachable at once', async () => {
    const bridge = { create: 'six', subnet: 'fd00:7::/64' };
    const topology = await bench.create({ names: ['web', 'db'], bridge });
    assert.ok(linkOf(topology, 'web', 'eth0').addresses.includes('fd00:7::2/64'));
    await bench.ping('web', 'fd00:7::3');
    await bench.ping('db', 'fd00:7::1');
  });

  it('makes pods without a default route on a bridge without an address', async () => {
    await bench.sh('ip link add br0 type bridge; ip link set br0 up');
    const bridge = { existing: linkOf(await bench.topology(), 'node', 'br0').id };
    await bench.create({ names: ['a', 'b'], bridge, addresses: ['10.9.0.1/29', '10.9.0.2/29'] });
    await bench.ping('a', '10.9.0.2');
    assert.equal(await bench.sh('ip -n a route show default'), '');
  });

  it('suggests an address that a host beyond the bridge does not have, and again that of a deleted pod', async () => {
    await bench.create({ names: ['web'], bridge: newBridge });
    await bench.sh(`ip link add out master cbr0 type veth peer name far
      ip link set out up
      unshare --net sh -c 'echo >/run/there; exec sleep 1000' </dev/null >/dev/null 2>&1 & pid=$!
      until [ -e /run/there ]; do :; done
      ip link set far netns $pid
      nsenter -t $pid -n sh -c 'ip addr add 10.244.0.3/24 dev far; ip link set far up'`);
    await bench.ping(null, '10.244.0.3');
    await bench.ping(null, '10.244.0.2');
    const topology = await bench.topology();
    const bridge = { existing: linkOf(topology, 'node', 'cbr0').id };
    assert.ok(topology.neighbours.some(({ address }) => address === '10.244.0.3'));
    // As if the far host were on another machine: its links are not among those that are known.
    const far = topology.links.find(({ name }) => name === 'far');
    const elsewhere = { ...topology, links: topology.links.filter((link) => link !== far) };
    assert.equal(suggestAddress(elsewhere, bridge), '10.244.0.4');
    await bench.run(await bench.planDelete(['web']));
    const after = await bench.topology();
    assert.ok(after.neighbours.some(({ address }) => address === '10.244.0.2'));
    assert.equal(suggestAddress(after, bridge), '10.244.0.2');
  });

  it('does by hand what the script does, and takes it back with the undo', async () => {
    await bench.sh('ip link set lo up; mkdir -p /run/netns');
    const empty = await bench.state();
    const plan = planCreatePods(await bench.topology(), { names: ['web', 'db'], bridge: newBridge });
    await bench.sh(planAsText(plan));
    await bench.ping('web', '10.244.0.3');
    await bench.sh(planAsUndoScript(plan));
    assert.deepEqual(await bench.state(), empty);
  });
});

describe('creating pods that fails in the middle', function () {
  this.timeout(30_000);

  let bench: Bench;
  let before: unknown;

  beforeEach(async () => {
    bench = await Bench.start();
    await bench.create({ names: ['old'], bridge: { create: 'br0', subnet: '10.1.0.0/24' } });
    await bench.sh('ip netns add theirs; ip link add their-veth type veth peer name other netns theirs');
    before = await bench.state();
  });

  afterEach(() => bench.dispose());

  it('leaves the node exactly as it was, wherever it fails', async () => {
    const plan = planCreatePods(await bench.topology(), { names: ['web', 'db'], bridge: newBridge });
    for (let at = 0; at <= plan.steps.length; at++) {
      const broken = failingAt(plan, at);
      const output = await bench.send(renderScript(broken));
      assert.equal(output.stdout, `patchbay: failed ${at}\n`);
      assert.throws(() => parseOutcome(broken, output), {
        code: 'command-failed',
        message:
          /^Creating 2 pods on new bridge cbr0 failed at `ip link set dev no-such-link up`: Cannot find device/,
      });
      assert.deepEqual(await bench.state(), before, `failing at step ${at}`);
    }
    await bench.run(plan);
  }).timeout(60_000);

  it('does not take away what another made meanwhile under the same name', async () => {
    const plan = planCreatePods(await bench.topology(), { names: ['web', 'db'], bridge: newBridge });
    await bench.sh('ip netns add db; ip -n db link set lo up');
    const changed = await bench.state();
    await assert.rejects(bench.run(plan), (error) => {
      assert.ok(error instanceof PatchbayError);
      assert.match(
        error.message,
        /failed at `ip netns add db`: .*File exists\. Everything was taken back\.$/,
      );
      return true;
    });
    assert.deepEqual(await bench.state(), changed);
  });

  it('does not take away a bridge that another made meanwhile', async () => {
    const plan = planCreatePods(await bench.topology(), { names: ['web'], bridge: newBridge });
    await bench.sh('ip link add cbr0 type bridge');
    const changed = await bench.state();
    await assert.rejects(bench.run(plan), /RTNETLINK answers: File exists\. Nothing was changed\.$/);
    assert.deepEqual(await bench.state(), changed);
  });

  it('does not leave a pod behind when its bridge went away meanwhile', async () => {
    const bridge = { existing: linkOf(await bench.topology(), 'node', 'br0').id };
    const plan = planCreatePods(await bench.topology(), { names: ['web'], bridge });
    await bench.sh('ip link set br0 name br1');
    const changed = await bench.state();
    await assert.rejects(bench.run(plan), /Everything was taken back/);
    assert.deepEqual(await bench.state(), changed);
  });
});
