import assert from 'node:assert/strict';
import { readNode } from '../../../src/session/readNode.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import { startSandbox } from '../support/sandbox.ts';
import { missing } from './containerNode.ts';

/** Where Debian's containernetworking-plugins are. */
const plugins = '/usr/lib/cni';

const network = {
  cniVersion: '0.4.0',
  name: 'patchbay',
  type: 'bridge',
  bridge: 'cni0',
  isGateway: true,
  ipam: {
    type: 'host-local',
    dataDir: '/run/cni',
    ranges: [[{ subnet: '10.22.0.0/24' }]],
    routes: [{ dst: '0.0.0.0/0' }],
  },
};

/** What the bridge plugin answers (CNI specification 0.4.0, "Result"). */
interface CniResult {
  readonly interfaces: readonly { readonly name: string; readonly mac: string; readonly sandbox?: string }[];
  readonly ips: readonly { readonly address: string; readonly gateway: string }[];
}

describe('Pods of the CNI bridge plugin', () => {
  before(function () {
    const reason = missing([`../../..${plugins}/bridge`, `../../..${plugins}/host-local`]);
    if (reason !== null) {
      console.log('      skipped: needs root and containernetworking-plugins in /usr/lib/cni');
      this.skip();
    }
  });

  it('are wired as the plugin says', async () => {
    const sandbox = await startSandbox();
    const { transport } = sandbox;
    try {
      const add = async (id: string): Promise<CniResult> => {
        const script = `ip netns add cni-${id}
          CNI_COMMAND=ADD CNI_CONTAINERID=${id} CNI_NETNS=/run/netns/cni-${id} CNI_IFNAME=eth0 CNI_PATH=${plugins} \\
            ${plugins}/bridge <<'JSON'
${JSON.stringify(network)}
JSON`;
        const { stdout, stderr, exitCode } = await transport.exec(['sh', '-e', '-s'], { stdin: script });
        assert.equal(exitCode, 0, stdout + stderr);
        return JSON.parse(stdout) as CniResult;
      };
      const pods = new Map([
        ['cni-a', await add('a')],
        ['cni-b', await add('b')],
      ]);
      const { snapshot, pairing } = await readNode(transport);
      const topology = buildTopology(snapshot, pairing);
      assert.deepEqual(topology.unknown, []);
      const bridge = topology.links.find(({ name }) => name === 'cni0');
      assert.equal(bridge?.kind, 'bridge');
      assert.equal(bridge.addresses[0], '10.22.0.1/24');
      for (const [name, { interfaces, ips }] of pods) {
        const namespace = topology.namespaces.find((candidate) => candidate.name === name);
        const inner = topology.links.find((link) => link.namespace === namespace?.id && link.name === 'eth0');
        const outer = topology.links.find(({ id }) => id === inner?.peer);
        const outside = interfaces.find((link) => link.name.startsWith('veth'));
        assert.equal(inner?.addresses[0], ips[0]?.address);
        assert.equal(
          inner?.mac,
          interfaces.find((link) => link.sandbox !== undefined && link.sandbox !== '')?.mac,
        );
        assert.equal(outer?.name, outside?.name);
        assert.equal(outer?.peer, inner?.id);
        assert.equal(outer?.master, bridge.id);
        const route = topology.routes.find(
          (candidate) => candidate.link === inner?.id && candidate.destination === 'default',
        );
        assert.equal(route?.gateway, '10.22.0.1');
      }
      const ends = topology.edges.filter(({ kind }) => kind === 'veth');
      assert.equal(ends.length, 2);
    } finally {
      sandbox.dispose();
    }
  });
});
