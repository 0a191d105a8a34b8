import assert from 'node:assert/strict';
import { parseIptablesSave } from '../../../src/iproute/netfilter/iptablesSave.ts';
import { parseNftRuleset } from '../../../src/iproute/netfilter/nft.ts';
import type { FilterTable } from '../../../src/iproute/netfilter/ruleset.ts';
import { joined, type Ending } from '../../../src/trace/gates/chainWalk.ts';
import {
  noMarks,
  unknownMarks,
  type Marks,
  type PacketFields,
} from '../../../src/trace/gates/packetFields.ts';
import { findDrop, passGate, type Gate, type Passed } from '../../../src/trace/gates/passGate.ts';

/** An echo request from 10.244.0.2 to 10.245.0.2 that comes in by cbr0. */
const ping: PacketFields = {
  family: 4,
  fields: {
    'ip saddr': '10.244.0.2',
    'ip daddr': '10.245.0.2',
    l4proto: 'icmp',
    'icmp type': 'echo-request',
    'ct state': ['new'],
    'ct status': [],
    iifname: 'cbr0',
    oifname: 'cbr1',
  },
};

const tcp: PacketFields = {
  family: 4,
  fields: {
    ...ping.fields,
    l4proto: 'tcp',
    'icmp type': null,
    'tcp dport': '80',
    'th dport': '80',
    'tcp flags': '2',
  },
};

const gateAt = (hook: string, layer: Gate['point']['layer'] = 'ip'): Gate => ({
  ...{ namespace: '1', point: { layer, hook }, ingress: null, egress: null },
});

interface Circumstances {
  readonly packet?: PacketFields;
  /** Sets, maps and chains of the same table. */
  readonly more?: string;
  readonly policy?: 'accept' | 'drop';
  readonly marks?: Marks;
}

/** What a chain at the hook forward makes of a packet: "drop", "pass", or "may: WHAT IT DEPENDS ON". */
function fateOf(
  rules: string,
  { packet = ping, more = '', policy = 'accept', marks = noMarks }: Circumstances = {},
): string {
  const text = `table inet t {\n${more}\n chain c {\n type filter hook forward priority 0; policy ${policy};\n ${rules}\n }\n}`;
  const { drop, possible } = pass(parseNftRuleset(text), 'forward', packet, marks);
  const doubts = possible.flatMap((one) => (one.doubts.length === 0 ? ['chance'] : one.doubts));
  return drop ? drop.kind : possible.length > 0 ? `may: ${doubts.join('; ')}` : 'pass';
}

function pass(
  tables: readonly FilterTable[],
  hook: string,
  packet: PacketFields,
  marks: Marks = noMarks,
): Passed {
  const translated: Ending[] = [];
  return passGate(tables, gateAt(hook), {
    marks,
    isTracked: true,
    fieldsAt: () =>
      translated.length === 0
        ? packet
        : { ...packet, fields: { ...packet.fields, 'ip daddr': '10.245.0.2' } },
    isTranslatedAt: () => translated.length === 0,
    translate: (_gate, _table, endings) => {
      translated.push(...endings);
      return joined(endings.map(({ standing }) => standing)) ?? { marks, isTracked: true, doubts: [] };
    },
    remember: () => undefined,
  });
}

