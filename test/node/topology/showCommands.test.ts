import assert from 'node:assert/strict';
import { readNode } from '../../../src/session/readNode.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import {
  showLinkCommands,
  showNamespaceCommands,
  type ShowCommand,
  type ShownFact,
} from '../../../src/topology/showCommands.ts';
import type { Link, Namespace, Topology } from '../../../src/topology/topology.ts';
import type { RemoteProcess } from '../../../src/transport/transport.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';

describe('The commands that show a fact, on a real kernel', () => {
  let sandbox: Sandbox;
  let holder: RemoteProcess;
  let topology: Topology;

  before(async () => {
    sandbox = await startSandbox();
    const { exitCode, stderr } = await sandbox.transport.exec(['sh', '-e', '-s'], {
      stdin: `
        hostile="$(printf 'a b$(id)\\033;')"
        ip netns add web; ip netns add "$hostile"
        ip link add cbr0 type bridge; ip link set cbr0 up
        ip link add veth0 type veth peer name eth0 netns web
        ip link set veth0 master cbr0 up; ip -n web link set eth0 up; ip -n web link set lo up
        ip addr add 10.244.0.1/24 dev cbr0; ip -n web addr add 10.244.0.2/24 dev eth0
        ip -n web route add default via 10.244.0.1
        ip -n web neigh replace 10.244.0.9 lladdr 02:00:00:00:00:09 dev eth0
        ip -n web rule add from 10.9.0.0/16 table 77 pref 500; ip -n web -6 rule add pref 501 table 78
        bridge fdb add 02:00:00:00:00:aa dev veth0 master static
        ip link add vx0 type vxlan id 7 dstport 4789 remote 192.0.2.9 dev cbr0
        ip netns exec web sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 2 >/proc/sys/net/ipv4/conf/eth0/rp_filter'
        nft 'add table inet filter; add chain inet filter in { type filter hook input priority 0; }'
        nft add rule inet filter in ip saddr 192.0.2.66 counter drop
        mkdir -p /etc/netns; ip -n "$hostile" link add 'we;ird$(id)' type bridge`,
    });
    assert.equal(exitCode, 0, stderr);
    const listen = `require('net').createServer().listen(8080, '0.0.0.0', () => console.log('ready')); process.stdin.resume().on('end', () => process.exit())`;
    holder = await sandbox.transport.spawn(['unshare', '--net', process.execPath, '-e', listen]);
    await new Promise<void>((resolve) => holder.onStdout(() => resolve()));
    const { snapshot, pairing } = await readNode(sandbox.transport);
    topology = buildTopology(snapshot, pairing);
  });

  after(async () => {
    holder.endInput();
    await holder.exit;
    sandbox.dispose();
  });

  const namespace = (name: string): Namespace => {
    const found = topology.namespaces.find((one) => one.name === name);
    assert.ok(found, `no namespace ${name}`);
    return found;
  };
  const link = (name: string): Link => {
    const found = topology.links.find((one) => one.name === name);
    assert.ok(found, `no link ${name}`);
    return found;
  };
  /** Runs the line, as a person would paste it. */
  const outputOf = async ({ line }: ShowCommand): Promise<string> => {
    const { stdout, stderr, exitCode } = await sandbox.transport.exec(['sh', '-c', line]);
    assert.equal(exitCode, 0, `${line}: ${stderr}`);
    return stdout;
  };
  const shown = async (commands: readonly ShowCommand[], fact: ShownFact): Promise<string> => {
    const chosen = commands.filter((command) => command.fact === fact);
    assert.ok(chosen.length > 0, `no command for ${fact}`);
    return (await Promise.all(chosen.map(outputOf))).join('\n');
  };

  it('lists every line once, and every one of them runs', async () => {
    const all = [
      ...topology.namespaces.flatMap((one) => showNamespaceCommands(topology, one)),
      ...topology.links.flatMap((one) => showLinkCommands(topology, one)),
    ];
    for (const command of all) {
      await outputOf(command);
    }
    for (const one of topology.namespaces) {
      const lines = showNamespaceCommands(topology, one).map(({ line }) => line);
      assert.equal(new Set(lines).size, lines.length);
    }
  });

  it('shows what is inside a named namespace', async () => {
    const commands = showNamespaceCommands(topology, namespace('web'));
    assert.match(await shown(commands, 'links'), /inet 10\.244\.0\.2\/24/);
    assert.match(await shown(commands, 'routes'), /default via 10\.244\.0\.1 dev eth0/);
    assert.match(
      await shown(commands, 'rules'),
      /500:\tfrom 10\.9\.0\.0\/16 lookup 77[^]*501:\tfrom all lookup 78/,
    );
    assert.match(await shown(commands, 'neighbours'), /10\.244\.0\.9 .*02:00:00:00:00:09/);
    assert.match(await shown(commands, 'switches'), /net\.ipv4\.ip_forward = 1/);
    assert.equal((await shown(commands, 'identity')).trim(), namespace('web').id);
    assert.equal(commands[0]?.line, 'ip -n web -d addr show');
  });

  it('shows what is on the node itself', async () => {
    const commands = showNamespaceCommands(topology, namespace('node'));
    assert.match(await shown(commands, 'netfilter'), /ip saddr 192\.0\.2\.66 counter/);
    assert.match(await shown(commands, 'node'), new RegExp(topology.node.kernel));
    assert.equal((await shown(commands, 'identity')).trim(), namespace('node').id);
    assert.equal(commands[0]?.line, 'ip -d addr show');
    assert.ok(commands.every(({ line }) => !line.startsWith('sudo')));
  });

  it('enters a namespace that only a process holds', async () => {
    const held = topology.namespaces.find(({ pod }) => pod?.kind === 'process');
    assert.ok(held);
    const commands = showNamespaceCommands(topology, held);
    assert.match(await shown(commands, 'sockets'), /0\.0\.0\.0:8080/);
    assert.match(await shown(commands, 'processes'), new RegExp(String(held.processes[0]?.pid)));
    assert.equal((await shown(commands, 'identity')).trim(), held.id);
    assert.match(commands[0]?.line ?? '', /^nsenter -t \d+ -n -- ip -d addr show$/);
  });

  it('shows a link, a port and a bridge', async () => {
    const eth0 = showLinkCommands(topology, link('eth0'));
    assert.match(await shown(eth0, 'links'), /veth[^]*10\.244\.0\.2\/24/);
    assert.match(await shown(eth0, 'statistics'), /RX:[^]*TX:/);
    assert.match(await shown(eth0, 'routes'), /default via/);
    assert.match(await shown(eth0, 'neighbours'), /10\.244\.0\.9/);
    assert.match(await shown(eth0, 'switches'), /net\.ipv4\.conf\.eth0\.rp_filter = 2/);
    const bridge = showLinkCommands(topology, link('cbr0'));
    assert.match(await shown(bridge, 'ports'), /veth0@/);
    assert.match(await shown(bridge, 'fdb'), /02:00:00:00:00:aa dev veth0 .*static/);
    const port = showLinkCommands(topology, link('veth0'));
    assert.match(await shown(port, 'port'), /state forwarding[^]*learning on/);
    assert.match(await shown(showLinkCommands(topology, link('vx0')), 'fdb'), /dst 192\.0\.2\.9/);
  });

  it('keeps hostile names to themselves', async () => {
    const hostile = topology.namespaces.find(({ name }) => name.startsWith('a b'));
    assert.ok(hostile);
    const commands = showNamespaceCommands(topology, hostile);
    assert.match(await shown(commands, 'links'), /we;ird\$\(id\)/);
    assert.ok(commands.every(({ line }) => !line.includes('\u001b')));
    assert.match(await shown(showLinkCommands(topology, link('we;ird$(id)')), 'links'), /bridge/);
  });

  it('goes through sudo where the session’s user does, and only where root is needed', () => {
    const bySudo: Topology = { ...topology, node: { ...topology.node, privilege: 'sudo' } };
    const pod = showNamespaceCommands(bySudo, namespace('web'));
    assert.ok(pod.every(({ line, privileged }) => privileged && line.startsWith('sudo ')));
    const node = showNamespaceCommands(bySudo, namespace('node'));
    assert.equal(node.find(({ fact }) => fact === 'routes')?.line, 'ip route show table all');
    assert.equal(node.find(({ fact }) => fact === 'netfilter')?.line, 'sudo nft list ruleset');
  });
});
