/** "As commands": what to type on the node to see, with its own tools, what a topology says. Pure. */
import { enterNamespace } from '../iproute/enterNamespace.ts';
import { quoteArgv } from '../util/quote.ts';
import type { Link, Namespace, NodeFacts, Switches, Topology } from './topology.ts';

/** What a command shows of a namespace or of a link. */
export type ShownFact =
  | 'links'
  | 'routes'
  | 'rules'
  | 'neighbours'
  | 'fdb'
  | 'vlans'
  | 'ports'
  | 'farEnds'
  | 'port'
  | 'statistics'
  | 'switches'
  | 'sockets'
  | 'netfilter'
  | 'resolver'
  | 'processes'
  | 'containers'
  | 'identity'
  | 'node';

export interface ShowCommand {
  readonly fact: ShownFact;
  /** As the user of the session runs it, without what makes that user root. */
  readonly argv: readonly string[];
  /** Shows the fact only to root. */
  readonly privileged: boolean;
  /** As a person types it, through sudo where the session's user is not root. */
  readonly line: string;
}

type Argv = readonly string[];

/** How to get at one namespace: by options of the tools that have them, by another command before the others. */
interface Way {
  readonly ip: Argv;
  readonly bridge: Argv;
  readonly prefix: Argv;
  /** Its name in /run/netns. */
  readonly name: string | null;
  readonly isRoot: boolean;
}

function wayInto(namespace: Namespace): Way | null {
  const prefix = enterNamespace(namespace);
  if (prefix === null) {
    return null;
  }
  const name = prefix[0] === 'ip' ? (prefix.at(-1) ?? null) : null;
  const by = (tool: string): Argv => (name === null ? [...prefix, tool] : [tool, '-n', name]);
  return { ip: by('ip'), bridge: by('bridge'), prefix, name, isRoot: namespace.root };
}

/** A command that is still to be written as a line. */
interface Draft {
  readonly fact: ShownFact;
  readonly argv: Argv;
  /** Root is needed also in the node's own namespace. */
  readonly asRoot?: boolean;
}

function finish(node: NodeFacts, way: Way, drafts: readonly Draft[]): ShowCommand[] {
  return drafts.map(({ fact, argv, asRoot = false }) => {
    const privileged = asRoot || !way.isRoot;
    const line = quoteArgv(privileged && node.privilege !== 'root' ? ['sudo', ...argv] : argv);
    return { fact, argv, privileged, line };
  });
}

/**
 * The commands that show what is known of a namespace, the plainest first. None where nothing leads into it. The
 * same namespace always gives the same lines, so that a line names its command.
 */
export function showNamespaceCommands(topology: Topology, namespace: Namespace): ShowCommand[] {
  const way = wayInto(namespace);
  if (way === null) {
    return [];
  }
  const { ip, prefix } = way;
  return finish(topology.node, way, [
    { fact: 'links', argv: [...ip, '-d', 'addr', 'show'] },
    { fact: 'routes', argv: [...ip, 'route', 'show', 'table', 'all'] },
    { fact: 'rules', argv: [...ip, 'rule', 'show'] },
    { fact: 'rules', argv: [...ip, '-6', 'rule', 'show'] },
    { fact: 'neighbours', argv: [...ip, 'neigh', 'show'] },
    { fact: 'sockets', argv: [...prefix, 'ss', '-tulnp'], asRoot: true },
    ...netfilterDrafts(namespace, way),
    ...switchDrafts(way, namespace.switches ?? {}, (name) => `net/${name.replaceAll('.', '/')}`),
    ...resolverDrafts(namespace, way),
    ...identityDrafts(namespace, way),
    ...processDrafts(namespace, way),
    ...containerDrafts(topology, namespace),
    ...(namespace.root ? nodeDrafts : []),
  ]);
}

/** The commands that show what is known of a link, the plainest first. */
export function showLinkCommands(topology: Topology, link: Link): ShowCommand[] {
  const namespace = topology.namespaces.find(({ id }) => id === link.namespace);
  const way = namespace ? wayInto(namespace) : null;
  if (way === null) {
    return [];
  }
  const { ip, bridge } = way;
  const { name } = link;
  const isBridge = link.kind === 'bridge';
  const hasFdb = isBridge || link.kind === 'vxlan';
  const hasVlans = topology.vlans.some((entry) => entry.link === link.id);
  const fdbOf = isBridge ? ['br', name] : ['dev', name];
  return finish(topology.node, way, [
    { fact: 'links', argv: [...ip, '-d', 'addr', 'show', 'dev', name] },
    { fact: 'statistics', argv: [...ip, '-s', 'link', 'show', 'dev', name] },
    ...drafts(isBridge, { fact: 'ports', argv: [...ip, 'link', 'show', 'master', name] }),
    ...drafts(link.port !== null, { fact: 'port', argv: [...bridge, '-d', 'link', 'show', 'dev', name] }),
    ...drafts(hasFdb, { fact: 'fdb', argv: [...bridge, 'fdb', 'show', ...fdbOf] }),
    ...drafts(hasVlans, { fact: 'vlans', argv: [...bridge, 'vlan', 'show', 'dev', name] }),
    ...farEndDrafts(link, way),
    { fact: 'routes', argv: [...ip, 'route', 'show', 'table', 'all', 'dev', name] },
    { fact: 'neighbours', argv: [...ip, 'neigh', 'show', 'dev', name] },
    ...switchDrafts(way, link.switches, (key) => `net/${key.replace('.', () => `/conf/${name}/`)}`),
  ]);
}

