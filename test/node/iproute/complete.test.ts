import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readNamespaceDetails, readNetfilter } from '../../../src/iproute/state.ts';
import { readNode, type NodeReading } from '../../../src/session/readNode.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import type { Link, Namespace, Topology } from '../../../src/topology/topology.ts';
import type { RemoteProcess } from '../../../src/transport/transport.ts';
import { PatchbayError } from '../../../src/util/errors.ts';
import { hide, replace } from '../support/hide.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';

describe('What the kernel tells beyond the wiring', () => {
  let sandbox: Sandbox;
  const started: RemoteProcess[] = [];

  beforeEach(async () => {
    sandbox = await startSandbox();
  });

  afterEach(async () => {
    for (const process of started.splice(0)) {
      process.endInput();
      await process.exit;
    }
    sandbox.dispose();
  });

  /** Runs a script in the sandbox; fails the test with what it said. */
  const sh = async (script: string): Promise<string> => {
    const { stdout, stderr, exitCode } = await sandbox.transport.exec(['sh', '-e', '-s'], { stdin: script });
    assert.equal(exitCode, 0, stderr);
    return stdout;
  };

  /** Starts a program that says "ready", and stays until the test is over. */
  const start = async (argv: readonly string[]): Promise<void> => {
    const process = await sandbox.transport.spawn(argv);
    started.push(process);
    await new Promise<void>((resolve, reject) => {
      process.onStdout(() => resolve());
      process.onStderr((chunk) => reject(new Error(new TextDecoder().decode(chunk))));
    });
  };

  const read = async (): Promise<Topology> => topologyOf(await readNode(sandbox.transport));
  const topologyOf = ({ snapshot, pairing }: NodeReading): Topology => buildTopology(snapshot, pairing);

  const namespaceNamed = ({ namespaces }: Topology, name: string): Namespace => {
    const found = namespaces.find((namespace) => namespace.name === name);
    assert.ok(found, `no namespace ${name}`);
    return found;
  };
  const linkNamed = ({ links }: Topology, name: string): Link => {
    const found = links.find((link) => link.name === name);
    assert.ok(found, `no link ${name}`);
    return found;
  };

  it('reads the switches of the node, and those of pods that cost no process of their own', async () => {
    await sh(`ip netns add web
      ip link add v type veth peer name eth0 netns web
      echo 1 >/proc/sys/net/ipv4/ip_forward
      echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all
      echo 2 >/proc/sys/net/ipv4/conf/v/arp_ignore
      ip netns exec web sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 2 >/proc/sys/net/ipv4/conf/eth0/rp_filter'`);
    const topology = await read();
    const node = namespaceNamed(topology, 'node');
    assert.equal(node.switches?.['ipv4.ip_forward'], 1);
    assert.equal(node.switches['ipv4.icmp_echo_ignore_all'], 1);
    assert.equal(node.switches['ipv4.conf.all.arp_announce'], 0);
    assert.equal(linkNamed(topology, 'v').switches['ipv4.arp_ignore'], 2);
    const web = namespaceNamed(topology, 'web');
    assert.equal(web.switches?.['ipv4.conf.all.rp_filter'], 1);
    assert.equal(web.switches['ipv4.ip_forward'], 0);
    assert.equal(linkNamed(topology, 'eth0').switches['ipv4.rp_filter'], 2);
    assert.deepEqual(web.unread, ['rules6', 'switches', 'sockets', 'netfilter']);
    assert.deepEqual(topology.unknown, []);
  });

  it('reads rules of IPv6 and the rule set of nftables with its counters', async () => {
    await sh(`ip -6 rule add pref 100 from 2001:db8::/32 table 100
      nft 'add table inet filter; add chain inet filter in { type filter hook input priority 0; }; add rule inet filter in counter drop'`);
    const topology = await read();
    const rule = topology.rules.find(({ priority, family }) => priority === 100 && family === 6);
    assert.equal(rule?.source, '2001:db8::/32');
    const [ruleset] = namespaceNamed(topology, 'node').netfilter ?? [];
    assert.equal(ruleset?.tool, 'nft');
    assert.match(ruleset.text, /counter packets 0 bytes 0 drop/);
  });

  it('reads all of a pod on demand', async () => {
    await sh(`ip netns add web
      ip -n web -6 rule add pref 77 table 5
      ip netns exec web sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore; nft add table ip only'`);
    const web = namespaceNamed(await read(), 'web');
    const { state, unknown } = await readNamespaceDetails(sandbox.transport, web);
    assert.deepEqual(unknown, []);
    assert.equal(state.rules6?.find(({ priority }) => priority === 77)?.table, '5');
    assert.equal(state.sysctls?.values['ipv4.conf.all.arp_ignore'], 1);
    assert.deepEqual(state.sockets, []);
    assert.match((await readNetfilter(sandbox.transport, web))?.[0]?.text ?? '', /^table ip only/);
    await sh('ip netns del web');
    await assert.rejects(
      readNamespaceDetails(sandbox.transport, web),
      (error) => error instanceof PatchbayError && error.code === 'not-found',
    );
  });

  it('finds who listens, in the node and in pods', async () => {
    await sh('ip netns add web; ip link set lo up; ip -n web link set lo up');
    const listen = (host: string, port: number): string[] => [
      process.execPath,
      '-e',
      `require('net').createServer().listen(${port}, '${host}', () => console.log('ready')); process.stdin.resume().on('end', () => process.exit())`,
    ];
    await start(listen('127.0.0.1', 8080));
    await start(['ip', 'netns', 'exec', 'web', ...listen('::1', 9090)]);
    const topology = await read();
    const seen = topology.sockets.map(({ namespace, protocol, family, address, port, processes }) => [
      topology.namespaces.find(({ id }) => id === namespace)?.name,
      protocol,
      family,
      address,
      port,
      processes.length,
    ]);
    assert.deepEqual(seen, [
      ['node', 'tcp', 4, '127.0.0.1', 8080, 1],
      ['web', 'tcp', 6, '::1', 9090, 1],
    ]);
    const holder = namespaceNamed(topology, 'web').processes[0]?.pid;
    assert.equal(topology.sockets[1]?.processes[0]?.pid, holder);
  });

  it('knows the name servers of a named namespace, and follows no link that a container left', async () => {
    await sh(`cp -a /etc /run/etc; mount --bind /run/etc /etc
      mkdir -p /etc/netns/web; printf 'nameserver 192.0.2.53\\nsecret\\n' >/etc/netns/web/resolv.conf
      ip netns add web; ip netns add trap`);
    await start([
      'unshare',
      '--net',
      '--mount',
      'sh',
      '-c',
      `cp -a /etc /run/trap; mount --bind /run/trap /etc; echo 'nameserver 203.0.113.1' >/run/bait
       ln -sf /run/bait /etc/resolv.conf; echo ready; cat >/dev/null`,
    ]);
    const topology = await read();
    assert.equal(namespaceNamed(topology, 'web').resolvConf, 'nameserver 192.0.2.53\n');
    assert.equal(topology.namespaces.find(({ names }) => names.length === 0 && !names[0])?.root, true);
    assert.equal(topology.namespaces.find(({ pod }) => pod?.kind === 'process')?.resolvConf, null);
  });

  it('tells tunnels, modes, port flags, addresses and counters', async () => {
    await sh(`ip link add br0 type bridge
      ip link add v type veth peer name w
      ip link set v master br0
      bridge link set dev v hairpin on isolated on learning off flood off cost 7
      ip link add vx type vxlan id 7 dstport 4789 remote 192.0.2.9 local 192.0.2.1 dev w
      ip link add mv link w type macvlan mode private
      ip addr add 10.1.0.1/24 dev w scope link
      ip addr add 10.1.0.2/24 dev w scope link
      ip link set lo up; ping -c 1 -W 1 127.0.0.1 >/dev/null`);
    const topology = await read();
    const { port } = linkNamed(topology, 'v');
    assert.deepEqual(
      [port?.hairpin, port?.isolated, port?.learning, port?.flood, port?.cost, port?.state],
      [true, true, false, false, 7, 'disabled'],
    );
    assert.deepEqual(linkNamed(topology, 'vx').tunnel, {
      remote: '192.0.2.9',
      local: '192.0.2.1',
      vni: 7,
      port: 4789,
      key: null,
    });
    assert.ok(topology.edges.some(({ kind, a }) => kind === 'tunnel' && a === linkNamed(topology, 'vx').id));
    assert.equal(linkNamed(topology, 'mv').mode, 'private');
    const [first, second] = linkNamed(topology, 'w').addressDetails;
    assert.deepEqual(
      [first?.address, first?.prefixLength, first?.scope, first?.flags],
      ['10.1.0.1', 24, 'link', []],
    );
    assert.deepEqual(second?.flags, ['secondary']);
    assert.ok((linkNamed(topology, 'lo').statistics?.sent.packets ?? 0) >= 2);
    assert.equal(linkNamed(topology, 'br0').port, null);
  });

  it('finds the process that holds a tun device', async () => {
    await start([
      'perl',
      '-e',
      `$| = 1; open(F, '+<', '/dev/net/tun') or die $!; ioctl(F, 0x400454ca, my $r = pack('a16 s x22', 'tap7', 0x1002)) or die $!; print "ready\\n"; <STDIN>`,
    ]);
    const tap = linkNamed(await read(), 'tap7');
    assert.equal(tap.kind, 'tun');
    assert.equal(tap.mode, 'tap');
    assert.deepEqual(
      tap.holders.map(({ name }) => name),
      ['perl'],
    );
  });

  it('finds a namespace that is mounted for another process alone', async () => {
    await start([
      'unshare',
      '--mount',
      'sh',
      '-c',
      'mount -t tmpfs tmpfs /run/netns && ip netns add hidden && ip -n hidden link set lo up && echo ready && cat >/dev/null',
    ]);
    const topology = await read();
    const hidden = namespaceNamed(topology, 'hidden');
    assert.match(hidden.names[0] ?? '', /^\/proc\/\d+\/root\/run\/netns\/hidden$/);
    assert.equal(topology.links.find(({ namespace }) => namespace === hidden.id)?.up, true);
    assert.deepEqual(topology.unknown, []);
  });

  describe('of containers', () => {
    const id = randomBytes(32).toString('hex');
    const group = `patchbay-test-${id.slice(0, 8)}`;

    beforeEach(async () => {
      await sh(
        `mkdir /run/cgroup; mount -t cgroup2 cgroup2 /run/cgroup; mkdir -p /run/cgroup/${group}/libpod-${id}`,
      );
    });

    afterEach(async () => {
      for (const process of started.splice(0)) {
        process.endInput();
        await process.exit;
      }
      await sh(`rmdir /run/cgroup/${group}/libpod-${id} /run/cgroup/${group}`);
    });

    const startContainer = (inside: readonly string[] = []): Promise<void> =>
      start([
        ...inside,
        'sh',
        '-c',
        `echo $$ >/run/cgroup/${group}/libpod-${id}/cgroup.procs; echo ready; while read -r _; do :; done`,
      ]);

    /** What a runtime would say; real ones are asked in the tests with podman. */
    const silence = (): Promise<string> => sh(hide('podman', 'docker', 'crictl', 'nerdctl'));

    it('shows one on the node’s own network as a container there, and as no pod', async () => {
      await silence();
      await startContainer();
      const topology = await read();
      assert.deepEqual(
        topology.namespaces.map(({ name }) => name),
        ['node'],
      );
      const [container] = topology.containers;
      assert.equal(container?.id, id);
      assert.equal(container.namespace, topology.namespaces[0]?.id);
      assert.equal(container.named, false);
      assert.equal(container.name, 'sh');
    });

    it('says why a runtime that is broken told no name, and asks it no more for a while', async function () {
      const { stdout } = await sandbox.transport.exec(['sh', '-c', 'command -v docker']);
      if (stdout === '') {
        this.skip();
      }
      await sh(
        `${hide('podman', 'crictl', 'nerdctl')}\n${replace('docker', 'echo asked >>/run/asked; echo "Cannot connect to the daemon." >&2; exit 1')}`,
      );
      await startContainer();
      const { snapshot } = await readNode(sandbox.transport);
      const unknown = snapshot.unknown.find(({ what }) => what === 'containers (docker)');
      assert.match(unknown?.reason ?? '', /Cannot connect to the daemon/);
      assert.match(unknown?.remedy ?? '', /docker ps/);
      const again = await readNode(sandbox.transport, { previous: { snapshot, clean: new Set() } });
      assert.ok(again.snapshot.unknown.some(({ what }) => what === 'containers (docker)'));
      assert.equal(await sh('cat /run/asked'), 'asked\n');
    });

    it('takes two seconds of a runtime that hangs, once, and says so', async function () {
      const { stdout } = await sandbox.transport.exec(['sh', '-c', 'command -v docker']);
      if (stdout === '') {
        this.skip();
      }
      await sh(`${hide('podman', 'crictl', 'nerdctl')}\n${replace('docker', 'sleep 1000')}`);
      await sh('ip netns add web');
      await startContainer(['ip', 'netns', 'exec', 'web']);
      const reading = await readNode(sandbox.transport);
      const unknown = reading.snapshot.unknown.find(({ what }) => what === 'containers (docker)');
      assert.match(unknown?.reason ?? '', /did not answer within 2 s/);
      assert.match(unknown?.remedy ?? '', /docker ps/);
      // Ends once nothing of the client is left; else the test runs out of time.
      await sh(
        `while cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -q 'sleep 100[0]'; do :; done`,
      );
      const begun = performance.now();
      const again = await readNode(sandbox.transport, {
        previous: { snapshot: reading.snapshot, clean: new Set() },
      });
      assert.ok(performance.now() - begun < 2_000, 'it was asked again at once');
      assert.ok(again.snapshot.unknown.some(({ what }) => what === 'containers (docker)'));
    });
  });

  describe('on a node that lacks a tool', () => {
    const unknownOf = async (
      what: string,
    ): Promise<{ readonly reason: string; readonly remedy: string | null }> => {
      const { unknown } = await read();
      const found = unknown.find((one) => one.what === what);
      assert.ok(found, `${what} is not among ${JSON.stringify(unknown)}`);
      return found;
    };

    it('says that the bridge tool is missing', async () => {
      await sh(`ip link add br0 type bridge; ${hide('bridge')}`);
      assert.match((await unknownOf('fdb')).remedy ?? '', /Install the `bridge` tool/);
    });

    it('does without nsenter, also where only a process holds the namespace', async () => {
      await start(['unshare', '--net', 'sh', '-c', 'echo ready; cat >/dev/null']);
      // The sandbox itself is entered by nsenter, from outside.
      await sh(hide('nsenter'));
      const { namespaces, unknown } = await read();
      assert.deepEqual(
        unknown.filter(({ what }) => what === 'links'),
        [],
      );
      assert.ok(namespaces.every(({ links }) => links.length > 0));
    });

    it('says that nft and iptables are missing', async () => {
      await sh(hide('nft', 'iptables-save', 'ip6tables-save'));
      assert.match((await unknownOf('netfilter')).remedy ?? '', /Install nftables/);
    });

    it('says whose sockets busybox find cannot tell', async () => {
      await sh(`ip link set lo up; ${replace('find', 'exec busybox find "$@"')}`);
      await start([
        process.execPath,
        '-e',
        `require('net').createServer().listen(8080, '127.0.0.1', () => console.log('ready')); process.stdin.resume().on('end', () => process.exit())`,
      ]);
      assert.match((await unknownOf('processes of sockets')).remedy ?? '', /findutils/);
    });

    it('says that ip is too old for a section, and reads the others', async () => {
      await sh(`cp "$(readlink -f "$(command -v ip)")" /run/real-ip
        ${replace('ip', 'case "$*" in *-batch*) sed "s/^netconf.*/nonsense show/" | /run/real-ip "$@" ;; *) exec /run/real-ip "$@" ;; esac')}`);
      const { unknown, links } = await read();
      assert.deepEqual(
        unknown.map(({ what }) => what),
        ['netconf'],
      );
      assert.match(unknown[0]?.remedy ?? '', /Install iproute2/);
      assert.equal(links.length, 1);
    });
  });
});
