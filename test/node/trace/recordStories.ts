/**
 * Records test/fixtures/KERNEL-IPROUTE2/stories.patchbay.json: a node with the traces of one session, as people save it.
 * Run it as root: `node test/node/trace/recordStories.ts`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatSnapshot } from '../../../src/iproute/snapshot.ts';
import { NodeSession } from '../../../src/session/nodeSession.ts';
import { resolveEndpoint } from '../../../src/trace/endpoint.ts';
import type { ProbeWish } from '../../../src/trace/probe.ts';
import { openLab } from '../../../src/transport/lab/openLab.ts';
import { listen, sh, wiring } from './wiring.ts';

/** An outside that knows no way back to the pods, and a service. */
const more = `
  ip netns add outside
  ip link add up0 type veth peer name eth0 netns outside
  ip link set up0 up; ip -n outside link set eth0 up; ip -n outside link set lo up
  ip addr add 203.0.113.1/24 dev up0; ip -n outside addr add 203.0.113.2/24 dev eth0
  ip route add default via 203.0.113.2
  nft 'table ip nat {
    chain post { type nat hook postrouting priority srcnat; ip saddr 10.244.0.0/24 oifname "up0" masquerade; }
    chain pre { type nat hook prerouting priority dstnat; ip daddr 10.96.0.10 tcp dport 80 dnat to 10.245.0.2:8080; }
  }'
`;

/** As after a long silence: no table has learned anything. */
const forget = `
  for pod in web db third far; do ip -n $pod neigh flush all; done; ip neigh flush all
  ip link set cbr0 type bridge fdb_flush; ip link set cbr1 type bridge fdb_flush
`;

interface Story {
  readonly from: string;
  readonly to: string;
  readonly probe?: ProbeWish;
  readonly before?: string;
}

const stories: readonly Story[] = [
  { from: 'web', to: 'db', before: forget },
  { from: 'web', to: 'fd00:244::3', before: forget },
  { from: 'web', to: 'far', before: forget },
  { from: 'web', to: '203.0.113.2' },
  { from: 'web', to: '10.96.0.10', probe: { kind: 'tcp', port: 80 } },
  { from: 'web', to: 'db', probe: { kind: 'udp', port: 5353 } },
  { from: 'web', to: 'web' },
  { from: 'web', to: 'db', before: 'ip -n db link set eth0 down' },
];

async function tell(session: NodeSession, { from, to, probe, before }: Story): Promise<void> {
  await sh(session.transport, before ?? ':');
  await session.refresh();
  const { topology } = session;
  if (topology) {
    await session.trace(resolveEndpoint(topology, from), resolveEndpoint(topology, to), {
      ...(probe && { probe }),
    });
  }
}

const session = new NodeSession({ label: 'Lab', open: openLab });
try {
  await session.start(new AbortController().signal);
  await sh(session.transport, wiring + more);
  await listen(session.transport, 'far', 'tcp', 8080);
  for (const story of stories) {
    await tell(session, story);
  }
  const { recording } = session;
  if (recording) {
    const [kernel] = recording.node.kernel.split('-');
    const tools = /iproute2-([\d.]+)/.exec(recording.node.iproute2)?.[1] ?? '';
    const folder = join(import.meta.dirname, '../../fixtures', `linux-${kernel ?? ''}-iproute2-${tools}`);
    await writeFile(join(folder, 'stories.patchbay.json'), formatSnapshot(recording));
  }
} finally {
  session.dispose();
}
