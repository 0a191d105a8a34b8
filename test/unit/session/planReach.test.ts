import assert from 'node:assert/strict';
import { planCreatePods } from '../../../src/pods/create.ts';
import { planDeletePods } from '../../../src/pods/delete.ts';
import { planReach } from '../../../src/session/planReach.ts';
import type { Plan } from '../../../src/topology/plan.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { idOf, topologyOf, type NamespaceSketch, type Sketch } from '../pods/sketch.ts';

const lo = { kind: 'loopback', addresses: ['127.0.0.1/8'] };

function podOf(name: string, more: NamespaceSketch['links'] = {}): NamespaceSketch {
  const alias = `patchbay:pod=${name}`;
  return {
    links: { lo: { ...lo, alias }, eth0: { kind: 'veth', alias, peer: `node/veth-${name}` }, ...more },
  };
}

const portOf = (name: string): Sketch[string]['links'][string] => ({
  kind: 'veth',
  alias: `patchbay:pod=${name}`,
  peer: `${name}/eth0`,
  master: 'cbr0',
});

const wired: Sketch = {
  node: {
    links: {
      lo,
      eth0: {},
      cbr0: { kind: 'bridge', alias: 'patchbay:bridge', addresses: ['10.244.0.1/24'] },
      'veth-web': portOf('web'),
      'veth-db': portOf('db'),
      'veth-hub': portOf('hub'),
    },
  },
  web: podOf('web', { direct: { kind: 'veth', peer: 'hub/direct' } }),
  db: podOf('db'),
  hub: podOf('hub', { direct: { kind: 'veth', peer: 'web/direct' } }),
};
const topology = cabled(topologyOf(wired));

const reachOf = (...argv: string[]): readonly string[] | null =>
  reach({ title: '', steps: [{ argv }], warnings: [] });

function reach(plan: Plan): readonly string[] | null {
  const found = planReach(plan, topology);
  return found && [...found].sort();
}

function cabled(sketched: Topology): Topology {
  const edges = sketched.links.flatMap(({ id, peer }) =>
    peer !== null && id < peer ? [{ kind: 'veth', a: id, b: peer } as const] : [],
  );
  return { ...sketched, edges };
}

const ids = (...names: string[]): readonly string[] => names.map((name) => `id-${name}`).sort();

describe('How far a plan reaches', () => {
  it('is the node and no pod, where a pod is made', () => {
    const bridge = { existing: idOf(wired, 'node/cbr0') };
    const plan = planCreatePods(topology, { names: ['new'], bridge });
    assert.deepEqual(reach(plan), ids('node'));
  });

  it('is a pod that is deleted, and what its cables lead to', () => {
    const plan = planDeletePods(topology, ['id-web'], { connection: null });
    assert.deepEqual(reach(plan), ids('node', 'web', 'hub'));
  });

  it('is the pod at the other end of a cable that is named on the node', () => {
    assert.deepEqual(reachOf('ip', 'link', 'set', 'dev', 'veth-db', 'down'), ids('node', 'db'));
  });

  it('is a namespace by its path, as nsenter has it', () => {
    assert.deepEqual(
      reachOf('nsenter', '--net=/run/netns/db', '--', 'ip', 'link', 'set', 'dev', 'lo', 'down'),
      ids('node', 'db'),
    );
  });

  it('counts what takes a step back', () => {
    const plan = {
      title: '',
      steps: [
        { argv: ['ip', 'link', 'set', 'lo', 'up'], undo: ['ip', '-n', 'db', 'link', 'set', 'lo', 'down'] },
      ],
      warnings: [],
    };
    assert.deepEqual(reach(plan), ids('node', 'db'));
  });

  it('is not known of a program that is not iproute2', () => {
    assert.equal(reachOf('sysctl', '-w', 'net.ipv4.ip_forward=1'), null);
  });

  it('is not known where a cable leads nobody knows where', () => {
    const unsure = topology.links.map((link) =>
      link.peer === 'id-db:2' ? { ...link, peer: null, peerUnknown: 'ambiguous' as const } : link,
    );
    const plan = { title: '', steps: [{ argv: ['ip', 'link', 'del', 'veth-db'] }], warnings: [] };
    assert.equal(planReach(plan, { ...topology, links: unsure }), null);
  });
});
