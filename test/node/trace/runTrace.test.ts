import assert from 'node:assert/strict';
import { describeTrace } from '../../../src/trace/describe.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { TopologyIndex } from '../../../src/trace/topologyIndex.ts';
import { nameOfLink } from '../../../src/trace/words.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { openLab } from '../../../src/transport/lab/openLab.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { sh, trace, wiring } from './wiring.ts';

interface Traced {
  readonly trace: Trace;
  readonly topology: Topology;
}

function linkNames(topology: Topology, ids: readonly (string | null)[]): (string | null)[] {
  const index = new TopologyIndex(topology);
  return ids.map((id) => {
    const link = id === null ? undefined : index.link(id);
    return link ? nameOfLink(index, link) : null;
  });
}

function lost({ trace: { verdict }, topology }: Traced): (string | null)[] {
  return [verdict.lostOn, ...linkNames(topology, [verdict.lostAfter, verdict.lostBefore])];
}

/** Whether every hop that a packet is seen at was seen, in both directions; a bridge between two ports is not one. */
function seenAll({ path, sightings }: Trace): boolean {
  const saw = (link: string, protocol: string): boolean =>
    sightings.some((one) => one.link === link && one.protocol === protocol);
  return path.hops
    .filter(({ direction }) => direction !== 'through')
    .every(({ link }) => saw(link, 'icmp-request') && saw(link, 'icmp-reply'));
}

/** Processes of ours that must not outlive a trace. */
async function leftovers(transport: Transport): Promise<string> {
  return sh(
    transport,
    'for pid in /proc/[0-9]*; do cat "$pid/comm" 2>/dev/null || :; done | grep -E "^(tcpdump|dumpcap|ping)$" || :',
  );
}

