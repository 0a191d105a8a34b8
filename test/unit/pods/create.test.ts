import assert from 'node:assert/strict';
import { planCreatePods, type CreatePodsRequest } from '../../../src/pods/create.ts';
import { planAsText, planAsUndoScript } from '../../../src/pods/script.ts';
import type { Neighbour, Route, Topology } from '../../../src/topology/topology.ts';
import { PatchbayError, type ErrorCode } from '../../../src/util/errors.ts';
import { idOf, topologyOf, unknownOf, type Sketch } from './sketch.ts';

const lo = { kind: 'loopback', addresses: ['127.0.0.1/8', '::1/128'] };
const wired: Sketch = {
  node: {
    links: {
      lo,
      eth0: { addresses: ['192.0.2.10/24'], altnames: ['enp0s3'] },
      cbr0: {
        kind: 'bridge',
        addresses: ['10.244.0.1/24', 'fe80::1/64'],
        mtu: 1450,
        alias: 'patchbay:bridge',
      },
      bare: { kind: 'bridge' },
      six: { kind: 'bridge', addresses: ['fe80::2/64', 'fd00:1::1/64'] },
      down: { kind: 'bridge', addresses: ['10.3.0.1/30'], up: false },
      'veth-db': { kind: 'veth', master: 'cbr0', peer: 'db/eth0' },
    },
  },
  db: { links: { lo, eth0: { kind: 'veth', addresses: ['10.244.0.2/24'], peer: 'node/veth-db' } } },
  inner: { links: { lo, br0: { kind: 'bridge', addresses: ['10.9.0.1/24'] } } },
};
const existing = (name: string): CreatePodsRequest['bridge'] => ({ existing: idOf(wired, `node/${name}`) });
const cbr0 = existing('cbr0');

function route(destination: string, table = 'main'): Route {
  const base = {
    namespace: 'id-node',
    type: 'unicast',
    gateway: null,
    link: null,
    source: null,
    scope: null,
  };
  return { ...base, table, destination, protocol: null, metric: null, family: 4, raw: {} };
}

function refuses(
  request: Partial<CreatePodsRequest>,
  code: ErrorCode,
  message: RegExp,
  topology: Topology = topologyOf(wired),
): void {
  assert.throws(
    () => planCreatePods(topology, { names: ['web'], bridge: cbr0, ...request }),
    (error) => {
      assert.ok(error instanceof PatchbayError, String(error));
      assert.match(error.message, message);
      assert.equal(error.code, code);
      return true;
    },
  );
}

function addressesOf(topology: Topology, request: CreatePodsRequest): string[] {
  const { steps } = planCreatePods(topology, request);
  return steps.flatMap(({ argv }) => (argv[1] === '-n' && argv[3] === 'addr' ? (argv[5] ?? []) : []));
}

