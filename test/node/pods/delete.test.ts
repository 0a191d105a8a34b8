import assert from 'node:assert/strict';
import { planAsText } from '../../../src/pods/script.ts';
import { Bench, linkOf, namespaceOf, newBridge } from './bench.ts';

describe('deleting pods, on a real kernel', function () {
  this.timeout(30_000);

  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.start();
    await bench.sh('mkdir -p /run/netns');
  });

  afterEach(() => bench.dispose());

  it('removes all that creating made, bridge included', async () => {
    const empty = await bench.state();
    await bench.create({ names: ['web', 'db', 'cache'], bridge: newBridge });
    await bench.run(await bench.planDelete(['web', 'db', 'cache'], { withBridge: true }));
    assert.deepEqual(await bench.state(), empty);
  });

  it('removes only what was chosen and only what is ours', async () => {
    await bench.create({ names: ['web'], bridge: newBridge });
    await bench.sh(`ip netns add theirs
      ip link add their-veth master cbr0 type veth peer name eth0 netns theirs
      ip link set their-veth up`);
    const before = await bench.state();
    const bridge = { existing: linkOf(await bench.topology(), 'node', 'cbr0').id };
    await bench.create({ names: ['db'], bridge });
    await bench.run(await bench.planDelete(['db'], { withBridge: true }));
    assert.deepEqual(await bench.state(), before);
    await assert.rejects(bench.planDelete(['theirs']), /theirs was not made by Patchbay/);
    const plan = await bench.planDelete(['web'], { withBridge: true });
    assert.deepEqual(plan.warnings, ['cbr0 stays: their-veth is still plugged in.']);
    await bench.run(plan);
    const left = (await bench.topology()).namespaces.map(({ name }) => name);
    assert.deepEqual(left.toSorted(), ['node', 'theirs']);
  });

  it('can be repeated when it stopped half-way', async () => {
    await bench.create({ names: ['web'], bridge: newBridge });
    const plan = await bench.planDelete(['web']);
    const [first = { argv: [] }] = plan.steps;
    await bench.run({ ...plan, steps: [first] });
    assert.equal(namespaceOf(await bench.topology(), 'web').pod?.kind, 'patchbay');
    const again = await bench.planDelete(['web']);
    assert.equal(planAsText(again), 'ip netns del web\n');
    await bench.run(again);
    assert.deepEqual(
      (await bench.topology()).namespaces.map(({ name }) => name),
      ['node'],
    );
  });

  it('stops before it deletes a namespace that another made meanwhile under the same name', async () => {
    await bench.create({ names: ['web'], bridge: newBridge });
    const plan = await bench.planDelete(['web']);
    await bench.run(plan);
    await bench.sh('ip netns add web');
    await assert.rejects(
      bench.run(plan),
      /^PatchbayError: Deleting pod web failed at `ip link del dev veth-web-/,
    );
    assert.ok(namespaceOf(await bench.topology(), 'web'));
  });

  it('follows a cable whose outer end was moved into another namespace', async () => {
    const topology = await bench.create({ names: ['web'], bridge: newBridge });
    const outer = topology.links.find(({ id }) => id === linkOf(topology, 'web', 'eth0').peer);
    await bench.sh(`ip netns add theirs; ip link set ${outer?.name ?? ''} netns theirs
      ip link add ${outer?.name ?? ''} type bridge`);
    await bench.run(await bench.planDelete(['web']));
    const after = await bench.topology();
    assert.ok(linkOf(after, 'node', outer?.name ?? ''));
    assert.deepEqual(
      after.links.filter(({ alias }) => alias === 'patchbay:pod=web'),
      [],
    );
  });

  it('warns of the processes that run on, and lets them', async () => {
    await bench.create({ names: ['web'], bridge: newBridge });
    await bench.sh(`ip netns exec web sh -c 'echo $$ >/run/pid; exec sleep 1000' </dev/null >/dev/null 2>&1 &
      until [ -s /run/pid ] && [ "$(cat /proc/$(cat /run/pid)/comm)" = sleep ]; do :; done`);
    const plan = await bench.planDelete(['web']);
    assert.match(plan.warnings.join(), /^1 process of web will run on without a network: sleep \(\d+\)\.$/);
    await bench.run(plan);
    const after = await bench.topology();
    assert.deepEqual(
      after.namespaces.map(({ pod }) => pod?.kind),
      [undefined, 'process'],
    );
    assert.equal(await bench.sh('cat /proc/$(cat /run/pid)/comm'), 'sleep\n');
  });
});
