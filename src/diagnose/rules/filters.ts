/** Pure: rules of nftables and iptables that drop. */
import { verdictOf, type FilterTable } from '../../iproute/netfilter/ruleset.ts';
import { tablesOf } from '../../iproute/netfilter/rulesets.ts';
import type { Finding, Proof } from '../../topology/finding.ts';
import type { Link, Namespace } from '../../topology/topology.ts';
import { findingOf, switchOf, switchProof, type Draft, type Ground } from '../ground.ts';
import { commandIn, mendBy, stepOf, type MaybeStep } from '../mends.ts';
import { bridgeNetfilterSwitch, callsIpRules } from '../../trace/bridgeNetfilter.ts';
import { unknownMarks, type PacketFields } from '../../trace/gates/packetFields.ts';
import { findDrop, type Drop, type HookPoint } from '../../trace/gates/passGate.ts';
import { nameOfChain, ruleRecord } from '../../trace/words.ts';

/** Bridges between whose ports everything is dropped, by the rules of the bridge family or, through br_netfilter, of IP. */
export function findFilteredBridges(ground: Ground): Finding[] {
  return ground.topology.links.flatMap((bridge) => {
    const home = ground.homeOf(bridge);
    const isBusy = bridge.kind === 'bridge' && ground.index.portsOf(bridge.id).length > 1;
    return isBusy && tablesOf(home.netfilter).length > 0 ? filteredBridge(ground, home, bridge) : [];
  });
}

function filteredBridge(ground: Ground, home: Namespace, bridge: Link): Finding[] {
  const name = ground.nameOf(bridge);
  return bridgeHooks(ground, home, bridge).flatMap(({ point, family, proofs }) => {
    const both = { iifname: bridge.name, oifname: bridge.name };
    const packet: PacketFields = { family, fields: point.layer === 'ip' ? both : {} };
    const gate = { namespace: home.id, point, ingress: null, egress: null };
    const drop = findDrop(tablesOf(home.netfilter), gate, packet, unknownMarks);
    return drop === null
      ? []
      : dropFinding(ground, home, drop, {
          rule: 'bridge-filtered',
          severity: 'error',
          links: [bridge],
          key: `${point.layer} v${family}`,
          title: `${dropName(drop)} drops all IPv${family} traffic between the ports of ${name}.`,
          explanation:
            point.layer === 'ip'
              ? `br_netfilter hands bridged packets to the rules of IP, as if they were routed: pods of one bridge do not reach each other.`
              : 'The rules of the bridge family see every frame that goes from port to port.',
          more: proofs,
          accept: point.layer === 'ip' ? [both] : [],
        });
  });
}

interface BridgeHook {
  readonly point: HookPoint;
  readonly family: 4 | 6;
  readonly proofs: readonly Proof[];
}

/** Where the kernel asks about a bridged packet, whatever it is. */
function bridgeHooks({ index }: Ground, home: Namespace, bridge: Link): BridgeHook[] {
  return ([4, 6] as const).flatMap((family) => [
    { point: { layer: 'bridge', hook: 'forward' }, family, proofs: [] },
    ...(callsIpRules(index, bridge, family)
      ? [{ point: { layer: 'ip', hook: 'forward' }, family, proofs: [netfilterProof(home, family)] } as const]
      : []),
  ]);
}

function netfilterProof(home: Namespace, family: 4 | 6): Proof {
  const name = bridgeNetfilterSwitch(family);
  return switchProof(name, switchOf(home, name) ?? 0);
}

/** Chains that drop something, with what they dropped so far. A firewall is no fault. */
export function findDroppingChains(ground: Ground): Finding[] {
  return ground.topology.namespaces.flatMap((home) =>
    tablesOf(home.netfilter).flatMap((table) => droppingChains(ground, home, table)),
  );
}

function droppingChains(ground: Ground, home: Namespace, table: FilterTable): Finding[] {
  return [...table.chains.values()].flatMap((chain) => {
    const dropping = chain.rules.filter((rule) => ['drop', 'reject'].includes(verdictOf(rule)?.kind ?? ''));
    const dropped = dropping.reduce((sum, { packets }) => sum + (packets ?? 0), 0);
    const counted = dropped > 0 ? ` They dropped ${dropped} packets so far.` : '';
    return dropping.length === 0
      ? []
      : [
          findingOf({
            rule: 'filter-drops',
            severity: 'info',
            namespaces: [home.id],
            key: `${table.tool} ${table.family} ${table.name} ${chain.name}`,
            title: `${dropping.length === 1 ? 'A rule' : `${dropping.length} rules`} in ${nameOfChain(table, chain)} of ${ground.nameOfHome(home.id)} drop${dropping.length === 1 ? 's' : ''} packets.`,
            explanation: `What a filter drops looks like a broken cable to both ends.${counted}`,
            evidence: dropping.slice(0, 8).map(({ text, packets }) => ({
              kind: 'filter',
              text: packets === null ? text : `${text} (${packets} packets)`,
              record: { table: table.name, chain: chain.name, rule: text, packets },
            })),
            mend: null,
          }),
        ];
  });
}