describe('planCreatePods', () => {
  it('shows the exact commands for a pod on a bridge that it makes first', () => {
    const plan = planCreatePods(topologyOf({ node: { links: { lo } } }), {
      names: ['web'],
      bridge: { create: 'cbr0', subnet: '10.244.0.0/24' },
    });
    const text = planAsText(plan);
    const host = /name (veth-web-\w{4}) address (fe(:[0-9a-f]{2}){5}) /.exec(text);
    assert.ok(host);
    const [, link = '', mac = ''] = host;
    assert.equal(
      text,
      `ip link add name cbr0 address 0a:58:0a:f4:00:01 type bridge
ip link set dev cbr0 alias patchbay:bridge up
ip addr add 10.244.0.1/24 dev cbr0
ip netns add web
ip link add name ${link} address ${mac} mtu 1500 master cbr0 type veth peer name eth0 mtu 1500 netns web
ip link set dev ${link} alias 'patchbay:pod=web' up
ip -n web link set dev lo alias 'patchbay:pod=web' up
ip -n web link set dev eth0 alias 'patchbay:pod=web' up
ip -n web addr add 10.244.0.2/24 dev eth0
ip -n web route add default via 10.244.0.1
`,
    );
    assert.equal(planAsUndoScript(plan), `ip link del dev ${link}\nip netns del web\nip link del dev cbr0\n`);
    assert.equal(plan.title, 'Create pod web on new bridge cbr0');
    assert.deepEqual(plan.warnings, []);
  });

  it('plugs a pod into an existing bridge, with its MTU and the next free address', () => {
    const plan = planCreatePods(topologyOf(wired), { names: ['web'], bridge: cbr0 });
    const text = planAsText(plan);
    assert.equal(plan.title, 'Create pod web on cbr0');
    assert.match(text, /mtu 1450 master cbr0 type veth peer name eth0 mtu 1450 netns web\n/);
    assert.match(text, /addr add 10\.244\.0\.3\/24 dev eth0\n/);
    assert.match(text, /route add default via 10\.244\.0\.1\n/);
    assert.doesNotMatch(text, /type bridge/);
  });

  it('makes many pods in one plan: given addresses are kept, the rest are filled in around them', () => {
    const request = {
      names: ['a', 'b', 'c', 'd'],
      bridge: cbr0,
      addresses: ['', '10.244.0.3', '10.244.0.9/24'],
    };
    assert.deepEqual(addressesOf(topologyOf(wired), request), [
      '10.244.0.4/24',
      '10.244.0.3/24',
      '10.244.0.9/24',
      '10.244.0.5/24',
    ]);
    assert.equal(planCreatePods(topologyOf(wired), request).title, 'Create 4 pods on cbr0');
  });

  it('makes an IPv6 pod on an IPv6 bridge, past its link-local address', () => {
    const text = planAsText(planCreatePods(topologyOf(wired), { names: ['web'], bridge: existing('six') }));
    assert.match(text, /addr add fd00:1::2\/64 nodad dev eth0\n/);
    assert.match(text, /route add default via fd00:1::1\n/);
  });

  it('gives long and like-sounding pod names links of their own, within 15 bytes and free', () => {
    const names = Array.from({ length: 300 }, (_, at) => `${'same-long-name.'.repeat(4)}${at}`.slice(-63));
    const bridge = { create: 'cbr1', subnet: '10.8.0.0/22' };
    const first = planCreatePods(topologyOf(wired), { names, bridge });
    const links = first.steps.flatMap(({ undo }) => (undo?.[1] === 'link' ? (undo[4] ?? []) : [])).slice(1);
    assert.equal(new Set(links).size, 300);
    assert.ok(links.every((name) => Buffer.byteLength(name) <= 15));
    const clash = { ...wired, node: { links: { ...wired['node']?.links, [links[0] ?? '']: {} } } };
    const second = planCreatePods(topologyOf(clash), { names: names.slice(0, 1), bridge: cbr0 });
    assert.doesNotMatch(planAsText(second), new RegExp(`name ${links[0] ?? ''} `));
  });

  it('warns of what will not work or is not known', () => {
    const down = planCreatePods(topologyOf(wired), { names: ['web'], bridge: existing('down') });
    assert.match(down.warnings.join(' '), /down is down/);
    const bare = planCreatePods(topologyOf(wired), {
      names: ['web'],
      bridge: existing('bare'),
      addresses: ['10.7.0.2/24'],
    });
    assert.match(bare.warnings.join(' '), /no default route/);
    assert.doesNotMatch(planAsText(bare), /route add/);
    const unread = topologyOf(wired, { unknown: [unknownOf('links', 'id-db'), unknownOf('routes')] });
    const warnings = planCreatePods(unread, { names: ['web'], bridge: cbr0 }).warnings.join(' ');
    assert.match(warnings, /Not every namespace/);
    assert.match(warnings, /routes could not be read/);
  });
});

