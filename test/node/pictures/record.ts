/**
 * Records test/fixtures/KERNEL-IPROUTE2/nodes/: real nodes for the stored pictures of the panel (test/harness/panel/pictures). Run it
 * as root, with what the tests of containers need: `node test/node/pictures/record.ts [name…]`.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Snapshot } from '../../../src/iproute/snapshot.ts';
import { seedLab } from '../../../src/session/labSeed.ts';
import { readNode } from '../../../src/session/readNode.ts';
import { writeRecording } from '../../../src/session/recording.ts';
import { openLab } from '../../../src/transport/lab/openLab.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { startContainerNode } from '../runtimes/containerNode.ts';
import { image, podman, preparePodman } from '../runtimes/podman.ts';
import { hide } from '../support/hide.ts';
import { sh } from '../trace/wiring.ts';

/** Shell functions that the nodes are made with. */
const words = `
  bridge() {
    ip link add "$1" type bridge
    [ "$2" = "" ] || ip addr add "$2" dev "$1"
    ip link set "$1" up
  }
  pod() {
    ip netns add "$1"
    ip -n "$1" link set lo up
    ip link add "veth-$1" type veth peer name eth0 netns "$1"
    ip link set "veth-$1" up master "$2"
    ip -n "$1" addr add "$3" dev eth0
    ip -n "$1" link set eth0 up
  }
  cable() {
    ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
    ip -n "$1" link set "$2" up
    ip -n "$3" link set "$4" up
  }
  node() {
    ip netns add "$1"
    ip -n "$1" link set lo up
  }
`;

/** Pods with a route each and no bridge, one that routes between two bridges, one with a bridge and a guest of its own, a macvlan. */
const routed = `
  bridge br-left 10.1.0.1/24
  bridge br-right 10.2.0.1/24
  pod alpha br-left 10.1.0.10/24
  pod beta br-left 10.1.0.11/24
  pod gamma br-right 10.2.0.12/24
  node router
  for side in left:1 right:2; do
    name=\${side%:*} net=\${side#*:}
    ip link add "r-$name" type veth peer name "$name" netns router
    ip link set "r-$name" up master "br-$name"
    ip -n router addr add "10.$net.0.254/24" dev "$name"
    ip -n router link set "$name" up
  done
  for number in 5 6 7 8; do
    node "calico-$number"
    ip link add "cali$number" type veth peer name eth0 netns "calico-$number"
    ip link set "cali$number" up
    ip -n "calico-$number" addr add "10.9.0.$number/32" dev eth0
    ip -n "calico-$number" link set eth0 up
    ip route add "10.9.0.$number/32" dev "cali$number"
  done
  node nested-host
  node nested-guest
  ip link add veth-nest type veth peer name up0 netns nested-host
  ip link set veth-nest up master br-right
  ip -n nested-host addr add 10.2.0.77/24 dev up0
  ip -n nested-host link set up0 up
  ip -n nested-host link add br-in type bridge
  ip -n nested-host addr add 10.77.0.1/24 dev br-in
  ip -n nested-host link set br-in up
  cable nested-host veth-in nested-guest eth0
  ip -n nested-host link set veth-in master br-in
  ip -n nested-guest addr add 10.77.0.2/24 dev eth0
  node far
  ip link add eth0 type veth peer name port7 netns far
  ip -n far link set port7 up
  ip addr add 192.168.12.7/24 dev eth0
  ip link set eth0 up
  node mac-pod
  ip link add mv0 link eth0 netns mac-pod type macvlan mode bridge
  ip -n mac-pod addr add 192.168.12.99/24 dev mv0
  ip -n mac-pod link set mv0 up
`;

/** From 12 pods on the first to none on the last. */
const tenBridges = `
  net=0
  for group in ingress:12 shop:9 cart:6 search:6 mail:4 auth:4 batch:3 metrics:2 build:1 spare:0; do
    name=\${group%:*} pods=\${group#*:} net=$((net + 1))
    bridge "br-$name" "10.60.$net.1/24"
    number=0
    while [ "$number" -lt "$pods" ]; do
      number=$((number + 1))
      pod "$name-$number" "br-$name" "10.60.$net.$((number + 1))/24"
    done
  done
`;

/** Two networks, a pod on one, and a container on both. Who asks for podman by its name gets the one that made them. */
const containers = `
  ${hide('docker', 'crictl', 'nerdctl')}
  cp "$(command -v podman)" /run/podman/program
  sed 's|exec podman|exec /run/podman/program|' ${podman} >/run/podman/client
  chmod +x /run/podman/client
  ${podman} network create --subnet 10.89.0.0/24 backend
  ${podman} pod create --name shop --infra-name shop-infra --infra-image ${image} \\
    --infra-command '/bin/sleep 1000' --share-parent=false
  ${podman} run --detach --pod shop --name web ${image} /bin/sleep 1000
  ${podman} run --detach --pod shop --name sidecar ${image} /bin/sleep 1000
  ${podman} run --detach --name mailer ${image} /bin/sleep 1000
  ${podman} run --detach --name cache --network backend ${image} /bin/sleep 1000
  ${podman} run --detach --name ledger --network backend ${image} /bin/sleep 1000
  ${podman} run --detach --name proxy --network podman,backend ${image} /bin/sleep 1000
  ${podman} run --detach --name agent --network host ${image} /bin/sleep 1000
  mount --bind /run/podman/client "$(command -v podman)"
`;

async function readLab(prepare: (transport: Transport) => Promise<unknown>): Promise<Snapshot> {
  const transport = await openLab();
  try {
    await prepare(transport);
    return await readSettled(transport);
  } finally {
    transport.dispose();
  }
}

async function readPodman(): Promise<Snapshot> {
  const node = await startContainerNode('v2');
  try {
    await preparePodman(node);
    await node.sh(containers);
    return await readSettled(node.transport, '"name":"proxy"');
  } finally {
    await node.dispose();
  }
}

/**
 * Reads a node at rest: a port listens for a moment before it forwards, an address is tentative at first, and a runtime may take
 * too long to tell a name.
 */
async function readSettled(transport: Transport, container = ''): Promise<Snapshot> {
  for (;;) {
    const { snapshot } = await readNode(transport);
    const text = JSON.stringify(snapshot);
    if (!/"state":"(listening|learning)"|"tentative":true/.test(text) && text.includes(container)) {
      return snapshot;
    }
  }
}

const wire =
  (script: string) =>
  (transport: Transport): Promise<unknown> =>
    sh(transport, `${words}\n${script}`);

const nodes: Readonly<Record<string, () => Promise<Snapshot>>> = {
  'two-pods': () => readLab(seedLab),
  'ten-bridges': () => readLab(wire(tenBridges)),
  podman: readPodman,
  routed: () => readLab(wire(routed)),
};

const wanted = process.argv.slice(2);
for (const [name, read] of Object.entries(nodes)) {
  if (wanted.length === 0 || wanted.includes(name)) {
    const snapshot = await read();
    // The name of the machine that recorded it is nobody's business.
    const node = { ...snapshot.node, hostname: `${name}-node` };
    const kernel = node.kernel.split('-')[0] ?? '';
    const tools = /iproute2-([\d.]+)/.exec(node.iproute2)?.[1] ?? '';
    const folder = join(import.meta.dirname, '../../fixtures', `linux-${kernel}-iproute2-${tools}`, 'nodes');
    await mkdir(folder, { recursive: true });
    await writeRecording(join(folder, `${name}.patchbay.json`), { ...snapshot, node });
  }
}
