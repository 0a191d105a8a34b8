import assert from 'node:assert/strict';
import type { ProbeWish } from '../../../src/trace/probe.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { outside } from './outside.ts';
import { listen, natVoices, sh, traceAndTell } from './wiring.ts';

/** A port of db, as docker publishes it, with the networks of cbr0 and cbr1 kept apart. */
const docker = `iptables-restore --noflush <<'END'
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 10.244.0.0/24 ! -o cbr0 -j MASQUERADE
-A POSTROUTING -s 10.244.0.3/32 -d 10.244.0.3/32 -p tcp -m tcp --dport 8080 -j MASQUERADE
-A DOCKER -i cbr0 -j RETURN
-A DOCKER ! -i cbr0 -p tcp -m tcp --dport 8000 -j DNAT --to-destination 10.244.0.3:8080
COMMIT
*filter
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o cbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o cbr0 -j DOCKER
-A FORWARD -i cbr0 ! -o cbr0 -j ACCEPT
-A FORWARD -i cbr0 -o cbr0 -j ACCEPT
-A FORWARD -o cbr1 -j ACCEPT
-A FORWARD -i cbr1 -j ACCEPT
-A DOCKER -d 10.244.0.3/32 ! -i cbr0 -o cbr0 -p tcp -m tcp --dport 8080 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i cbr0 ! -o cbr0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o cbr1 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
END
`;

/** A port of far, as the portmap plugin of CNI publishes it. */
const portmap = `iptables-restore --noflush <<'END'
*nat
:CNI-HOSTPORT-SETMARK - [0:0]
:CNI-HOSTPORT-MASQ - [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
:CNI-DN-4b1d - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ
-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000
-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: net id: 1" -m multiport --dports 8001 -j CNI-DN-4b1d
-A CNI-DN-4b1d -s 10.245.0.0/24 -p tcp -m tcp --dport 8001 -j CNI-HOSTPORT-SETMARK
-A CNI-DN-4b1d -s 127.0.0.1/32 -p tcp -m tcp --dport 8001 -j CNI-HOSTPORT-SETMARK
-A CNI-DN-4b1d -p tcp -m tcp --dport 8001 -j DNAT --to-destination 10.245.0.2:8080
COMMIT
END
echo 1 >/proc/sys/net/ipv4/conf/cbr1/route_localnet
`;

/** The same in nftables, as netavark does for podman. */
const netavark = `nft -f - <<'END'
table inet netavark {
  chain PREROUTING { type nat hook prerouting priority dstnat; fib daddr type local jump NETAVARK-HOSTPORT-DNAT; }
  chain OUTPUT { type nat hook output priority -100; fib daddr type local jump NETAVARK-HOSTPORT-DNAT; }
  chain POSTROUTING {
    type nat hook postrouting priority srcnat; policy accept;
    meta mark & 0x00002000 == 0x00002000 masquerade
    ip saddr 10.245.0.0/24 jump nv_net
  }
  chain FORWARD {
    type filter hook forward priority filter; policy accept;
    ct state invalid drop
    ip daddr 10.245.0.0/24 ct state established,related accept
    ip saddr 10.245.0.0/24 accept
  }
  chain NETAVARK-HOSTPORT-SETMARK { meta mark set meta mark | 0x00002000; }
  chain nv_net { ip daddr 10.245.0.0/24 accept; ip daddr != 224.0.0.0/4 masquerade; }
  chain nv_net_dnat {
    ip saddr 10.245.0.0/24 tcp dport 8002 jump NETAVARK-HOSTPORT-SETMARK
    ip saddr 127.0.0.1 tcp dport 8002 jump NETAVARK-HOSTPORT-SETMARK
    tcp dport 8002 dnat ip to 10.245.0.2:8080
  }
  chain NETAVARK-HOSTPORT-DNAT { tcp dport 8002 jump nv_net_dnat; }
}
table ip6 out {
  chain post { type nat hook postrouting priority srcnat; ip6 saddr fd00:244::/64 oifname "up0" masquerade; }
}
table inet maps {
  map targets { type ipv4_addr . inet_service : ipv4_addr . inet_service; elements = { 203.0.113.1 . 8003 : 10.245.0.2 . 8080 }; }
  chain pre {
    type nat hook prerouting priority dstnat + 5; policy accept;
    dnat ip to ip daddr . tcp dport map @targets
    tcp dport 8004 dnat ip to numgen inc mod 2 map { 0 : 10.245.0.2, 1 : 10.245.0.3 }
    tcp dport 8005 dnat ip to 10.245.0.2-10.245.0.9
    udp dport 8006 limit rate 100/second dnat ip to 10.245.0.2:8080
  }
}
END
`;