function drafts(holds: boolean, draft: Draft): Draft[] {
  return holds ? [draft] : [];
}

function netfilterDrafts({ netfilter, unread }: Namespace, { prefix }: Way): Draft[] {
  const saves: Readonly<Record<string, Argv>> = {
    nft: ['nft', 'list', 'ruleset'],
    iptables: ['iptables-save', '-c'],
    ip6tables: ['ip6tables-save', '-c'],
  };
  const tools = new Set(['nft', ...(netfilter ?? []).map(({ tool }) => tool)]);
  const isKnown = netfilter !== null || unread.includes('netfilter');
  return [...tools]
    .filter((tool) => isKnown && (tool !== 'nft' || !isWithoutNft(netfilter)))
    .map((tool) => ({ fact: 'netfilter', argv: [...prefix, ...(saves[tool] ?? [])], asRoot: true }));
}

/** The collector asks iptables for rules of the new kind only where there is no nft. */
function isWithoutNft(netfilter: Namespace['netfilter']): boolean {
  return netfilter !== null && netfilter.length > 0 && netfilter.every(({ tool }) => tool !== 'nft');
}

/** `wg` hides private keys by itself. */
function farEndDrafts({ kind, name, farEnds }: Link, { prefix }: Way): Draft[] {
  const argv = kind === 'wireguard' ? [...prefix, 'wg', 'show', name] : ['ovs-vsctl', 'show'];
  return drafts(farEnds.length > 0, { fact: 'farEnds', argv, asRoot: true });
}

/** Only those that are on: what the inspector shows. */
function switchDrafts({ prefix }: Way, switches: Switches, pathOf: (name: string) => string): Draft[] {
  const paths = Object.keys(switches)
    .filter((name) => switches[name] !== 0)
    .map(pathOf);
  return drafts(paths.length > 0, { fact: 'switches', argv: [...prefix, 'sysctl', ...paths] });
}

/** `ip netns exec` shows the files of /etc/netns/NAME in the place of those of /etc. */
function resolverDrafts({ resolvConf, processes }: Namespace, { prefix, name, isRoot }: Way): Draft[] {
  const [holder] = processes;
  if (resolvConf === null) {
    return [];
  }
  if (isRoot || name !== null) {
    return [{ fact: 'resolver', argv: [...prefix, 'cat', '/etc/resolv.conf'] }];
  }
  const file = `/proc/${holder?.pid ?? ''}/root/etc/resolv.conf`;
  return drafts(holder !== undefined, { fact: 'resolver', argv: ['cat', file], asRoot: true });
}

function identityDrafts({ names, processes }: Namespace, { isRoot }: Way): Draft[] {
  const [path] = names;
  const [holder] = processes;
  const place = isRoot ? '/proc/self/ns/net' : (path ?? `/proc/${holder?.pid ?? ''}/ns/net`);
  return [{ fact: 'identity', argv: ['stat', '-L', '-c', '%i', place] }];
}

function processDrafts({ id, root, processes }: Namespace, { name }: Way): Draft[] {
  const argv = name === null ? ['lsns', id] : ['ip', 'netns', 'pids', name];
  return drafts(!root && processes.length > 0, { fact: 'processes', argv });
}

function containerDrafts(topology: Topology, namespace: Namespace): Draft[] {
  const lists: Readonly<Record<string, Argv>> = {
    podman: ['podman', 'ps', '--no-trunc'],
    docker: ['docker', 'ps', '--no-trunc'],
    cri: ['crictl', 'ps', '--no-trunc'],
    nerdctl: ['nerdctl', 'ps', '--no-trunc'],
  };
  const here = topology.containers.filter((container) => container.namespace === namespace.id);
  const runtimes = new Set(here.flatMap(({ runtime }) => runtime ?? []));
  return [...runtimes].flatMap((runtime) => {
    const argv = lists[runtime];
    return argv ? [{ fact: 'containers', argv, asRoot: true } as const] : [];
  });
}

const nodeDrafts: readonly Draft[] = [
  { fact: 'node', argv: ['uname', '-n', '-r'] },
  { fact: 'node', argv: ['cat', '/etc/os-release'] },
];
