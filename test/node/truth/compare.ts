import assert from 'node:assert/strict';
import type { Link, Topology } from '../../../src/topology/topology.ts';
import type { Model } from './model.ts';

/** As `stackedKinds` and `plainKinds` make them. */
const modes: Readonly<Record<string, string>> = {
  macvlan: 'bridge',
  macvtap: 'bridge',
  ipvlan: 'l2',
  bond: 'balance-rr',
  tun: 'tap',
};

/** Compares what the model says and what was read, in the same words; throws where they differ. */
export function compare(model: Model, holders: ReadonlyMap<number, number>, topology: Topology): void {
  assert.deepEqual(topology.unknown, []);
  const ids = model.namespaces.map((namespace, i) => {
    const found = topology.namespaces.find((candidate) =>
      namespace.kind === 'root'
        ? candidate.root
        : namespace.kind === 'named'
          ? candidate.names.includes(`/run/netns/${namespace.name}`)
          : candidate.processes.some(({ pid }) => pid === holders.get(i)),
    );
    assert.ok(found, `namespace ${namespace.name} was not found`);
    return found.id;
  });
  assert.equal(topology.namespaces.length, model.namespaces.length);
  const read = new Map(topology.links.map((link) => [JSON.stringify([link.namespace, link.name]), link]));
  const linkAt = (i: number | null): Link | undefined => {
    const link = i === null ? undefined : model.links[i];
    return link && read.get(JSON.stringify([ids[link.namespace], link.name]));
  };
  for (const [i, link] of model.links.entries()) {
    const found = linkAt(i);
    assert.ok(found, `link ${JSON.stringify(link.name)} was not found`);
    assert.deepEqual(
      {
        kind: found.kind,
        ifindex: link.ifindex === null ? null : found.ifindex,
        alias: found.alias,
        up: found.up,
        address: found.addresses.find((address) => address.startsWith('10.')) ?? null,
        peer: found.peer,
        peerUnknown: found.peerUnknown,
        master: found.master,
        mode: found.mode,
        vni: found.tunnel?.vni ?? null,
        isPort: found.port !== null,
      },
      {
        kind: link.kind,
        ifindex: link.ifindex,
        alias: link.alias,
        up: link.up,
        address: link.address,
        peer: linkAt(link.peer)?.id ?? null,
        peerUnknown: null,
        master: linkAt(link.master)?.id ?? null,
        mode: modes[link.kind] ?? null,
        vni: ['vxlan', 'geneve'].includes(link.kind) ? 7 : null,
        isPort: linkAt(link.master)?.kind === 'bridge',
      },
    );
    const edge = topology.edges.find(({ kind, a }) => kind === 'lower' && a === found.id);
    if (edge) {
      assert.equal(edge.b, linkAt(link.lower)?.id, 'a link lies on the wrong one');
    } else {
      assert.equal(link.lower, null, `${link.name} lies on nothing`);
    }
  }
  const loopbacks = model.namespaces.length;
  assert.equal(topology.links.filter(({ kind }) => kind !== 'loopback').length, model.links.length);
  assert.equal(topology.links.filter(({ kind }) => kind === 'loopback').length, loopbacks);
}