interface Case {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly probe: ProbeWish;
  readonly said: readonly RegExp[];
}

const tcp = (port: number): ProbeWish => ({ kind: 'tcp', port });

const cases: readonly Case[] = [
  {
    what: 'a pod to the outside',
    from: 'web',
    to: '203.0.113.2',
    probe: { kind: 'icmp' },
    said: [/the source 10\.244\.0\.2 is rewritten to 203\.0\.113\.1 \(the node\) \(masquerade\)\.$/],
  },
  {
    what: 'a pod to the outside, by TCP',
    from: 'web',
    to: '203.0.113.2',
    probe: tcp(80),
    said: [/the source 10\.244\.0\.2 is rewritten to 203\.0\.113\.1 \(the node\) \(masquerade\)\.$/],
  },
  {
    what: 'a pod to the outside, over IPv6',
    from: 'web',
    to: 'fd00:99::2',
    probe: { kind: 'icmp' },
    said: [/the source fd00:244::2 is rewritten to fd00:99::1 \(the node\) \(masquerade\)\.$/],
  },
  {
    what: 'the outside to a port that docker publishes',
    from: 'outside',
    to: '203.0.113.1',
    probe: tcp(8000),
    said: [
      /chain DOCKER \(iptables, table nat\): the destination 203\.0\.113\.1 port 8000 is rewritten to 10\.244\.0\.3 port 8080 \(db\) \(dnat\)\.$/,
    ],
  },
  {
    what: 'the outside to a port that portmap publishes',
    from: 'outside',
    to: '203.0.113.1',
    probe: tcp(8001),
    said: [/chain CNI-DN-4b1d .*is rewritten to 10\.245\.0\.2 port 8080 \(far\) \(dnat\)\.$/],
  },
  {
    what: 'the node to it by localhost, masqueraded and let out by route_localnet',
    from: 'node',
    to: '127.0.0.1',
    probe: tcp(8001),
    said: [
      /the destination 127\.0\.0\.1 port 8001 is rewritten to 10\.245\.0\.2 port 8080 \(far\) \(dnat\)\.$/,
      /the source 127\.0\.0\.1 is rewritten to 10\.245\.0\.1 \(the node\) \(masquerade\)\.$/,
    ],
  },
  {
    what: 'a pod to its own port by the node, masqueraded',
    from: 'far',
    to: '203.0.113.1',
    probe: tcp(8002),
    said: [
      /chain nv_net_dnat of table inet netavark: .* is rewritten to 10\.245\.0\.2 port 8080 \(far\) \(dnat\)\.$/,
      /the source 10\.245\.0\.2 is rewritten to 10\.245\.0\.1 \(the node\) \(masquerade\)\.$/,
    ],
  },
  {
    what: 'the outside by a map of addresses and ports',
    from: 'outside',
    to: '203.0.113.1',
    probe: tcp(8003),
    said: [/chain pre of table inet maps: .* is rewritten to 10\.245\.0\.2 port 8080 \(far\) \(dnat\)\.$/],
  },
];

