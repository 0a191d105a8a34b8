import assert from 'node:assert/strict';
import { parseIptablesSave } from '../../../src/iproute/netfilter/iptablesSave.ts';
import { parseNftRuleset } from '../../../src/iproute/netfilter/nft.ts';
import type { ElementSet, RuleStep, Translation } from '../../../src/iproute/netfilter/ruleset.ts';
import { withoutTablesOfIptables } from '../../../src/iproute/netfilter/rulesets.ts';

const chainOf = (text: string, chain: string) => parseNftRuleset(text)[0]?.chains.get(chain);

/** The steps of the only rule of a chain. */
const stepsOf = (rule: string): readonly RuleStep[] =>
  chainOf(`table inet t {\n chain c {\n ${rule}\n }\n}`, 'c')?.rules[0]?.steps ?? [];

/** The same as one line each: "ip saddr != 10.0.0.1", "accept". */
const told = (steps: readonly RuleStep[]): string[] =>
  steps.map((step) => {
    switch (step.kind) {
      case 'match': {
        const { key, mask, operator, values, text } = step.match;
        const bits = mask === null ? '' : ` & ${mask}`;
        return key.length === 0 ? `? ${text}` : `${key.join(' . ')}${bits} ${operator} ${values.join(', ')}`;
      }
      case 'verdict':
        return 'chain' in step.verdict ? `${step.verdict.kind} ${step.verdict.chain}` : step.verdict.kind;
      case 'mark':
        return `${step.change.mark} := ${step.change.of ?? '?'} & ${step.change.bits.keep} ^ ${step.change.bits.flip}`;
      case 'verdicts':
        return `${step.lookUp.key.join(' . ')} vmap ${mapText(step.lookUp.map)}`;
      case 'translate':
        return `${step.translation.kind} ${targetText(step.translation.to)}`;
      case 'untrack':
        return 'untrack';
    }
  });

function mapText(map: string | ElementSet<unknown>): string {
  return typeof map === 'string' ? `@${map}` : (map.elements ?? []).map(({ key }) => key).join(', ');
}

function targetText(to: Translation['to']): string {
  return 'map' in to
    ? `${to.key.join(' . ')} map ${mapText(to.map)}`
    : [to.address, to.port, to.open].map((part) => part ?? '-').join(' ');
}

