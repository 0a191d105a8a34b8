import assert from 'node:assert/strict';
import { describeTrace } from '../../../src/trace/describe.ts';
import type { ProbeWish } from '../../../src/trace/probe.ts';
import { sh, trace, useWiredSandbox } from './wiring.ts';
import { linkName } from '../../unit/trace/recorded.ts';
import { TopologyIndex } from '../../../src/trace/topologyIndex.ts';

describe('drop reasons of the kernel, in a sandbox', () => {
  const node = useWiredSandbox();

  const faults: [string, string, string, ProbeWish, string | null, RegExp][] = [
    [
      'an input chain',
      'ip netns exec db nft "add table ip f; add chain ip f i { type filter hook input priority 0; policy drop; }"',
      'db',
      { kind: 'icmp' },
      'eth0 of db',
      /The kernel dropped it in db, where it was last at eth0 of db: NETFILTER_DROP/,
    ],
    [
      'a chain of the bridge family',
      'nft "add table bridge f; add chain bridge f i { type filter hook forward priority 0; policy accept; ip protocol icmp drop; }"',
      'db',
      { kind: 'icmp' },
      'veth-web',
      /NETFILTER_DROP/,
    ],
    [
      'a TCP port that is dropped',
      'ip netns exec db nft "add table ip f; add chain ip f i { type filter hook input priority 0; tcp dport 80 drop; }"',
      'db',
      { kind: 'tcp', port: 80 },
      'eth0 of db',
      /NETFILTER_DROP/,
    ],
    [
      'rp_filter',
      'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter; ip route add 10.244.0.2/32 dev cbr1; ip -n web neigh replace 10.244.0.1 lladdr $(cat /sys/class/net/cbr0/address) dev eth0',
      'far',
      { kind: 'icmp' },
      'cbr0',
      /IP_RPFILTER/,
    ],
    [
      'the sender’s own output chain, where no link saw it',
      'ip netns exec web nft "add table ip f; add chain ip f o { type filter hook output priority 0; policy drop; }"',
      'db',
      { kind: 'icmp' },
      null,
      /While ping was sending, the kernel dropped a packet: NETFILTER_DROP .* It may have been another one/,
    ],
  ];
  for (const [what, fault, to, probe, where, reason] of faults) {
    it(`are evidence: ${what}`, async () => {
      await sh(node.transport, fault);
      const { trace: result, topology } = await trace(node.transport, 'web', to, { probe });
      const told = describeTrace(result, topology);
      const [drop] = result.drops;
      assert.ok(drop, told);
      assert.deepEqual(linkName(new TopologyIndex(topology), drop.link), where, told);
      assert.match(result.verdict.reason ?? '', reason);
    });
  }

  it('are not wanted where all is well', async () => {
    const { trace: result } = await trace(node.transport, 'web', 'db');
    assert.deepEqual([result.drops, result.notes], [[], []]);
  });

  const instances = (): Promise<string> =>
    sh(
      node.transport,
      'mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || :; ls /sys/kernel/tracing/instances',
    );

  it('leave no instance behind, also where the trace is cancelled', async () => {
    const before = new Set((await instances()).split('\n'));
    const seen = new Set<string>();
    const ours = async (): Promise<string[]> =>
      (await instances()).split('\n').filter((name) => name.startsWith('patchbay-') && !before.has(name));
    const cancel = new AbortController();
    const onProgress = (text: string): void => {
      if (text.startsWith('Pinging')) {
        void ours().then((names) => {
          names.forEach((name) => seen.add(name));
          cancel.abort();
        });
      }
    };
    await assert.rejects(trace(node.transport, 'web', '10.244.0.9', { signal: cancel.signal, onProgress }), {
      code: 'cancelled',
    });
    assert.ok(seen.size > 0);
    while ((await ours()).some((name) => seen.has(name)));
  });

  it('say what is missing where they cannot be had, and only where they would have told something', async () => {
    await sh(node.transport, 'umount /sys/kernel/tracing 2>/dev/null || :; mount -t tmpfs tmpfs /sys/kernel');
    const { trace: lost } = await trace(node.transport, 'web', '10.244.0.9');
    const wanted = 'Drop reasons of the kernel are missing: the kernel has no tracefs.';
    assert.ok(lost.notes.includes(wanted), lost.notes.join());
    const { trace: fine } = await trace(node.transport, 'web', 'db');
    assert.deepEqual(fine.notes, []);
  });
});