/** "The policy of chain FORWARD of table ip filter". */
export function dropName({ table, chain, rule }: Drop): string {
  return `${rule === null ? 'The policy of' : 'A rule in'} ${nameOfChain(table, chain)}`;
}

interface DropDraft extends Omit<Draft, 'evidence' | 'mend'> {
  readonly more?: readonly Proof[];
  /** The packets to let pass, by the fields that select them. */
  readonly accept: readonly Readonly<Record<string, string>>[];
}

/** A finding about a certain drop, whose mend lets pass what is named before the chain comes to the drop. */
export function dropFinding(ground: Ground, home: Namespace, drop: Drop, draft: DropDraft): Finding {
  const { more = [], accept, ...rest } = draft;
  const { table, chain, rule } = drop;
  const steps = accept.map((fields) => acceptStep(home, drop, fields));
  const where = nameOfChain(table, drop.base);
  return findingOf({
    ...rest,
    evidence: [
      {
        kind: 'filter',
        text:
          rule === null
            ? `${nameOfChain(table, chain)}: policy drop`
            : `${nameOfChain(table, chain)}: ${rule.text}`,
        record: ruleRecord(table, { chain, rule }),
      },
      ...more,
    ],
    mend: mendBy(`Let it pass at the head of ${where} of ${ground.nameOfHome(home.id)}`, steps, [
      'The rule that drops stays; this one comes before it. Whatever manages the rules may remove it again.',
    ]),
  });
}

/** Names that need no quotes in nft's own language. */
const plainName = /^[A-Za-z][\w./-]*$/;

function acceptStep(
  home: Namespace,
  { table, base }: Drop,
  fields: Readonly<Record<string, string>>,
): MaybeStep {
  const isPlain = [table.name, base.name, ...Object.values(fields)].every((name) => /^[\w.:/-]+$/.test(name));
  if (!isPlain || !plainName.test(table.name) || !plainName.test(base.name)) {
    return null;
  }
  return table.tool === 'nft'
    ? nftAccept(home, table, base.name, fields)
    : iptablesAccept(home, table, base.name, fields);
}

const mark = 'patchbay-mend';

/** nft removes rules by handle alone, which is known only once they are there. */
const removeMarked =
  `nft delete rule "$1" "$2" "$3" handle "$(nft -a list chain "$1" "$2" "$3" | ` +
  `sed -n 's/.* comment "${mark}" # handle \\([0-9]*\\)$/\\1/p' | head -n 1)"`;

function nftAccept(
  home: Namespace,
  table: FilterTable,
  chain: string,
  fields: Readonly<Record<string, string>>,
): MaybeStep {
  const place = [table.family, table.name, chain];
  const matches = Object.entries(fields).flatMap(([field, value]) => [
    ...field.split(' '),
    field.endsWith('ifname') ? `"${value}"` : value,
  ]);
  return stepOf(
    commandIn(home, ['nft', 'insert', 'rule', ...place, ...matches, 'accept', 'comment', `"${mark}"`]),
    commandIn(home, ['sh', '-c', removeMarked, 'sh', ...place]),
  );
}

const iptablesOptions: Readonly<Record<string, readonly string[]>> = {
  'ip saddr': ['-s'],
  'ip daddr': ['-d'],
  'ip6 saddr': ['-s'],
  'ip6 daddr': ['-d'],
  'icmpv6 type': ['-p', 'ipv6-icmp', '--icmpv6-type'],
  iifname: ['-i'],
  oifname: ['-o'],
};

/** What ip6tables calls by other names. */
const iptablesNames: Readonly<Record<string, string>> = {
  'nd-neighbor-solicit': 'neighbour-solicitation',
  'nd-neighbor-advert': 'neighbour-advertisement',
};

function iptablesAccept(
  home: Namespace,
  { program, name }: FilterTable,
  chain: string,
  fields: Readonly<Record<string, string>>,
): MaybeStep {
  const rule = Object.entries(fields).flatMap(([field, value]) => [
    ...(iptablesOptions[field] ?? ['']),
    iptablesNames[value] ?? value,
  ]);
  const run = (verb: string): readonly string[] | null =>
    commandIn(home, [program, '-w', '-t', name, verb, chain, ...rule, '-j', 'ACCEPT']);
  return rule.includes('') ? null : stepOf(run('-I'), run('-D'));
}