describe('runTrace, in a lab over real SSH', () => {
  let transport: Transport;

  beforeEach(async () => {
    transport = await openLab();
    await sh(transport, wiring);
  });

  afterEach(() => transport.dispose());

  it('sees a first ping whole, with the question and its flood, and leaves nothing behind', async () => {
    const { trace: cold, topology } = await trace(transport, 'web', 'db');
    assert.equal(cold.verdict.delivered, true, describeTrace(cold, topology));
    assert.ok((cold.verdict.rttMs ?? 0) > 0);
    assert.equal(cold.observedBy, 'tcpdump');
    assert.deepEqual(cold.notes, []);
    assert.ok(seenAll(cold));
    const flood = cold.events.find(({ phase, links }) => phase === 'arp' && links.length > 1);
    assert.deepEqual(linkNames(topology, flood?.links ?? []).sort(), ['cbr0', 'veth-db', 'veth-third']);
    assert.equal(await leftovers(transport), '');
  });

  it('sees a second ping without a question, along the learned port', async () => {
    await trace(transport, 'web', 'db');
    const { trace: warm } = await trace(transport, 'web', 'db');
    assert.equal(warm.verdict.delivered, true);
    assert.equal(
      warm.events.some(({ phase }) => phase === 'arp'),
      false,
    );
    assert.equal(warm.path.hops[3]?.decidedBy?.kind, 'fdb');
    assert.equal(warm.events.length, 8);
  });

  const delivered: [string, string][] = [
    ['web', 'node'],
    ['node', 'db'],
    ['web', 'far'],
    ['web', 'fd00:245::2'],
    ['10.244.0.3', '10.244.0.2'],
  ];
  for (const [from, to] of delivered) {
    it(`is delivered from ${from} to ${to}, seen at every link`, async () => {
      const result = await trace(transport, from, to);
      assert.equal(result.trace.verdict.delivered, true, describeTrace(result.trace, result.topology));
      assert.ok(seenAll(result.trace), describeTrace(result.trace, result.topology));
    });
  }

  it('finds its own ping among others between the same two', async () => {
    await sh(transport, 'ip netns exec web ping -n -i 0.01 10.244.0.3 >/dev/null 2>&1 &');
    const { trace: busy } = await trace(transport, 'web', 'db');
    const requests = busy.sightings.filter(({ protocol }) => protocol === 'icmp-request');
    assert.equal(busy.verdict.delivered, true);
    assert.deepEqual([requests.length, new Set(requests.map(({ sequence }) => sequence)).size], [4, 1]);
  });

  const faults: [string, string, string, (string | null)[], RegExp][] = [
    [
      'an address that nobody has',
      ':',
      '10.244.0.9',
      ['request', 'cbr0', null],
      /nobody answered.*No port of cbr0 leads/s,
    ],
    [
      'its own host end down',
      'ip link set veth-web down',
      'db',
      ['request', null, 'eth0 of web'],
      /veth-web.*is down/,
    ],
    [
      'the other host end down',
      'ip link set veth-db down',
      'db',
      ['request', 'cbr0', 'veth-db'],
      /veth-db, its other end, is down/,
    ],
    [
      'the other host end on no bridge',
      'ip link set veth-db nomaster',
      'db',
      ['request', 'cbr0', 'veth-db'],
      /veth-db, its other end, is not a port of cbr0/,
    ],
    [
      'its own host end on no bridge',
      'ip link set veth-web nomaster',
      'db',
      ['request', 'veth-web', null],
      /veth-web is not a port of a bridge/,
    ],
    [
      'the bridge down',
      'ip link set cbr0 down',
      'db',
      ['request', 'veth-web', 'cbr0'],
      /The bridge cbr0 is down/,
    ],
    [
      'no route',
      'ip -n web route del default',
      'far',
      ['request', null, null],
      /no route to 10.245.0.2.*Network is unreachable/is,
    ],
    [
      'a destination without a way back',
      'ip -n far route del default',
      'far',
      ['reply', 'eth0 of far', null],
      /far has no route to 10.244.0.2/i,
    ],
  ];
  for (const [what, fault, to, where, reason] of faults) {
    it(`says where it was lost, and why: ${what}`, async () => {
      await sh(transport, fault);
      const result = await trace(transport, 'web', to);
      assert.equal(result.trace.verdict.delivered, false);
      assert.deepEqual(lost(result), where, describeTrace(result.trace, result.topology));
      assert.match(result.trace.verdict.reason ?? '', reason);
    });
  }

  it('traces into and out of namespaces that only a process holds', async () => {
    await sh(
      transport,
      `unshare --net sleep 1000 </dev/null >/dev/null 2>&1 & pid=$!
       until [ "$(cat /proc/$pid/comm)" = sleep ]; do :; done
       ip link add veth-held type veth peer name eth0 netns $pid
       ip link set veth-held up master cbr0
       nsenter -t $pid -n ip link set lo up
       nsenter -t $pid -n ip addr add 10.244.0.7/24 dev eth0
       nsenter -t $pid -n ip link set eth0 up`,
    );
    for (const [from, to] of [
      ['web', 'sleep'],
      ['sleep', 'web'],
    ] as const) {
      const { trace: held } = await trace(transport, from, to);
      assert.equal(held.verdict.delivered, true);
      assert.ok(seenAll(held));
    }
  });

  it('survives hostile names', async () => {
    const names = ['$(touch PWNED)', `'; reboot '`, '-n'];
    for (const [i, name] of names.entries()) {
      const at = i + 20;
      const quoted = `'${name.replaceAll("'", `'\\''`)}'`;
      await sh(
        transport,
        `touch /run/netns/${quoted}
         unshare --net sh -c 'mount --bind /proc/self/ns/net "$1"' sh /run/netns/${quoted}
         ip link add 'v;$(id)${i}' type veth peer name 'e<b>"${i}'
         ip link set 'e<b>"${i}' netns ${quoted}
         ip link set 'v;$(id)${i}' up master cbr0
         ip netns exec ${quoted} sh -c 'ip addr add 10.244.0.${at}/24 dev "$1"; ip link set "$1" up' sh 'e<b>"${i}'`,
      );
      const { trace: hostile, topology } = await trace(transport, 'web', `10.244.0.${at}`);
      assert.equal(hostile.verdict.delivered, true, describeTrace(hostile, topology));
      assert.ok(seenAll(hostile));
      const back = await trace(transport, `10.244.0.${at}`, 'web');
      assert.equal(back.trace.verdict.delivered, true, describeTrace(back.trace, back.topology));
    }
    assert.equal(await sh(transport, 'ls PWNED ~/PWNED 2>/dev/null || :'), '');
  });

  /**
   * Hides a program from commands: covers its file with an empty one, in the lab's own mount namespace. The empty file
   * is in the lab's /tmp: the lab shares the machine's /dev, where changing anything would outlive it.
   */
  const hide = (program: string): Promise<string> =>
    sh(
      transport,
      `: >/tmp/nothing
       while path=$(command -v ${program}); do mount --bind /tmp/nothing "$(readlink -f "$path")"; done`,
    );

  it('falls back to link counters without tcpdump, says so, and still finds the place', async () => {
    await hide('tcpdump');
    await hide('dumpcap');
    const { trace: counted, topology } = await trace(transport, 'web', 'db');
    assert.equal(counted.observedBy, 'counters');
    assert.equal(counted.verdict.delivered, true);
    const moved = new Set(
      linkNames(
        topology,
        counted.sightings.map(({ link }) => link),
      ),
    );
    assert.ok(['eth0 of web', 'veth-web', 'veth-db', 'eth0 of db'].every((name) => moved.has(name)));
    assert.ok(counted.notes.some((note) => note.includes('Install tcpdump')));
    await sh(transport, 'ip link set veth-web nomaster');
    const broken = await trace(transport, 'web', 'db');
    assert.deepEqual(
      lost(broken),
      ['request', 'veth-web', null],
      describeTrace(broken.trace, broken.topology),
    );
  });

  it('predicts, and says what is missing, without ping', async () => {
    await hide('ping');
    const { trace: predicted } = await trace(transport, 'web', 'db');
    assert.equal(predicted.observedBy, 'none');
    assert.equal(predicted.path.hops.length, 5);
    assert.match(predicted.verdict.reason ?? '', /ping is not installed/);
  });

  for (const stage of ['Starting to watch the way', 'Pinging 10.244.0.9']) {
    it(`is cancelled while it says "${stage}", and leaves nothing behind`, async () => {
      const cancel = new AbortController();
      const onProgress = (text: string): void => {
        if (text === stage) {
          setImmediate(() => cancel.abort());
        }
      };
      await assert.rejects(trace(transport, 'web', '10.244.0.9', { signal: cancel.signal, onProgress }), {
        code: 'cancelled',
      });
      await sh(
        transport,
        'while cat /proc/[0-9]*/comm 2>/dev/null | grep -qE "^(tcpdump|ping)$"; do :; done',
      );
      assert.equal(await leftovers(transport), '');
    });
  }

  it('fails with the connection', async () => {
    const onProgress = (text: string): void => {
      if (text.startsWith('Pinging')) {
        transport.dispose();
      }
    };
    await assert.rejects(trace(transport, 'web', '10.244.0.9', { onProgress }), { code: 'connection-lost' });
  });
});
