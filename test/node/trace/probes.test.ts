import assert from 'node:assert/strict';
import { describeTrace } from '../../../src/trace/describe.ts';
import type { ProbeWish } from '../../../src/trace/probe.ts';
import { TopologyIndex } from '../../../src/trace/topologyIndex.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { linkName } from '../../unit/trace/recorded.ts';
import { hide } from '../support/hide.ts';
import { inspect, listen, sh, trace, traceIn, useWiredSandbox } from './wiring.ts';

describe('probes of each kind, in a sandbox', () => {
  const node = useWiredSandbox();

  interface Probed extends Trace {
    readonly told: string;
    readonly names: (link: string) => string | null;
  }

  const probe = async (to: string, wish: ProbeWish): Promise<Probed> => {
    const { trace: result, topology } = await trace(node.transport, 'web', to, { probe: wish });
    const index = new TopologyIndex(topology);
    return { ...result, told: describeTrace(result, topology), names: (link) => linkName(index, link) };
  };

  const protocols = (result: Trace): string[] => [
    ...new Set(result.sightings.map(({ protocol }) => protocol)),
  ];

  it('opens a TCP connection, and sees its handshake at every link', async () => {
    await listen(node.transport, 'far', 'tcp', 80);
    const result = await probe('far', { kind: 'tcp', port: 80 });
    assert.deepEqual([result.verdict.delivered, result.verdict.outcome], [true, 'answered'], result.told);
    assert.match(result.told, /web sends the TCP SYN out of eth0/);
    assert.match(result.told, /far sends the TCP SYN-ACK out of eth0/);
    assert.match(result.told, /The TCP ACK reaches eth0 of far/);
    assert.ok((result.verdict.rttMs ?? 0) > 0);
    assert.match(result.title, /, TCP 80$/);
  });

  it('tells a refused connection from a lost one', async () => {
    const refused = await probe('db', { kind: 'tcp', port: 81 });
    assert.deepEqual([refused.verdict.delivered, refused.verdict.outcome], [true, 'refused'], refused.told);
    assert.match(refused.verdict.reason ?? '', /nothing takes TCP port 81 in db/);
    await sh(
      node.transport,
      'ip netns exec db nft -f - <<E\ntable ip f { chain i { type filter hook input priority 0; tcp dport 81 drop; }; }\nE',
    );
    const lost = await probe('db', { kind: 'tcp', port: 81 });
    assert.deepEqual([lost.verdict.delivered, lost.verdict.outcome], [false, 'silent'], lost.told);
    assert.equal(lost.verdict.lostOn, 'reply');
    assert.ok(
      lost.sightings.some(({ repeat }) => repeat === 'retransmission'),
      lost.told,
    );
    assert.match(lost.told, /web sends the TCP SYN again out of eth0/);
  });

  it('tells what was doubled on its way from what was sent again', async () => {
    await sh(
      node.transport,
      `nft -f - <<E
table netdev twice {
  chain c { type filter hook ingress device "veth-web" priority 0; ip daddr 10.244.0.3 icmp type echo-request dup to "veth-db"; }
}
E`,
    );
    const result = await probe('db', { kind: 'icmp' });
    assert.equal(result.verdict.outcome, 'answered', result.told);
    const repeats = (protocol: string): Record<string, (string | null)[]> =>
      Object.fromEntries(
        ['eth0 of web', 'veth-db', 'eth0 of db'].map((name) => [
          name,
          result.sightings
            .filter((one) => one.protocol === protocol && result.names(one.link) === name)
            .map(({ repeat }) => repeat),
        ]),
      );
    assert.deepEqual(repeats('icmp-request'), {
      'eth0 of web': [null],
      'veth-db': [null, 'duplicate'],
      'eth0 of db': [null, 'duplicate'],
    });
    // The pod answers each of the two: its second answer is sent again, and not doubled.
    assert.deepEqual(repeats('icmp-reply')['eth0 of db'], [null, 'retransmission']);
    assert.match(
      result.told,
      /The echo request reaches eth0 of db\. It came here before: on its way it was doubled\./,
    );
    assert.match(result.told, /db sends the echo reply again out of eth0\./);
  });

  it('takes the end of a connection for no repetition of its beginning', async () => {
    await listen(node.transport, 'db', 'tcp', 80);
    const result = await probe('db', { kind: 'tcp', port: 80 });
    assert.equal(result.verdict.outcome, 'answered', result.told);
    assert.deepEqual(
      result.sightings.filter(({ repeat }) => repeat !== null),
      [],
      result.told,
    );
  });

  it('says that a filter refused it, where the answer is an ICMP error', async () => {
    await sh(
      node.transport,
      'ip netns exec db nft -f - <<E\ntable ip f { chain i { type filter hook input priority 0; tcp dport 82 reject; }; }\nE',
    );
    const result = await probe('db', { kind: 'tcp', port: 82 });
    assert.equal(result.verdict.outcome, 'refused', result.told);
    assert.match(
      result.verdict.reason ?? '',
      /10\.244\.0\.3 reports to 10\.244\.0\.2: destination port unreachable/,
    );
  });

  it('sends a datagram: answered, refused, and silence that is no loss', async () => {
    await listen(node.transport, 'db', 'udp', 5000);
    const answered = await probe('db', { kind: 'udp', port: 5000 });
    assert.deepEqual(
      [answered.verdict.delivered, answered.verdict.outcome],
      [true, 'answered'],
      answered.told,
    );
    assert.deepEqual(
      protocols(answered)
        .filter((one) => one.startsWith('udp'))
        .sort(),
      ['udp-reply', 'udp-request'],
    );
    const refused = await probe('db', { kind: 'udp', port: 5001 });
    assert.deepEqual([refused.verdict.delivered, refused.verdict.outcome], [true, 'refused'], refused.told);
    await sh(
      node.transport,
      'ip netns exec db nft -f - <<E\ntable ip f { chain i { type filter hook input priority 0; udp dport 5002 drop; }; }\nE',
    );
    const silent = await probe('db', { kind: 'udp', port: 5002 });
    assert.deepEqual([silent.verdict.delivered, silent.verdict.outcome], [true, 'silent'], silent.told);
    assert.match(silent.verdict.reason ?? '', /with UDP none is promised/);
    await sh(
      node.transport,
      'ip link set veth-db nomaster; ip -n web neigh replace 10.244.0.3 lladdr 02:00:00:00:00:03 dev eth0',
    );
    const lost = await probe('db', { kind: 'udp', port: 5002 });
    assert.deepEqual([lost.verdict.delivered, lost.verdict.lostOn], [false, 'request'], lost.told);
  });

  it('goes over IPv6, also to a link-local address by the link that was named', async () => {
    await listen(node.transport, 'db', 'tcp', 80);
    const global = await probe('fd00:244::3', { kind: 'tcp', port: 80 });
    assert.equal(global.verdict.outcome, 'answered', global.told);
    const local = await sh(
      node.transport,
      "ip -n db -o -6 addr show dev eth0 scope link | sed 's/.*inet6 \\([^/]*\\).*/\\1/'",
    );
    const named = await probe(`${local.trim()}%eth0`, { kind: 'icmp' });
    assert.equal(named.verdict.outcome, 'answered', named.told);
    assert.equal((await probe(local.trim(), { kind: 'tcp', port: 80 })).verdict.outcome, 'answered');
    await assert.rejects(probe(`${local.trim()}%nope`, { kind: 'icmp' }), { code: 'bad-input' });
  });

  it('sends echo requests of a size, that may not be fragmented, as many as wished, with a TTL', async () => {
    const many = await probe('db', { kind: 'icmp', count: 3, intervalMs: 50, payloadBytes: 1000 });
    const sequences = new Set(
      many.sightings.filter(({ protocol }) => protocol === 'icmp-reply').map(({ sequence }) => sequence),
    );
    assert.deepEqual([...sequences], [1, 2, 3], many.told);
    assert.ok(many.sightings.every(({ repeat }) => repeat === null));
    const big = await probe('db', { kind: 'icmp', payloadBytes: 3000 });
    assert.equal(big.verdict.delivered, true, big.told);
    await sh(node.transport, 'ip link set cbr1 mtu 1280; ip link set veth-far mtu 1280');
    const tooBig = await probe('far', { kind: 'icmp', payloadBytes: 1400, dontFragment: true });
    assert.deepEqual(
      [tooBig.verdict.outcome, tooBig.verdict.lostOn],
      ['unreachable', 'request'],
      tooBig.told,
    );
    assert.match(tooBig.verdict.reason ?? '', /fragmentation needed/i);
    const short = await probe('far', { kind: 'icmp', ttl: 1 });
    assert.match(short.verdict.reason ?? '', /time to live exceeded/);
  });

  for (const tool of ['python3', 'bash', 'busybox'] as const) {
    it(`makes do with ${tool} where there is nothing better`, async () => {
      const better = {
        python3: ['perl'],
        bash: ['perl', 'python3'],
        busybox: ['perl', 'python3', 'bash', 'nc', 'ncat'],
      }[tool];
      await listen(node.transport, 'db', 'tcp', 80);
      await listen(node.transport, 'db', 'udp', 5000);
      await sh(node.transport, hide(...better));
      const outcome = async (wish: ProbeWish): Promise<string> => (await probe('db', wish)).verdict.outcome;
      assert.equal(await outcome({ kind: 'tcp', port: 80 }), 'answered');
      assert.equal(await outcome({ kind: 'tcp', port: 81 }), 'refused');
      if (tool !== 'busybox') {
        assert.equal(await outcome({ kind: 'udp', port: 5000 }), 'answered');
        assert.equal(await outcome({ kind: 'udp', port: 5001 }), 'refused');
      }
    });
  }

  it('says what to install where nothing can open a socket', async () => {
    await sh(node.transport, hide('perl', 'python3', 'bash', 'nc', 'ncat', 'busybox'));
    const result = await probe('db', { kind: 'tcp', port: 80 });
    assert.equal(result.verdict.outcome, 'unsent');
    assert.match(result.verdict.reason ?? '', /Install one of perl, python3 or netcat/);
  });

  it('does not act in a namespace that took the place of the one that was read', async () => {
    const topology = await inspect(node.transport);
    await sh(node.transport, 'ip netns del web; ip netns add keep; ip netns add web');
    const result = await traceIn(node.transport, topology, 'web', 'db');
    assert.equal(result.verdict.outcome, 'unsent');
    assert.match(result.verdict.reason ?? '', /another network namespace is here now/);
    assert.deepEqual(result.sightings, []);
  });
});