describe('planCreatePods refuses a name', () => {
  const cases: readonly [name: string, code: ErrorCode, message: RegExp][] = [
    ['', 'bad-input', /needs a name/],
    ['my pod', 'bad-input', /cannot hold a space/],
    [`it's`, 'bad-input', /cannot hold the character '/],
    ['a"b', 'bad-input', /cannot hold the character "/],
    ['$(id)', 'bad-input', /cannot hold the character \$/],
    ['x'.repeat(300), 'bad-input', /at most 63 characters; this one has 300/],
    ['../etc', 'bad-input', /cannot hold the character \//],
    ['..', 'bad-input', /begins with a letter or a digit/],
    ['-n', 'bad-input', /begins with a letter or a digit/],
    ['a\nb', 'bad-input', /cannot hold the character U\+000A/],
    ['web\0', 'bad-input', /cannot hold the character U\+0000/],
    ['wéb', 'bad-input', /cannot hold the character é/],
    ['😀', 'bad-input', /cannot hold the character 😀/],
    ['4242', 'bad-input', /process id/],
    ['node', 'bad-input', /the machine itself/],
    ['db', 'exists', /namespace named db exists/],
  ];
  for (const [name, code, message] of cases) {
    it(JSON.stringify(name.slice(0, 20)), () => refuses({ names: [name] }, code, message));
  }

  it('given twice, or not given', () => {
    refuses({ names: ['web', 'web'] }, 'exists', /given twice/);
    refuses({ names: [] }, 'bad-input', /needs a name/);
  });

  it('that a second bind mount in /run/netns has', () => {
    const names = ['/run/docker/netns/free', '/var/run/netns/held'];
    const topology = topologyOf({ ...wired, db: { links: {}, names } });
    refuses({ names: ['held'] }, 'exists', /named held exists/, topology);
    planCreatePods(topology, { names: ['free'], bridge: cbr0 });
  });
});

describe('planCreatePods refuses an address', () => {
  const cases: readonly [address: string, message: RegExp][] = [
    ['10.245.0.2', /10\.245\.0\.2 is outside cbr0’s subnet 10\.244\.0\.0\/24/],
    ['10.244.0.0', /is the network address of 10\.244\.0\.0\/24/],
    ['10.244.0.255/24', /is the broadcast address/],
    ['10.244.0.1', /10\.244\.0\.1 is taken\. It is the address of cbr0 itself/],
    ['10.244.0.2', /taken\. eth0 of db has it/],
    ['10.244.0.9/16', /ends in \/24, not \/16/],
    ['10.244.0', /"10\.244\.0" is not an IP address/],
    ['10.244.0.300', /is not an IP address/],
    ['010.244.0.9', /is not an IP address/],
    ['10.244.0.9/33', /is not an IP address/],
    ['10.244.0.9/24/24', /is not an IP address/],
    ['$(id)', /is not an IP address/],
    ['fd00::2', /IPv6 address, but cbr0 has only 10\.244\.0\.0\/24/],
  ];
  for (const [address, message] of cases) {
    it(address, () => refuses({ addresses: [address] }, 'bad-input', message));
  }

  it('and offers a free one', () => {
    const request = { names: ['web'], bridge: cbr0, addresses: ['10.244.0.2'] };
    assert.throws(() => planCreatePods(topologyOf(wired), request), { hint: '10.244.0.3 is free.' });
  });

  it('given to two pods, or to none', () => {
    refuses(
      { names: ['a', 'b'], addresses: ['10.244.0.9', '10.244.0.9'] },
      'bad-input',
      /pod a of this request/,
    );
    refuses({ addresses: ['10.244.0.9', '10.244.0.10'] }, 'bad-input', /2 addresses for 1 pod/);
  });

  it('without a prefix, or unfit for a pod, on a bridge that has none itself', () => {
    const bridge = existing('bare');
    refuses({ bridge }, 'bad-input', /bare has no address/);
    refuses({ bridge, addresses: ['10.7.0.2'] }, 'bad-input', /bare has no address/);
    refuses({ bridge, addresses: ['nonsense'] }, 'bad-input', /not an IP address/);
    refuses({ bridge, addresses: ['224.0.0.5/24'] }, 'bad-input', /a multicast address/);
    refuses({ bridge, addresses: ['10.7.0.0/24'] }, 'bad-input', /network address/);
    refuses({ bridge, addresses: ['10.244.0.2/24'] }, 'bad-input', /taken/);
  });

  it('when the subnet is full, or has too few left', () => {
    const bridge = existing('down');
    refuses({ bridge, names: ['a', 'b'] }, 'bad-input', /has 1 free address left; 2 are needed/);
    const full = topologyOf({ ...wired, db: { links: { eth0: { addresses: ['10.3.0.2/30'] } } } });
    refuses({ bridge }, 'bad-input', /10\.3\.0\.0\/30 of down is full/, full);
  });
});

describe('planCreatePods and neighbours on the bridge', () => {
  const mac = '72:4d:00:00:00:09';
  const bridge = idOf(wired, 'node/cbr0');
  const learned = {
    namespace: 'id-node',
    link: null,
    bridge,
    mac,
    vlan: null,
    state: '',
    flags: [],
    raw: {},
  };
  const neighbour = (states: string[], link = bridge): Neighbour[] => [
    { namespace: 'id-node', link, address: '10.244.0.9', mac, states, raw: {} },
  ];
  const request = { addresses: ['10.244.0.9'] };
  const allows = (topology: Topology): unknown =>
    planCreatePods(topology, { names: ['web'], bridge: cbr0, ...request });

  it('leaves a host alone that answers from behind a port', () => {
    const topology = topologyOf(wired, { neighbours: neighbour(['REACHABLE']), fdb: [learned] });
    refuses(request, 'bad-input', /72:4d:00:00:00:09 answers for it on cbr0/, topology);
  });

  it('leaves it alone as well when the bridge’s table could not be read', () => {
    const unknown = [unknownOf('fdb', 'id-node')];
    refuses(
      request,
      'bad-input',
      /answers/,
      topologyOf(wired, { neighbours: neighbour(['DELAY']), unknown }),
    );
  });

  it('leaves alone what somebody wrote down', () => {
    refuses(request, 'bad-input', /answers/, topologyOf(wired, { neighbours: neighbour(['PERMANENT']) }));
  });

  it('uses the address of a pod deleted a moment ago again: no port leads to its MAC any more', () => {
    allows(topologyOf(wired, { neighbours: neighbour(['REACHABLE']) }));
  });

  it('does not mind what failed, grew stale, or is on another link', () => {
    allows(topologyOf(wired, { neighbours: neighbour(['FAILED']), fdb: [learned] }));
    allows(topologyOf(wired, { neighbours: neighbour(['STALE']), fdb: [learned] }));
    const elsewhere = neighbour(['REACHABLE'], idOf(wired, 'node/eth0'));
    allows(topologyOf(wired, { neighbours: elsewhere, fdb: [learned] }));
  });
});

describe('planCreatePods refuses a bridge', () => {
  it('that is a veth, and names those that are bridges', () => {
    const bridge = existing('veth-db');
    refuses({ bridge }, 'bad-input', /veth-db is a veth, not a bridge/);
    assert.throws(() => planCreatePods(topologyOf(wired), { names: ['web'], bridge }), {
      hint: 'Bridges of the node: cbr0, bare, six, down.',
    });
    refuses({ bridge: existing('eth0') }, 'bad-input', /eth0 is an ether, not a bridge/);
  });

  it('that is gone, or inside a pod', () => {
    refuses({ bridge: { existing: 'id-node:99' } }, 'not-found', /not on the node any more/);
    refuses(
      { bridge: { existing: idOf(wired, 'inner/br0') } },
      'bad-input',
      /br0 of inner is not the node’s own/,
    );
  });

  it('that has no port left', () => {
    const names = Array.from({ length: 1023 }, (_, at) => `p${at}`);
    refuses({ names }, 'bad-input', /at most 1023 ports; cbr0 has 1 and cannot take 1023 more/);
  });

  const names: readonly [name: string, code: ErrorCode, message: RegExp][] = [
    ['', 'bad-input', /needs a name/],
    ['sixteen-bytes-xx', 'bad-input', /at most 15 characters; this one has 16/],
    ['br 0', 'bad-input', /a space/],
    ['br/0', 'bad-input', /the character \//],
    ['br%d', 'bad-input', /the character %/],
    ['-br', 'bad-input', /begins with a letter/],
    ['all', 'bad-input', /keeps the name "all"/],
    ['eth0', 'exists', /link named eth0 already/],
    ['enp0s3', 'exists', /link named enp0s3 already/],
  ];
  for (const [name, code, message] of names) {
    it(`to be named ${JSON.stringify(name)}`, () =>
      refuses({ bridge: { create: name, subnet: '10.4.0.0/24' } }, code, message));
  }

  const subnets: readonly [subnet: string, message: RegExp][] = [
    ['', /"" is not a subnet/],
    ['10.4.0.0', /is not a subnet/],
    ['10.4.0.7/24', /is an address in a subnet/],
    ['10.4.0.0/31', /a \/8 to a \/30/],
    ['fd00:7::/127', /a \/16 to a \/126/],
    ['127.0.0.0/24', /loopback addresses/],
    ['239.0.0.0/24', /multicast addresses/],
    ['10.244.0.0/16', /overlaps 10\.244\.0\.0\/24, where cbr0 has an address/],
    ['192.0.2.128/25', /overlaps 192\.0\.2\.0\/24, where eth0/],
    ['10.50.1.0/24', /overlaps 10\.50\.0\.0\/16, to which the node has a route/],
    ['fd00:1::/72', /overlaps fd00:1::\/64, where six/],
  ];
  for (const [subnet, message] of subnets) {
    it(`with the subnet ${JSON.stringify(subnet)}`, () => {
      const topology = topologyOf(wired, { routes: [route('default'), route('10.50.0.0/16', '100')] });
      refuses({ bridge: { create: 'cbr1', subnet } }, 'bad-input', message, topology);
    });
  }
});