describe('the way of a packet through rules', () => {
  const fates: readonly (readonly [rules: string, fate: string, options?: Circumstances])[] = [
    // What a rule wants
    ['ip saddr 10.244.0.0/24 drop', 'drop'],
    ['ip saddr != 10.244.0.0/24 drop', 'pass'],
    ['ip saddr 10.244.0.1-10.244.0.9 drop', 'drop'],
    ['ip saddr { 10.1.0.0/16, 10.244.0.2 } reject', 'reject'],
    ['ip6 saddr fd00::/8 drop', 'pass'],
    ['ip6 saddr != fd00::/8 drop', 'pass'],
    ['iifname "cbr*" oifname != "cbr0" drop', 'drop'],
    ['iifname . oifname { "cbr0" . "cbr1" } drop', 'drop'],
    ['tcp dport != 22 drop', 'pass'],
    ['tcp dport != 22 drop', 'drop', { packet: tcp }],
    ['tcp dport 80-90 drop', 'drop', { packet: tcp }],
    ['th dport >= 1024 drop', 'pass', { packet: tcp }],
    ['tcp flags syn / fin,syn,rst,ack drop', 'drop', { packet: tcp }],
    ['tcp flags != syn / fin,syn,rst,ack drop', 'pass', { packet: tcp }],
    ['meta l4proto { tcp, udp } drop', 'pass'],
    ['ct state established,related accept; drop', 'drop'],
    ['ct state vmap { established : accept, new : drop }', 'drop'],
    ['ct state vmap { established : accept, related : accept }', 'pass'],
    ['ct status dnat accept; drop', 'drop'],
    ['meta nfproto ipv6 drop', 'pass'],
    // Sets and maps
    [
      'ip saddr @s drop',
      'drop',
      { more: ' set s {\n type ipv4_addr\n flags interval\n elements = { 10.244.0.0/24 }\n }' },
    ],
    ['ip saddr @s drop', 'pass', { more: ' set s {\n type ipv4_addr\n }' }],
    [
      'ip saddr @s drop',
      'may: ip saddr @s',
      {
        more: ' set s {\n type ipv4_addr\n flags dynamic,timeout\n elements = { 10.244.0.2 timeout 1m expires 3s }\n }',
      },
    ],
    [
      'ip daddr . meta l4proto . th dport vmap @m',
      'drop',
      {
        packet: tcp,
        more: ' map m {\n type ipv4_addr . inet_proto . inet_service : verdict\n elements = { 10.245.0.2 . tcp . 80 comment "x" : drop }\n }',
      },
    ],
    ['tcp dport vmap { 22 : accept, 80-90 : drop, * : accept }', 'drop', { packet: tcp }],
    ['tcp dport vmap { 22 : drop, * : accept }', 'pass', { packet: tcp }],
    // Jumps
    ['jump a', 'drop', { more: ' chain a {\n drop\n }' }],
    ['jump a; drop', 'drop', { more: ' chain a {\n return\n }' }],
    ['goto a; drop', 'pass', { more: ' chain a {\n tcp dport 1 accept\n }' }],
    ['goto a', 'drop', { policy: 'drop', more: ' chain a {\n tcp dport 1 accept\n }' }],
    ['jump nowhere', 'may: chance'],
    // What is not known
    ['limit rate 1/second accept; drop', 'may: limit rate 1/second'],
    ['limit rate 1/second drop', 'may: limit rate 1/second'],
    ['limit rate 1/second log; drop', 'drop'],
    ['limit rate 1/second jump a; drop', 'drop', { more: ' chain a {\n counter packets 0 bytes 0\n }' }],
    ['limit rate 1/second drop; drop', 'drop'],
    ['ip ttl 1 drop; accept', 'may: ip ttl 1'],
    ['meta mark 0x1 drop', 'may: meta mark 0x1', { marks: unknownMarks }],
    // Chance
    ['numgen random mod 2 vmap { 0 : drop, 1 : accept }', 'may: chance'],
    ['numgen random mod 2 vmap { 0 : drop, 1 : drop }', 'drop'],
    ['meta random & 2147483647 < 1073741824 drop', 'may: chance'],
    // Marks
    ['meta mark set 0x4000; meta mark & 0x4000 == 0x4000 drop', 'drop'],
    ['meta mark set meta mark | 0x1; meta mark set meta mark ^ 0x1; meta mark 0x0 drop', 'drop'],
    ['limit rate 1/second meta mark set 0x1; meta mark 0x1 drop', 'may: meta mark 0x1'],
    ['ct mark set 0x7; meta mark set ct mark; meta mark 0x7 drop', 'drop'],
    // The end of a chain
    ['tcp dport 22 accept', 'drop', { policy: 'drop' }],
    ['icmp type echo-request accept', 'pass', { policy: 'drop' }],
  ];
  for (const [rules, fate, options] of fates) {
    const { policy, more } = options ?? {};
    it(`ends as the kernel would end it: ${[policy, rules, more?.replace(/\s+/g, ' ').trim()].filter(Boolean).join(' | ')}`, () => {
      assert.equal(fateOf(rules.replaceAll('; ', '\n '), options), fate);
    });
  }

  it('asks chains in the order of their priority, and knows no connection before it is looked up', () => {
    const chain = (name: string, priority: string, rule: string): string =>
      ` chain ${name} {\n type filter hook prerouting priority ${priority}; policy accept;\n ${rule}\n }\n`;
    const table = `table ip t {\n${chain('late', 'filter', 'meta mark 0x1 drop')}${chain('early', 'mangle', 'meta mark set 0x1')}}`;
    assert.equal(pass(parseNftRuleset(table), 'prerouting', ping).drop?.chain.name, 'late');
    const raw = `table ip t {\n${chain('c', 'raw', 'ct state new drop')}}`;
    assert.equal(pass(parseNftRuleset(raw), 'prerouting', ping).drop, null);
    const untracked = `table ip t {\n${chain('a', 'raw', 'notrack')}${chain('b', 'filter', 'ct state untracked drop')}}`;
    assert.equal(pass(parseNftRuleset(untracked), 'prerouting', ping).drop?.chain.name, 'b');
  });

  it('translates between the chains before and behind it, whatever priority the chain of type nat has', () => {
    const table = `table ip t {
 chain nat {\n type nat hook prerouting priority -300; policy accept;\n ip daddr 10.96.0.10 dnat to 10.245.0.2\n }
 chain before {\n type filter hook prerouting priority -110; policy accept;\n ip daddr 10.245.0.2 drop\n }
 chain behind {\n type filter hook prerouting priority 0; policy accept;\n ip daddr 10.245.0.2 drop\n }
}`;
    const packet = { ...ping, fields: { ...ping.fields, 'ip daddr': '10.96.0.10' } };
    assert.equal(pass(parseNftRuleset(table), 'prerouting', packet).drop?.chain.name, 'behind');
  });

  it('is not certain of the policy of a table that was cut, nor of what a chain says beyond its limit', () => {
    const cut = parseNftRuleset(
      'table ip t {\n chain c {\n type filter hook forward priority 0; policy drop;\n tcp dport 22 accept\n ip saddr 10.',
    );
    const { drop, possible } = pass(cut, 'forward', ping);
    assert.deepEqual(
      [drop, possible.map(({ doubts }) => doubts.at(-1))],
      [null, ['rules that were not read']],
    );
    const chains = Array.from(
      { length: 20 },
      (_, i) => ` chain c${i} {\n${` jump c${i + 1}\n`.repeat(4)} }`,
    ).join('\n');
    const maze = `table ip t {\n chain c {\n type filter hook forward priority 0; policy drop;\n jump c0\n }\n${chains}\n chain c20 {\n }\n}`;
    const lost = pass(parseNftRuleset(maze), 'forward', ping);
    assert.equal(lost.drop, null);
    assert.ok(lost.possible.some(({ kind }) => kind === 'unknown'));
  });

  it('turns a negation of several states around, as iptables means it', () => {
    const text = `*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP\nCOMMIT\n`;
    const packet = (state: string[]): PacketFields => ({
      ...tcp,
      fields: { ...tcp.fields, 'ip daddr': '127.0.0.1', 'ct state': state },
    });
    const tables = parseIptablesSave('iptables', text);
    const dropAt = (state: string[]) =>
      findDrop(tables, gateAt('output'), packet(state), noMarks)?.kind ?? null;
    assert.deepEqual(
      [dropAt(['new']), dropAt(['new', 'dnat']), dropAt(['established'])],
      ['drop', null, null],
    );
  });

  it('knows the links of a chain that looks at single links', () => {
    const tables = parseNftRuleset(
      'table netdev t {\n chain c {\n type filter hook ingress device "veth-web" priority filter; policy drop;\n }\n}',
    );
    const at = (name: string) =>
      findDrop(tables, { ...gateAt('ingress', 'netdev'), ingress: { name } as never }, ping, noMarks);
    assert.deepEqual([at('veth-web')?.kind, at('veth-db')], ['drop', null]);
  });
});
