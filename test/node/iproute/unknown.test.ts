import assert from 'node:assert/strict';
import { inspectText } from '../../../src/cli/inspectText.ts';
import { readNamespaceDetails } from '../../../src/iproute/state.ts';
import { readNode } from '../../../src/session/readNode.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import type { Namespace, Topology } from '../../../src/topology/topology.ts';
import type { RemoteProcess, Transport } from '../../../src/transport/transport.ts';
import { childRows, nodeRows, type Row } from '../../../src/views/tree/treeModel.ts';
import { describe as describeSelection } from '../../../webview/graph/describe.ts';
import { indexTopology } from '../../../webview/graph/topologyIndex.ts';
import { hide, leaveBusybox, replace } from '../support/hide.ts';
import { enteredThrough, startSandbox, type Sandbox } from '../support/sandbox.ts';

describe('What cannot be read', () => {
  let sandbox: Sandbox;
  let holder: RemoteProcess | undefined;

  beforeEach(async () => {
    sandbox = await startSandbox();
    await sh('ip netns add web; ip link add br0 type bridge');
  });

  afterEach(async () => {
    holder?.endInput();
    await holder?.exit;
    holder = undefined;
    sandbox.dispose();
  });

  const sh = async (script: string): Promise<void> => {
    const { stderr, exitCode } = await sandbox.transport.exec(['sh', '-e', '-s'], { stdin: script });
    assert.equal(exitCode, 0, stderr);
  };

  const read = async (transport: Transport = sandbox.transport): Promise<Topology> => {
    const { snapshot, pairing } = await readNode(transport);
    return buildTopology(snapshot, pairing);
  };
  const named = ({ namespaces }: Topology, name: string): Namespace => {
    const found = namespaces.find((namespace) => namespace.name === name);
    assert.ok(found, `no namespace ${name}`);
    return found;
  };

  /** What the three views say of what is not known in a namespace, as one text each. */
  const saidOf = (topology: Topology, namespace: Namespace): Record<'tree' | 'panel' | 'cli', string> => {
    const shown = {
      id: 'n',
      target: { kind: 'local' },
      label: 'n',
      state: { kind: 'live' },
      session: { topology, complete: true, traces: [] },
    } as const;
    const below = (row: Row): Row[] => [row, ...childRows(row, shown).flatMap(below)];
    const rows = nodeRows([shown])
      .flatMap(below)
      .flatMap(({ subject }) => (subject.kind === 'unknown' ? [subject.unknown] : []));
    const own = rows.filter((unknown) => unknown.namespace === namespace.id);
    // Once under the node, once under the namespace itself.
    assert.equal(own.length, 2 * new Set(own).size);
    const ofNode = namespace.root ? rows.filter((unknown) => unknown.namespace === null) : [];
    const { id } = namespace;
    const description = describeSelection(indexTopology(topology), { kind: 'namespace', id });
    return {
      tree: [...own, ...ofNode]
        .map(({ what, reason, remedy }) => `${what}: ${reason} ${remedy ?? ''}`)
        .join('\n'),
      panel: (description?.sections ?? [])
        .flatMap(({ notes = [] }) => notes.map(({ text, remedy }) => `${text} ${remedy ?? ''}`))
        .join('\n'),
      cli: inspectText(topology),
    };
  };

  const assertSaid = (topology: Topology, name: string, what: RegExp): void => {
    for (const [view, text] of Object.entries(saidOf(topology, named(topology, name)))) {
      assert.match(text, what, view);
    }
  };

  describe('with nothing but busybox', () => {
    beforeEach(async () => {
      holder = await sandbox.transport.spawn(['unshare', '--net', 'sh', '-c', 'echo ready; cat >/dev/null']);
      await new Promise<void>((resolve) => holder?.onStdout(() => resolve()));
      await sh(leaveBusybox);
    });

    it('is said once for each namespace, with what to install', async () => {
      const topology = await read();
      assert.equal(topology.namespaces.length, 3);
      const about = topology.unknown.map(({ namespace, what }) => [namespace, what]);
      for (const { id, name } of topology.namespaces) {
        assert.equal(about.filter(([where, what]) => where === id && what === 'links').length, 1);
        assertSaid(topology, name, /links: The `ip` of the node is busybox’s.* Install iproute2/);
      }
      assert.ok(topology.unknown.every(({ remedy }) => remedy !== null));
      assert.match(inspectText(topology), /^web\n {2}\? \(its links are not known\)$/m);
    });

    it('does not hide what can be: namespaces, who holds them, switches', async () => {
      const topology = await read();
      const held = topology.namespaces.find(({ pod }) => pod?.kind === 'process');
      assert.equal(held?.processes[0]?.name, 'sh');
      assert.equal(named(topology, 'node').switches?.['ipv4.conf.all.arp_ignore'], 0);
    });

    it('is read as far as it can be on demand, by nsenter in place of ip', async () => {
      const { state, unknown } = await readNamespaceDetails(sandbox.transport, named(await read(), 'web'));
      assert.equal(state.sysctls?.values['ipv4.ip_forward'], 0);
      assert.deepEqual(state.sockets, []);
      assert.deepEqual(
        unknown.map(({ what }) => what),
        ['rules6', 'netfilter'],
      );
    });
  });

  it('for want of `ip` is said once for each namespace', async () => {
    await sh(hide('ip'));
    const topology = await read();
    assert.equal(topology.node.iproute2, '');
    for (const name of ['node', 'web']) {
      assertSaid(topology, name, /links: The node has no `ip` command\. Install iproute2/);
    }
    assert.deepEqual(
      topology.unknown.map(({ what }) => what),
      ['links', 'links', 'rules6'],
    );
  });

  it('for want of an `ip` that prints JSON is said once for each namespace', async () => {
    await sh(
      replace(
        'ip',
        `[ "$1" != -V ] || { echo 'ip utility, iproute2-ss150831'; exit; }
echo 'Option "-j" is unknown, try "ip -help".' >&2; exit 255`,
      ),
    );
    const topology = await read();
    assertSaid(topology, 'web', /links: The `ip` of the node is too old to print JSON\. Install iproute2/);
    assert.deepEqual(
      topology.unknown.map(({ what }) => what),
      ['links', 'links', 'rules6'],
    );
  });

  it('for want of `bridge` and of `nft` is said where it is missing, and nothing else is', async () => {
    await sh(hide('bridge', 'nft', 'iptables-save', 'ip6tables-save'));
    const topology = await read();
    assertSaid(topology, 'node', /fdb: The node has no `bridge` command\. Install the `bridge` tool/);
    assertSaid(topology, 'node', /netfilter: Neither nft nor iptables is installed\. Install nftables/);
    assert.deepEqual(
      topology.unknown.map(({ what }) => what),
      ['fdb', 'netfilter'],
    );
    assert.equal(named(topology, 'web').links.length, 1);
  });

  it('for want of `ss` is nothing: sockets come from the kernel', async () => {
    await sh(hide('ss'));
    assert.deepEqual((await read()).unknown, []);
  });

  it('for want of root is said with the ways to get it', async () => {
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
    const transport: Transport = {
      ...enteredThrough(sandbox.transport, nobody),
      privilege: { uid: 65534, way: 'none' },
    };
    const topology = await read(transport);
    assertSaid(topology, 'web', /links: Only root may look inside a network namespace\. Connect as root/);
    assertSaid(topology, 'node', /processes: Only root sees .* Connect as root/);
    assertSaid(topology, 'node', /netfilter \(nft\): .*not permitted.* Connect as root/);
    const { unknown } = await readNamespaceDetails(transport, named(topology, 'web'));
    assert.deepEqual(
      unknown.map(({ what, remedy }) => [what, (remedy ?? '').startsWith('Connect as root')]),
      [['state', true]],
    );
  });
});