describe('the text of nft', () => {
  it('gives tables, base chains with their policy, and rules with their counters', () => {
    const [table] = parseNftRuleset(`table ip filter { # handle 1
	chain FORWARD { # handle 1
		type filter hook forward priority filter; policy drop;
		meta l4proto icmp ip saddr 10.0.0.1 ip daddr 10.0.0.2 icmp type echo-request  counter packets 7 bytes 588 drop # handle 2
		iifname "br0" oifname != "br0" ct state related,established counter packets 0 bytes 0 accept
		tcp dport { 80, 443 } jump web
	}
	chain web {
		ip saddr @friends return
		reject with icmp port-unreachable
	}
	set friends {
		type ipv4_addr
		flags interval
		elements = { 10.0.0.0/24, 10.1.0.1,
			     10.1.0.2 }
	}
}`);
    const forward = table?.chains.get('FORWARD');
    assert.deepEqual(
      [table?.family, table?.name, forward?.base, forward?.policy],
      ['ip', 'filter', { type: 'filter', hook: 'forward', priority: 0, devices: [] }, 'drop'],
    );
    assert.deepEqual(
      forward?.rules.map(({ packets }) => packets),
      [7, 0, null],
    );
    assert.deepEqual(
      forward.rules.map(({ steps }) => told(steps)),
      [
        [
          'l4proto == icmp',
          'ip saddr == 10.0.0.1',
          'ip daddr == 10.0.0.2',
          'icmp type == echo-request',
          'drop',
        ],
        ['iifname == br0', 'oifname != br0', 'ct state == related, established', 'accept'],
        ['tcp dport == 80, 443', 'jump web'],
      ],
    );
    assert.deepEqual(
      table?.sets.get('friends')?.elements?.map(({ key }) => key),
      ['10.0.0.0/24', '10.1.0.1', '10.1.0.2'],
    );
    assert.deepEqual(
      table.chains.get('web')?.rules.map(({ steps }) => told(steps)),
      [['ip saddr == @friends', 'return'], ['reject']],
    );
  });

  it('makes of what it does not know a match that may be true', () => {
    for (const text of [
      'limit rate 10/second burst 5 packets',
      'xt match physdev',
      'ip saddr & 255.0.0.0 == 10.0.0.0',
      'ip ttl 1',
      'quota over 10 mbytes',
    ]) {
      assert.deepEqual(
        told(stepsOf(`${text} counter packets 0 bytes 0 accept`)),
        [`? ${text}`, 'accept'],
        text,
      );
    }
    assert.deepEqual(told(stepsOf('tcp dport 22 queue to 1')), ['tcp dport == 22', 'unknown']);
    assert.deepEqual(told(stepsOf('xt target "TARPIT"')), ['unknown']);
  });

  it('reads marks, as they are asked for and as they are set', () => {
    const rules: readonly (readonly [string, readonly string[]])[] = [
      ['meta mark & 0x00004000 == 0x00000000 return', ['meta mark & 16384 == 0x00000000', 'return']],
      ['mark and 0x4000 != 0x4000 return', ['meta mark & 16384 != 0x4000', 'return']],
      ['meta mark 0x1 accept', ['meta mark == 0x1', 'accept']],
      ['meta mark set 0x5', ['meta mark := meta mark & 0 ^ 5']],
      ['meta mark set meta mark | 0x00004000', ['meta mark := meta mark & 4294950911 ^ 16384']],
      ['meta mark set mark xor 0x4000', ['meta mark := meta mark & 4294967295 ^ 16384']],
      ['meta mark set meta mark & 0x0000ffff | 0x00000010', ['meta mark := meta mark & 65519 ^ 16']],
      ['meta mark set ct mark', ['meta mark := ct mark & 4294967295 ^ 0']],
      ['ct mark set meta mark', ['ct mark := meta mark & 4294967295 ^ 0']],
      ['meta mark set numgen inc mod 4', ['meta mark := ? & 0 ^ 0']],
    ];
    for (const [rule, steps] of rules) {
      assert.deepEqual(told(stepsOf(rule)), steps, rule);
    }
  });

  it('reads concatenations, sets, maps of verdicts, and numbers that are drawn', () => {
    const rules: readonly (readonly [string, readonly string[]])[] = [
      [
        'ip daddr . meta l4proto . th dport vmap @service-ips',
        ['ip daddr . l4proto . th dport vmap @service-ips'],
      ],
      [
        'ip daddr @nodes meta l4proto . th dport vmap @ports',
        ['ip daddr == @nodes', 'l4proto . th dport vmap @ports'],
      ],
      ['numgen random mod 2 vmap { 0 : goto a, 1 : goto b }', ['chance vmap 0, 1']],
      [
        'jhash ip saddr mod 2 seed 0x1 vmap { 0 : goto a, 1 : goto b } counter packets 0 bytes 0',
        ['hash vmap 0, 1'],
      ],
      [
        'ct state vmap { invalid : drop, established : accept, related : accept }',
        ['ct state vmap invalid, established, related'],
      ],
      ['iifname . oifname { "a" . "b" } drop', ['iifname . oifname == a . b', 'drop']],
      [
        'tcp flags syn / fin,syn,rst,ack ct state new drop',
        ['tcp flags & 23 == 2', 'ct state == new', 'drop'],
      ],
      ['tcp flags != syn / fin,syn,rst,ack drop', ['tcp flags & 23 != 2', 'drop']],
      ['tcp flags syn,ack drop', ['tcp flags & 18 != 0', 'drop']],
      ['tcp dport >= 1024 drop', ['tcp dport >= 1024', 'drop']],
      ['fib saddr . mark . iif oif missing drop', ['fib saddr oif == missing', 'drop']],
      ['meta random & 2147483647 < 1073741824 jump a', ['chance & 2147483647 < 1073741824', 'jump a']],
      ['update @recent { ip saddr } tcp dport 22 accept', ['tcp dport == 22', 'accept']],
      [
        'update @recent { ip saddr limit rate 3/minute } drop',
        ['? update @recent { ip saddr limit rate 3/minute }', 'drop'],
      ],
      ['udp dport 53 notrack', ['udp dport == 53', 'untrack']],
    ];
    for (const [rule, steps] of rules) {
      assert.deepEqual(told(stepsOf(rule)), steps, rule);
    }
  });

  it('reads what addresses become', () => {
    const rules: readonly (readonly [string, string])[] = [
      ['dnat to 10.244.0.3:8080', 'dnat 10.244.0.3 8080 -'],
      ['dnat ip6 to [fd00::3]:8080', 'dnat fd00::3 8080 -'],
      ['dnat ip to 10.244.0.3', 'dnat 10.244.0.3 - -'],
      ['redirect to :8080', 'redirect - 8080 -'],
      ['masquerade fully-random', 'masquerade - - -'],
      ['masquerade to :1024-65535', 'masquerade - - -'],
      ['snat to 10.1.1.1 persistent', 'snat 10.1.1.1 - -'],
      ['dnat ip to 10.244.0.3-10.244.0.9', 'dnat - - 10.244.0.3-10.244.0.9'],
      ['dnat ip to 10.244.0.3:80-90', 'dnat 10.244.0.3 - 10.244.0.3:80-90'],
      ['dnat ip to ip daddr . tcp dport map @m', 'dnat ip daddr . tcp dport map @m'],
      ['dnat ip to numgen random mod 2 map { 0 : 10.0.0.3 . 80, 1 : 10.0.0.4 . 81 }', 'dnat chance map 0, 1'],
      ['xt target "DNAT"', 'dnat - - what DNAT says'],
    ];
    for (const [rule, step] of rules) {
      assert.deepEqual(told(stepsOf(rule)), [step], rule);
    }
  });

  it('reads the elements of maps, with what is remarked about them', () => {
    const [table] = parseNftRuleset(`table ip t {
	map services {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.0.10 . tcp . 80 comment "shop/web:http" : goto service-A/tcp/http,
			     10.96.0.30 . tcp . 80 counter packets 3 bytes 180 comment ": goto x, y" : drop }
	}
	map targets {
		type inet_service : ipv4_addr . inet_service
		flags interval
		elements = { 100-200 : 10.244.0.3 . 8080, * : 10.244.0.4 . 8080 }
	}
	set clients {
		type ipv4_addr
		size 65535
		flags dynamic,timeout
		timeout 3h
		elements = { 10.244.0.2 timeout 3h expires 2h59m58s, 10.244.0.4 limit rate 3/second }
	}
}`);
    assert.deepEqual(table?.sets.get('services'), {
      elements: [
        { key: '10.96.0.10 . tcp . 80', value: { kind: 'goto', chain: 'service-A/tcp/http' } },
        { key: '10.96.0.30 . tcp . 80', value: { kind: 'drop' } },
      ],
      isVolatile: false,
    });
    assert.deepEqual(
      table.sets.get('targets')?.elements?.map(({ key, value }) => [key, value]),
      [
        ['100-200', { address: '10.244.0.3', port: 8080, open: null }],
        ['*', { address: '10.244.0.4', port: 8080, open: null }],
      ],
    );
    assert.deepEqual(table.sets.get('clients'), { elements: null, isVolatile: true });
  });

  it('knows when chains are called', () => {
    const base = (family: string, hook: string, priority: string): unknown =>
      parseNftRuleset(
        `table ${family} t {\n chain c {\n type filter hook ${hook} priority ${priority}; policy accept;\n }\n}`,
      )[0]?.chains.get('c')?.base;
    const places: readonly (readonly [string, string, string, number])[] = [
      ['ip', 'prerouting', 'dstnat - 10', -110],
      ['inet', 'input', 'filter', 0],
      ['ip6', 'output', '-110', -110],
      ['bridge', 'forward', 'filter', -200],
      ['inet', 'postrouting', 'srcnat + 5', 105],
    ];
    for (const [family, hook, written, priority] of places) {
      assert.deepEqual(base(family, hook, written), { type: 'filter', hook, priority, devices: [] });
    }
    assert.deepEqual(base('netdev', 'ingress devices = { "eth0", "eth1" }', 'filter'), {
      ...{ type: 'filter', hook: 'ingress', priority: 0, devices: ['eth0', 'eth1'] },
    });
  });

  it('takes no word of a comment, a prefix or a name for a verdict', () => {
    const text =
      'table ip t {\n chain c {\n iifname "drop" log prefix "drop: " level warn comment "accept" counter packets 1 bytes 2\n }\n}';
    const [rule] = chainOf(text, 'c')?.rules ?? [];
    assert.deepEqual(
      [rule?.text, rule?.packets, told(rule?.steps ?? [])],
      ['iifname "drop" log prefix "drop: " level warn comment "accept"', 1, ['iifname == drop']],
    );
  });

  it('keeps the rules before the place where a text was cut, and says that the table is not whole', () => {
    const text =
      'table ip t {\n chain c {\n type filter hook input priority 0; policy drop;\n tcp dport 22 accept\n ip saddr 10.';
    assert.equal(chainOf(text, 'c')?.policy, 'drop');
    assert.deepEqual(told(chainOf(text, 'c')?.rules[0]?.steps ?? []), ['tcp dport == 22', 'accept']);
    assert.equal(parseNftRuleset(text)[0]?.isWhole, false);
    assert.equal(parseNftRuleset('table ip t {\n}\n')[0]?.isWhole, true);
  });
});

