import assert from 'node:assert/strict';
import { readNode } from '../../../src/session/readNode.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import type { Link, Topology } from '../../../src/topology/topology.ts';
import type { RemoteProcess } from '../../../src/transport/transport.ts';
import { hide } from '../support/hide.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { missing } from '../runtimes/containerNode.ts';

/** Drivers in user space stand in for kernel modules that this machine may lack: their tools print the same. */
describe('What programs of user space know of links', function () {
  this.timeout(30_000);
  let sandbox: Sandbox;
  let started: RemoteProcess[];
  /** What was run on the node to read it. */
  let commands: string[];

  beforeEach(async () => {
    sandbox = await startSandbox();
    started = [];
    commands = [];
    await sh('ip link set lo up');
  });

  afterEach(async () => {
    for (const process of started) {
      process.endInput();
      await process.exit;
    }
    sandbox.dispose();
  });

  const sh = async (script: string): Promise<string> => {
    const { stdout, stderr, exitCode } = await sandbox.transport.exec(['sh', '-e', '-s'], { stdin: script });
    assert.equal(exitCode, 0, stderr);
    return stdout;
  };

  /** Starts a daemon and waits until it is ready: until `condition`, a command, succeeds. */
  const start = async (command: string, condition: string): Promise<void> => {
    const script = `${command} >/run/daemon.log 2>&1 & while ! ${condition}; do kill -0 $! || { cat /run/daemon.log >&2; exit 1; }; done; echo ready; cat >/dev/null; kill $!`;
    const process = await sandbox.transport.spawn(['sh', '-c', script]);
    started.push(process);
    await new Promise<void>((resolve, reject) => {
      process.onStdout(() => resolve());
      process.onStderr((chunk) => reject(new Error(new TextDecoder().decode(chunk))));
    });
  };

  const read = async (): Promise<Topology> => {
    const { transport } = sandbox;
    const { snapshot, pairing } = await readNode({
      ...transport,
      spawn: (argv, options) => {
        commands.push(argv.join(' '));
        return transport.spawn(argv, options);
      },
    });
    return buildTopology(snapshot, pairing);
  };
  const linkNamed = ({ links }: Topology, name: string): Link => {
    const found = links.find((link) => link.name === name);
    assert.ok(found, `no link ${name}`);
    return found;
  };

  it('costs nothing where there is no such link', async () => {
    await sh('ip link add br0 type bridge');
    await read();
    assert.equal(commands.length, 2, commands.join('\n'));
  });

  describe('of wireguard', () => {
    before(function () {
      const reason = missing(['wireguard-go', 'wg']);
      if (reason !== null) {
        console.log(`      skipped: ${reason}`);
        this.skip();
      }
    });

    beforeEach(async () => {
      await start('wireguard-go -f wg0', '[ -S /run/wireguard/wg0.sock ]');
      await sh(`umask 077
        wg genkey >/run/private; wg genkey | wg pubkey >/run/peer; wg genpsk >/run/preshared; wg genkey | wg pubkey >/run/silent
        wg set wg0 listen-port 51820 private-key /run/private peer "$(cat /run/peer)" preshared-key /run/preshared \\
          endpoint '[2001:db8::9]:4500' allowed-ips 10.9.0.0/24,fd00::/64
        wg set wg0 peer "$(cat /run/silent)"`);
    });

    it('are its peers, where they are and what they are for', async () => {
      const topology = await read();
      const [peer, silent] = (await sh('cat /run/peer /run/silent')).trim().split('\n');
      const nothing = { kind: 'wireguard', address: null, port: null, networks: [], lastHandshakeAt: null };
      const byName = new Map(linkNamed(topology, 'wg0').farEnds.map((end) => [end.name, end]));
      assert.deepEqual(byName.get(peer ?? ''), {
        ...nothing,
        name: peer,
        address: '2001:db8::9',
        port: 4500,
        networks: ['10.9.0.0/24', 'fd00::/64'],
      });
      assert.deepEqual(byName.get(silent ?? ''), { ...nothing, name: silent });
      assert.deepEqual(topology.unknown, []);
    });

    it('is never a key that is secret', async () => {
      const { snapshot } = await readNode(sandbox.transport);
      const text = JSON.stringify(snapshot);
      for (const secret of (await sh('cat /run/private /run/preshared')).trim().split('\n')) {
        assert.equal(secret.length, 44);
        assert.ok(!text.includes(secret));
      }
      // `dump` and the subcommands of that name print them; so does no subcommand at all.
      await read();
      assert.doesNotMatch(commands.join('\n'), /dump.*wg|private-key|preshared-keys|wg show all *$/m);
    });

    it('is unknown without its tool, with what to install', async () => {
      await sh(hide('wg'));
      const topology = await read();
      const [unknown] = topology.unknown;
      assert.deepEqual([unknown?.what, unknown?.reason], ['wireguard', 'The node has no `wg` command.']);
      assert.match(unknown?.remedy ?? '', /^Install wireguard-tools/);
      assert.equal(linkNamed(topology, 'wg0').kind, 'tun');
    });
  });

  describe('of Open vSwitch', () => {
    before(function () {
      const reason = missing(['ovsdb-server', 'ovs-vswitchd', 'ovs-vsctl', 'ovsdb-tool']);
      if (reason !== null) {
        console.log(`      skipped: ${reason}`);
        this.skip();
      }
    });

    beforeEach(async () => {
      await sh(`mkdir /run/openvswitch
        ovsdb-tool create /run/conf.db /usr/share/openvswitch/vswitch.ovsschema
        ip link add v1 type veth peer name w1; ip link add v2 type veth peer name w2`);
      await start(
        'ovsdb-server /run/conf.db --remote=punix:/run/openvswitch/db.sock',
        '[ -S /run/openvswitch/db.sock ]',
      );
      await start('ovs-vswitchd --disable-system', 'ovs-vsctl --no-wait --timeout=5 show >/dev/null 2>&1');
      await sh(`ovs-vsctl --timeout=10 add-br br0 -- set bridge br0 datapath_type=netdev \\
        -- add-port br0 v1 tag=5 -- add-port br0 v2 trunks=7,8 \\
        -- add-port br0 vx0 -- set interface vx0 type=vxlan options:remote_ip=192.0.2.7 options:key=9 \\
        -- add-port br0 in0 -- set interface in0 type=internal`);
    });

    it('are the bridge that each port is plugged into, its VLANs, and tunnels without a link', async () => {
      const topology = await read();
      const bridge = linkNamed(topology, 'br0');
      const ports = topology.edges.filter(({ kind, b }) => kind === 'port' && b === bridge.id);
      assert.deepEqual(ports.map(({ a }) => topology.links.find(({ id }) => id === a)?.name).sort(), [
        'in0',
        'v1',
        'v2',
      ]);
      assert.equal(linkNamed(topology, 'v1').master, bridge.id);
      assert.deepEqual(
        topology.vlans.map(({ link, first, untagged }) => [link, first, untagged]).sort(),
        [
          [linkNamed(topology, 'v1').id, 5, true],
          [linkNamed(topology, 'v2').id, 7, false],
          [linkNamed(topology, 'v2').id, 8, false],
        ].sort(),
      );
      assert.deepEqual(
        bridge.farEnds.map(({ name, kind, address }) => [name, kind, address]),
        [['vx0', 'vxlan', '192.0.2.7']],
      );
      assert.deepEqual(topology.unknown, []);
    });

    it('is unknown without its tool', async () => {
      await sh(hide('ovs-vsctl'));
      const [unknown] = (await read()).unknown;
      assert.deepEqual(
        [unknown?.what, unknown?.reason],
        ['ovsPorts', 'The node has no `ovs-vsctl` command.'],
      );
    });
  });
});