describe('ways through address translation', () => {
  let sandbox: Sandbox;
  let transport: Transport;

  before(async () => {
    sandbox = await startSandbox();
    transport = sandbox.transport;
    await sh(
      transport,
      `${outside}
       pod near cbr1 10.245.0.3 fd00:245::3 10.245.0.1 fd00:245::1
       ip link set dev veth-far type bridge_slave hairpin on
       ip link set lo up; ip route add default via 203.0.113.2
       ${docker}${portmap}${netavark}`,
    );
    for (const pod of ['db', 'far']) {
      await listen(transport, pod, 'tcp', 8080);
    }
    await listen(transport, 'outside', 'tcp', 80);
    await listen(transport, 'near', 'tcp', 8004);
    await listen(transport, 'far', 'udp', 8080);
  });

  after(() => sandbox.dispose());

  const traced = (from: string, to: string, probe: ProbeWish) => traceAndTell(transport, from, to, probe);

  const nat = ({ path }: Trace): string[] => natVoices(path.hops);

  for (const { what, from, to, probe, said } of cases) {
    it(`are foretold and seen: ${what}`, async () => {
      const result = await traced(from, to, probe);
      assert.deepEqual(
        [result.verdict.outcome, result.path.stopped, result.wayBack?.stopped ?? null],
        ['answered', null, null],
        result.told,
      );
      const voices = nat(result);
      assert.equal(voices.length, said.length, voices.join('\n'));
      said.forEach((sentence, at) => assert.match(voices[at] ?? '', sentence));
      const seen = new Set(result.sightings.map(({ link }) => link));
      const watched = result.path.hops.filter(({ direction }) => direction !== 'through');
      assert.deepEqual(
        watched.filter(({ link }) => !seen.has(link)),
        [],
        result.told,
      );
      assert.deepEqual(
        result.kernel.filter(({ agrees }) => agrees !== true),
        [],
        result.told,
      );
    });
  }

  it('take one of a map by chance, and say which others it could have been', async () => {
    const result = await traced('outside', '203.0.113.1', tcp(8004));
    const [choice] = result.path.choices;
    assert.deepEqual(choice?.options, ['10.245.0.2 (far)', '10.245.0.3 (near)'], result.told);
    assert.equal(choice.seen, true);
    const end = choice.taken === 0 ? 'refused' : 'answered';
    assert.equal(result.verdict.outcome, end, result.told);
  });

  it('say where they are not certain, and what is not understood', async () => {
    const limited = await traced('outside', '203.0.113.1', { kind: 'udp', port: 8006 });
    assert.match(
      nat(limited)[0] ?? '',
      /rewritten to one of 10\.245\.0\.2 port 8080 \(far\) and 203\.0\.113\.1, as it is \(dnat\)\. That is not certain: it depends on what is not followed here \(limit rate 100\/second.*\)\.$/,
    );
    assert.deepEqual(
      [limited.verdict.outcome, limited.path.choices[0]?.seen],
      ['answered', true],
      limited.told,
    );
    const range = await traced('outside', '203.0.113.1', tcp(8005));
    assert.match(
      range.path.stopped ?? '',
      /^Where it goes on is not known: its destination becomes one of 10\.245\.0\.2-10\.245\.0\.9\.$/,
    );
  });

  it('end at the rule that keeps two networks apart', async () => {
    const { path, verdict, told } = await traced('web', '10.245.0.2', { kind: 'icmp' });
    assert.match(
      path.stopped ?? '',
      /^The node drops it: `-o cbr1 -j DROP` in chain DOCKER-ISOLATION-STAGE-2 \(iptables, table filter\), at the hook forward\.$/,
      told,
    );
    assert.deepEqual(
      [path.stoppedBy?.kind, verdict.delivered, verdict.lostOn],
      ['filter', false, 'request'],
      told,
    );
    assert.match(verdict.reason ?? '', /DOCKER-ISOLATION-STAGE-2/);
  });

  it('stay inside where nothing lets loopback addresses out', async () => {
    await sh(transport, 'echo 0 >/proc/sys/net/ipv4/conf/cbr1/route_localnet');
    const { path, verdict, told } = await traced('node', '127.0.0.1', tcp(8001));
    await sh(transport, 'echo 1 >/proc/sys/net/ipv4/conf/cbr1/route_localnet');
    assert.match(
      path.stopped ?? '',
      /does not let packets from 127\.0\.0\.1 out of cbr1: loopback addresses stay inside \(route_localnet is off\)/,
      told,
    );
    assert.equal(verdict.delivered, false, told);
  });
});