describe('the text of iptables-save', () => {
  const ruleOf = (rule: string, tool: 'iptables' | 'ip6tables' = 'iptables'): string[] => {
    const text = `*filter\n:FORWARD ACCEPT [0:0]\n[1:2] -A FORWARD ${rule}\nCOMMIT\n`;
    return told(parseIptablesSave(tool, text)[0]?.chains.get('FORWARD')?.rules[0]?.steps ?? []);
  };

  it('gives the same as nft would say', () => {
    const rules: readonly (readonly [string, readonly string[]])[] = [
      [
        '-s 10.0.0.1/32 -d 10.0.0.2/32 -p icmp -m icmp --icmp-type 8 -m comment --comment "-j ACCEPT" -j DROP',
        ['ip saddr == 10.0.0.1/32', 'ip daddr == 10.0.0.2/32', 'l4proto == icmp', 'icmp type == 8', 'drop'],
      ],
      [
        '! -i br+ -p tcp -m tcp --dport 80:90 -g foo',
        ['iifname != br*', 'l4proto == tcp', 'tcp dport == 80-90', 'goto foo'],
      ],
      ['-m physdev --physdev-is-bridged -j ACCEPT', ['physdev bridged == ', 'accept']],
      ['-m set --match-set friends src -j ACCEPT', ['? set --match-set friends src', 'accept']],
      ['-m limit --limit 5/min -j LOG --log-prefix "x: "', ['? limit --limit 5/min']],
      [
        '-p tcp -m multiport --dports 80,443,1000:2000 -j ACCEPT',
        ['l4proto == tcp', 'tcp dport == 80, 443, 1000-2000', 'accept'],
      ],
      [
        '-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
        ['ct state != related, established, dnat', 'drop'],
      ],
      [
        '-m conntrack --ctstate NEW --ctorigdst 10.0.0.1 --ctorigdstport 80 -j ACCEPT',
        ['ct state == new', 'ct original daddr == 10.0.0.1', 'ct original proto-dst == 80', 'accept'],
      ],
      [
        '-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m state --state NEW -j DROP',
        ['l4proto == tcp', 'tcp flags & 23 != 2', 'ct state == new', 'drop'],
      ],
      ['-m addrtype --dst-type LOCAL -j RETURN', ['fib daddr type == local', 'return']],
      [
        '-m iprange --src-range 10.0.0.1-10.0.0.9 -j REJECT --reject-with icmp-port-unreachable',
        ['ip saddr == 10.0.0.1-10.0.0.9', 'reject'],
      ],
      ['-m mark ! --mark 0x4000/0x4000 -j RETURN', ['meta mark & 16384 != 0x4000', 'return']],
      ['-m connmark --mark 0x1 -j ACCEPT', ['ct mark == 0x1', 'accept']],
      ['-j MARK --set-xmark 0x4000/0x4000', ['meta mark := meta mark & 4294950911 ^ 16384']],
      ['-j MARK --set-xmark 0x4000/0x0', ['meta mark := meta mark & 4294967295 ^ 16384']],
      [
        '-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff',
        ['meta mark := ct mark & 4294967295 ^ 0'],
      ],
      ['-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff', ['ct mark := ? & 4294967295 ^ 0']],
      ['-m statistic --mode random --probability 0.50000000000 -j SEP', ['chance == random', 'jump SEP']],
      ['-m statistic --mode nth --every 2 --packet 0 -j SEP', ['chance == nth', 'jump SEP']],
      ['-p udp -j CT --notrack', ['l4proto == udp', 'untrack']],
      [
        '-p tcp -m tcp -j DNAT --to-destination 10.244.0.3:8080',
        ['l4proto == tcp', 'dnat 10.244.0.3 8080 -'],
      ],
      ['-p tcp -j REDIRECT --to-ports 8080', ['l4proto == tcp', 'redirect - 8080 -']],
      ['-j SNAT --to-source 10.1.1.1-10.1.1.9', ['snat - - 10.1.1.1-10.1.1.9']],
      ['-j MASQUERADE --random-fully', ['masquerade - - -']],
      ['-j NFQUEUE --queue-num 1', ['unknown']],
    ];
    for (const [rule, steps] of rules) {
      assert.deepEqual(ruleOf(rule), steps, rule);
    }
    assert.deepEqual(ruleOf('-s fd00::/64 -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j DROP', 'ip6tables'), [
      ...['ip6 saddr == fd00::/64', 'l4proto == ipv6-icmp', 'icmpv6 type == 135', 'drop'],
    ]);
  });

  it('gives chains with their policy and when they are called, and the program that changes them', () => {
    const text = `# Generated by iptables-save v1.8.9 (nf_tables) on Tue Nov 24 02:10:42 2026
*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
COMMIT
*filter
:FORWARD DROP [12:1008]
`;
    const [nat, filter] = parseIptablesSave('iptables', text);
    assert.deepEqual(nat?.chains.get('PREROUTING')?.base, {
      type: 'nat',
      hook: 'prerouting',
      priority: -100,
      devices: [],
    });
    assert.equal(nat.chains.get('KUBE-SERVICES')?.base, null);
    assert.deepEqual(
      [filter?.chains.get('FORWARD')?.policy, filter?.isWhole, nat.isWhole],
      ['drop', false, true],
    );
    assert.equal(nat.program, 'iptables-nft');
    assert.equal(
      parseIptablesSave('iptables', text.replace(' (nf_tables)', ''))[0]?.program,
      'iptables-legacy',
    );
    assert.equal(parseIptablesSave('ip6tables', '*nat\n:INPUT ACCEPT [0:0]\n')[0]?.program, 'ip6tables');
  });

  it('stands for the tables that nft lists in words of its own', () => {
    const nft = `table inet own {
	chain in {
	}
}
# Warning: table ip filter is managed by iptables-nft, do not touch!
table ip filter {
	chain KUBE-FIREWALL {
		ip saddr != 127.0.0.0/8 ip daddr 127.0.0.0/8  ct status dnat counter packets 0 bytes 0 drop
	}
}
table ip6 filter {
}
`;
    const save =
      '# Generated by iptables-save v1.8.9 (nf_tables) on Tue\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n';
    const left = withoutTablesOfIptables(nft, [
      { tool: 'nft', text: nft },
      { tool: 'iptables', text: save },
    ]);
    assert.deepEqual(
      parseNftRuleset(left).map(({ family, name }) => `${family} ${name}`),
      ['inet own', 'ip6 filter'],
    );
    const legacy = save.replace(' (nf_tables)', '');
    assert.equal(withoutTablesOfIptables(nft, [{ tool: 'iptables', text: legacy }]), nft);
  });
});
