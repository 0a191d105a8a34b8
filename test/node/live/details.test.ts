import assert from 'node:assert/strict';
import type { Namespace, Topology } from '../../../src/topology/topology.ts';
import { isCancelled } from '../../../src/util/errors.ts';
import { Followed } from './follow.ts';

/** Told by no event, and by no reading of the wiring. */
const silent = 'ipv4.icmp_echo_ignore_all';

describe('details of a namespace, while the node is followed', () => {
  let node: Followed;

  afterEach(() => node.dispose());

  const web = (topology: Topology | null): Namespace => {
    const found = topology?.namespaces.find(({ name }) => name === 'web');
    assert.ok(found);
    return found;
  };

  const setSilent = (value: number): Promise<string> =>
    node.sh(`ip netns exec web sh -c 'echo ${value} >/proc/sys/net/ipv4/icmp_echo_ignore_all'`);

  /** Makes the namespace be read anew. */
  const touch = (mtu: number): Promise<Topology> => {
    const seen = node.until(({ links }) => links.some((link) => link.mtu === mtu));
    return node.sh(`ip -n web link set lo mtu ${mtu}`).then(() => seen);
  };

  it('are read again after the namespace changed, and dated', async () => {
    node = await Followed.start('ip netns add web');
    await node.converged();
    const read = web(await node.session.readDetails(web(node.session.topology).id));
    assert.deepEqual([read.switches?.[silent], read.unread], [0, []]);
    await setSilent(1);
    await touch(1400);
    const again = web(await node.until((topology) => web(topology).switches?.[silent] === 1));
    assert.ok(read.stateReadAt !== null && again.stateReadAt !== null);
    assert.ok(again.stateReadAt > read.stateReadAt);
  });

  it('stay with their date while only others change', async () => {
    node = await Followed.start('ip netns add web; ip netns add other');
    await node.converged();
    const { stateReadAt } = web(await node.session.readDetails(web(node.session.topology).id));
    await node.sh('ip -n other link set lo mtu 1400');
    const later = await node.until(({ links }) => links.some(({ mtu }) => mtu === 1400));
    assert.deepEqual([web(later).unread, web(later).stateReadAt], [[], stateReadAt]);
  });

  it('are not those of a namespace that had the same inode', async function () {
    this.timeout(120_000);
    node = await Followed.start('ip netns add web');
    for (let round = 0, isSame = false; !isSame; round++) {
      await setSilent(1);
      const id = await node.inodeOf('web');
      await node.until(({ namespaces }) => namespaces.some((one) => one.id === id && one.name === 'web'));
      assert.equal(web(await node.session.readDetails(id)).switches?.[silent], 1);
      isSame = await node.replace('web', `ip -n web link add new${round} type bridge`);
      await node.until(({ links }) => links.some(({ name }) => name === `new${round}`));
    }
    assert.notEqual(web(node.session.topology).switches?.[silent], 1);
  });

  it('are in the topology when a reading that began before them has ended', async () => {
    node = await Followed.start('ip netns add web');
    const { id } = web(node.session.topology);
    const [refreshed, read] = await Promise.all([node.session.refresh(), node.session.readDetails(id)]);
    assert.deepEqual(web(read).unread, []);
    assert.notDeepEqual(web(refreshed).unread, [], 'one after the other');
    assert.deepEqual(web(node.session.topology).unread, []);
  });

  it('are waited for no longer than their reader wants', async () => {
    node = await Followed.start('ip netns add web');
    const reading = new AbortController();
    const refreshed = node.session.refresh();
    const details = node.session.readDetails(web(node.session.topology).id, reading.signal);
    reading.abort();
    await assert.rejects(details, isCancelled);
    assert.notDeepEqual(web(await refreshed).unread, []);
  });

  it('of a namespace that is gone are refused', async () => {
    node = await Followed.start('ip netns add web');
    const { id } = web(node.session.topology);
    await node.sh('ip netns del web');
    await assert.rejects(node.session.readDetails(id), { code: 'not-found' });
  });
});
