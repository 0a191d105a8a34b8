import assert from 'node:assert/strict';
import { collectSnapshot } from '../../../src/iproute/collect.ts';
import type { Snapshot } from '../../../src/iproute/snapshot.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import type { Link, Topology } from '../../../src/topology/topology.ts';
import { openLab } from '../../../src/transport/lab/openLab.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { PatchbayError } from '../../../src/util/errors.ts';

/** Runs a script in the lab; fails the test with what it said. */
async function sh(transport: Transport, script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await transport.exec(['sh', '-e', '-s'], { stdin: script });
  assert.equal(exitCode, 0, stderr);
  return stdout;
}

function linkOf(topology: Topology, namespace: string, name: string): Link {
  const id = topology.namespaces.find((candidate) => candidate.name === namespace)?.id;
  const link = topology.links.find((candidate) => candidate.namespace === id && candidate.name === name);
  assert.ok(link, `no link ${name} in ${namespace}`);
  return link;
}

describe('collectSnapshot, on a real kernel over real SSH', () => {
  let transport: Transport;

  beforeEach(async () => {
    transport = await openLab();
  });

  afterEach(() => transport.dispose());

  const inspect = async (): Promise<Topology> => buildTopology(await collectSnapshot(transport));

  it('reads two pods on a bridge: addresses, cables, ports, routes, neighbours and the FDB', async () => {
    await sh(
      transport,
      `ip link add cbr0 type bridge
       ip addr add 10.244.0.1/24 dev cbr0
       ip link set cbr0 up
       for n in 2 3; do
         ip netns add pod$n
         ip link add veth$n type veth peer name eth0 netns pod$n
         ip link set veth$n up master cbr0
         ip -n pod$n addr add 10.244.0.$n/24 dev eth0
         ip -n pod$n link set eth0 up
         ip -n pod$n route add default via 10.244.0.1
       done
       ip netns exec pod2 ping -c 1 -W 2 10.244.0.3 >/dev/null`,
    );
    const topology = await inspect();
    assert.deepEqual(topology.unknown, []);
    assert.deepEqual(
      topology.namespaces.map(({ name }) => name),
      ['node', 'pod2', 'pod3'],
    );
    const bridge = linkOf(topology, 'node', 'cbr0');
    const port = linkOf(topology, 'node', 'veth2');
    const eth0 = linkOf(topology, 'pod2', 'eth0');
    assert.equal(bridge.kind, 'bridge');
    assert.deepEqual(bridge.addresses.slice(0, 1), ['10.244.0.1/24']);
    assert.equal(port.peer, eth0.id);
    assert.equal(eth0.peer, port.id);
    assert.equal(port.master, bridge.id);
    assert.equal(port.portState, 'forwarding');
    assert.equal(eth0.addresses[0], '10.244.0.2/24');
    assert.ok(topology.edges.some(({ kind, a, b }) => kind === 'port' && a === port.id && b === bridge.id));
    assert.equal(topology.edges.filter(({ kind }) => kind === 'veth').length, 2);
    const gateway = topology.routes.find(
      (route) => route.link === eth0.id && route.destination === 'default',
    );
    assert.equal(gateway?.gateway, '10.244.0.1');
    const other = linkOf(topology, 'pod3', 'eth0');
    assert.ok(
      topology.neighbours.some(
        ({ link, address, mac }) => link === eth0.id && address === '10.244.0.3' && mac === other.mac,
      ),
    );
    const learned = topology.fdb.find((entry) => entry.mac === other.mac && entry.bridge === bridge.id);
    assert.equal(learned?.link, linkOf(topology, 'node', 'veth3').id);
  });

  it('finds namespaces that only processes hold, and links between two of them', async () => {
    const [a, b] = (
      await sh(
        transport,
        `unshare --net sleep 1000 </dev/null >/dev/null 2>&1 & a=$!
         unshare --net sleep 1000 </dev/null >/dev/null 2>&1 & b=$!
         for pid in $a $b; do
           until [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/self/ns/net)" ] && [ "$(cat /proc/$pid/comm)" = sleep ]; do :; done
         done
         ip link add left type veth peer name right
         ip link set left netns $a
         ip link set right netns $b
         echo $a $b`,
      )
    )
      .trim()
      .split(' ');
    const topology = await inspect();
    const held = topology.namespaces.filter(({ root }) => !root);
    assert.deepEqual(held.map(({ processes }) => String(processes[0]?.pid)).sort(), [a, b].sort());
    assert.equal(held[0]?.pod?.kind, 'process');
    const left = topology.links.find(({ name }) => name === 'left');
    assert.equal(left?.peer, topology.links.find(({ name }) => name === 'right')?.id);
  });

  it('survives hostile names of namespaces, links, aliases and processes', async () => {
    const hostile = [
      `$(reboot)`,
      `'; rm -rf ~`,
      `<img src=x onerror=alert(1)>`,
      'new\nline',
      'back\\slash\\040',
      ' blank ',
      '😀',
      '-n',
      '[x]',
    ];
    await sh(
      transport,
      hostile
        .map(
          (name, i) => `ip netns add ${quote(name)}
ip link add d${i} type veth peer name h${i}
ip link set d${i} alias ${quote(name)}
ip link set d${i} netns ${quote(name)}`,
        )
        .join('\n'),
    );
    const topology = await inspect();
    assert.deepEqual(topology.unknown, []);
    for (const [i, name] of hostile.entries()) {
      assert.equal(linkOf(topology, name, `d${i}`).alias, name);
    }
  });

  it('keeps apart links with equal indexes in different namespaces', async () => {
    await sh(
      transport,
      `for n in a b c; do ip netns add $n; done
       ip -n a link add x index 7 type veth peer name y index 7 netns b
       ip -n b link add z index 9 type veth peer name z index 9 netns c`,
    );
    const topology = await inspect();
    assert.equal(linkOf(topology, 'a', 'x').peer, linkOf(topology, 'b', 'y').id);
    assert.equal(linkOf(topology, 'b', 'z').peer, linkOf(topology, 'c', 'z').id);
    assert.equal(new Set(topology.links.map(({ id }) => id)).size, topology.links.length);
  });

  it('does not take a file in /run/netns for a namespace', async () => {
    await sh(transport, 'ip netns add real; touch /run/netns/plain');
    const topology = await inspect();
    assert.deepEqual(
      topology.namespaces.map(({ name }) => name),
      ['node', 'real'],
    );
    assert.deepEqual(topology.unknown, []);
  });

  it('takes no way in that leads elsewhere: a mount under another mount', async () => {
    await sh(
      transport,
      `for n in a b; do ip netns add $n; ip -n $n link add of_$n type bridge; done
       ip netns exec a sleep 1000 </dev/null >/dev/null 2>&1 &
       until [ /proc/$!/ns/net -ef /run/netns/a ]; do :; done
       mount --bind /run/netns/b /run/netns/a`,
    );
    const topology = await inspect();
    const namesAround = (name: string): readonly string[] | undefined => {
      const link = topology.links.find((candidate) => candidate.name === name);
      return topology.namespaces.find(({ id }) => id === link?.namespace)?.names;
    };
    assert.deepEqual(namesAround('of_a'), []);
    assert.deepEqual([...(namesAround('of_b') ?? [])].sort(), ['/run/netns/a', '/run/netns/b']);
  });

  it('reads a node whose namespaces come and go meanwhile', async () => {
    const churn = await transport.spawn([
      'sh',
      '-c',
      'cat >/dev/null & while kill -0 $! 2>/dev/null; do ip netns add gone; ip netns del gone; done',
    ]);
    await sh(transport, 'for n in $(seq 20); do ip netns add n$n; done');
    for (let i = 0; i < 10; i++) {
      const topology = await inspect();
      const names = topology.namespaces.map(({ name }) => name).filter((name) => name !== 'gone');
      assert.equal(names.length, 21);
    }
    churn.endInput();
    await churn.exit;
  });

  it('shows the root namespace first', async () => {
    await sh(transport, 'for n in $(seq 30); do ip netns add n$n; done');
    const partial: Snapshot[] = [];
    await collectSnapshot(transport, { onPartial: (snapshot) => void partial.push(snapshot) });
    assert.ok(partial[0]);
    assert.notEqual(partial[0].namespaces[0]?.links, null);
    assert.equal(partial[0].namespaces[0]?.root, true);
  });

  it('reads again only what is not clean, and what is new', async () => {
    await sh(transport, 'ip netns add a; ip netns add b');
    const snapshot = await collectSnapshot(transport);
    await sh(transport, 'ip -n a link set lo up; ip -n b link set lo up; ip netns add c');
    const idOf = (name: string): string =>
      snapshot.namespaces.find(({ paths }) => paths.includes(`/run/netns/${name}`))?.id ?? '';
    const clean = new Set(snapshot.namespaces.map(({ id }) => id).filter((id) => id !== idOf('a')));
    const again = buildTopology(await collectSnapshot(transport, { previous: { snapshot, clean } }));
    assert.equal(linkOf(again, 'a', 'lo').up, true);
    assert.equal(linkOf(again, 'b', 'lo').up, false);
    assert.equal(linkOf(again, 'c', 'lo').up, false);
  });

  it('rejects when it is cancelled', async () => {
    const abort = new AbortController();
    const reading = collectSnapshot(transport, { signal: abort.signal });
    abort.abort();
    await assert.rejects(reading, (error) => error instanceof PatchbayError && error.code === 'cancelled');
  });
});

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
