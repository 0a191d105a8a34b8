/** What decides a packet's fate beside the wiring: rules, switches, sockets, rule sets, resolvers. */
import type { Transport } from '../transport/transport.ts';
import { PatchbayError } from '../util/errors.ts';
import { parseAnswer, type SectionFailure } from './batch.ts';
import { waysInto, type NamespacePlace } from './enterNamespace.ts';
import type { Frame } from './frames.ts';
import { ruleSchema, type RulesetRecord, type SocketRecord, type SysctlsRecord } from './records.ts';
import { withoutTablesOfIptables } from './netfilter/rulesets.ts';
import { explain } from './remedies.ts';
import { runFramed } from './runFramed.ts';
import type { NamespaceState, TunHolderRecord, UnknownRecord } from './snapshot.ts';
import { parseSocketLines, parseSocketOwners } from './sockets.ts';
import { rulesetLimitBytes, stateScript } from './stateScript.ts';

/** Reading the state may wait for a lock of netfilter; it is never waited for longer. */
const stateTimeoutMs = 5_000;

/** The state of the node's own namespace, and what of the others costs no process for each. */
export interface NodeState {
  /** By the inode of the namespace; parts that were not read are null. */
  readonly namespaces: ReadonlyMap<string, NamespaceState>;
  /** resolv.conf by the name of a namespace in /run/netns, as `ip netns exec` mounts it. */
  readonly namedResolvers: ReadonlyMap<string, string>;
  readonly tunHolders: readonly TunHolderRecord[];
  readonly unknown: readonly UnknownRecord[];
}

export const emptyState: NamespaceState = {
  rules6: null,
  sysctls: null,
  sockets: null,
  resolvConf: null,
  detailsReadAt: null,
  netfilter: null,
};

/**
 * Reads the state of a node in one round trip of a dozen processes, however many namespaces there are. Rejects with
 * `cancelled` or `connection-lost`; anything else is an entry of `unknown`.
 */
export async function readNodeState(transport: Transport, signal?: AbortSignal): Promise<NodeState> {
  return parseState(
    await runFramed(transport, stateScript, { words: ['node'], timeoutMs: stateTimeoutMs, signal }),
  );
}

/**
 * Reads the whole state of one namespace, which takes processes of its own: so it is read when somebody looks at it. Where
 * it may not be entered, all of it is unknown. Rejects with `not-found` where nothing leads into the namespace, or it is gone.
 */
export async function readNamespaceDetails(
  transport: Transport,
  place: NamespacePlace & { readonly id: string },
  signal?: AbortSignal,
): Promise<{ readonly state: NamespaceState; readonly unknown: readonly UnknownRecord[] }> {
  let noise = '';
  for (const prefix of waysInto(place)) {
    const options = { prefix, words: ['one'], timeoutMs: stateTimeoutMs, signal };
    const output = await runFramed(transport, stateScript, options);
    const { namespaces, unknown } = parseState(output);
    const state = namespaces.get(place.id);
    if (state) {
      return { state, unknown };
    }
    noise ||= output.timedOut ? timedOut : output.noise;
  }
  return noEntrance(place, noise);
}

/** Where no way led inside: that is unknown where something would help, else the namespace is gone. */
function noEntrance(
  { id }: { readonly id: string },
  noise: string,
): { readonly state: NamespaceState; readonly unknown: readonly UnknownRecord[] } {
  const reason = complaintOf(noise);
  if (noise === timedOut || explain(reason).remedy !== null) {
    return { state: emptyState, unknown: unknownOf(id, [{ what: 'state', reason }]) };
  }
  throw new PatchbayError('not-found', 'The network namespace could not be entered.', {
    hint: 'It may be gone, or nothing that is known leads into it: refresh and try again.',
    detail: noise,
  });
}

/** Reads only the rule sets of a namespace, with their counters as of now. Rejects as {@link readNamespaceDetails}. */
export async function readNetfilter(
  transport: Transport,
  place: NamespacePlace & { readonly id: string },
  signal?: AbortSignal,
): Promise<readonly RulesetRecord[] | null> {
  const { state } = await readNamespaceDetails(transport, place, signal);
  return state.netfilter;
}

/** Frames → state; what is missing or broken costs only its own part. */
function parseState(output: {
  readonly frames: readonly Frame[];
  readonly timedOut: boolean;
  readonly noise: string;
}): NodeState {
  const body = (name: string): string | null =>
    output.frames.find(({ header }) => header[0] === name)?.body ?? null;
  const root = output.frames.find(({ header }) => header[0] === 'state')?.header[1];
  if (root === undefined) {
    const reason = output.timedOut ? timedOut : complaintOf(output.noise);
    return {
      namespaces: new Map(),
      namedResolvers: new Map(),
      tunHolders: [],
      unknown: unknownOf(null, [{ what: 'state', reason }]),
    };
  }
  const failures: SectionFailure[] = [];
  const rules = parseAnswer('rules6', body('rules6') ?? '', ruleSchema);
  failures.push(...rules.failures);
  const netfilter = parseRulesets(output.frames, failures);
  const names = parseNames(body('names') ?? '');
  const sockets = parseSockets(output.frames, names, failures);
  const resolvers = parseResolvers(body('resolvers') ?? '');
  const members = parseMembers(body('members') ?? '');
  const sysctls = parseSysctls(body('sysctls'), body('linkSysctls'));
  if (output.timedOut) {
    failures.push({
      what: 'state',
      reason: `The node was not read to its end in ${stateTimeoutMs / 1000} s.`,
    });
  } else {
    failures.push(...(sysctls === null ? [{ what: 'switches', reason: 'There is no /proc/sys/net.' }] : []));
  }
  const own: NamespaceState = {
    rules6: rules.records,
    sysctls,
    sockets: sockets?.get('self') ?? (sockets ? [] : null),
    resolvConf: body('resolver'),
    netfilter,
    detailsReadAt: null,
  };
  const others = [...members].map(([inode, pid]): [string, NamespaceState] => [
    inode,
    {
      ...emptyState,
      sockets: sockets?.get(pid) ?? (sockets ? [] : null),
      resolvConf: resolvers.get(pid) ?? null,
    },
  ]);
  return {
    namespaces: new Map([[root, own], ...others]),
    namedResolvers: parseNamedResolvers(output.frames),
    tunHolders: parseTunHolders(body('tuns') ?? '', names),
    unknown: unknownOf(root, failures),
  };
}

const timedOut = 'The node did not answer in time.';

/** The first line of what a tool said. */
function complaintOf(noise: string): string {
  const [first = ''] = noise.trim().split('\n', 1);
  return first === '' ? 'The shell of the node ended early.' : first;
}

function unknownOf(namespace: string | null, failures: readonly SectionFailure[]): UnknownRecord[] {
  return failures.map(({ what, reason }) => ({ namespace, what, ...explain(reason) }));
}

function parseRulesets(frames: readonly Frame[], failures: SectionFailure[]): RulesetRecord[] | null {
  if (frames.some(({ header }) => header[0] === 'noNetfilter')) {
    failures.push({ what: 'netfilter', reason: 'Neither nft nor iptables is installed.' });
    return null;
  }
  const rulesets: RulesetRecord[] = [];
  for (const { header, body } of frames) {
    const tool = (['nft', 'iptables', 'ip6tables'] as const).find((name) => name === header[1]);
    if (header[0] !== 'ruleset' || tool === undefined) {
      continue;
    }
    if (
      /^(?:netlink: )?Error: |^internal:|Operation not permitted|Permission denied|^Unable to /m.test(body)
    ) {
      failures.push({ what: `netfilter (${tool})`, reason: body.trim().split('\n')[0] ?? '' });
    } else if (body.trim() !== '') {
      rulesets.push({ tool, text: body, cut: new TextEncoder().encode(body).length >= rulesetLimitBytes });
    }
  }
  const failed = failures.some(({ what }) => what.startsWith('netfilter'));
  return failed && rulesets.length === 0 ? null : eachTableOnce(rulesets);
}

/** What iptables says of its own tables stands, not what nft makes of them. */
function eachTableOnce(rulesets: readonly RulesetRecord[]): RulesetRecord[] {
  return rulesets
    .map((record) =>
      record.tool === 'nft' ? { ...record, text: withoutTablesOfIptables(record.text, rulesets) } : record,
    )
    .filter(({ text }) => text.trim() !== '');
}

/** PID → name; a name with newlines takes several lines of grep -H. */
function parseNames(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const [, pid, line = ''] of text.matchAll(/^\/proc\/(\d+)\/comm:(.*)$/gm)) {
    const before = names.get(Number(pid));
    names.set(Number(pid), before === undefined ? line : `${before}\n${line}`);
  }
  return names;
}

/** Sockets by the reader of their table; null where the tables were not reached. */
function parseSockets(
  frames: readonly Frame[],
  names: ReadonlyMap<number, string>,
  failures: SectionFailure[],
): Map<string, SocketRecord[]> | null {
  const tables = frames.find(({ header }) => header[0] === 'sockets');
  const owners = frames.find(({ header }) => header[0] === 'owners');
  if (!tables || !owners) {
    return null;
  }
  const lines = parseSocketLines(tables.body);
  if (owners.header[1] !== 'read' && lines.length > 0) {
    failures.push({
      what: 'processes of sockets',
      reason: 'The `find` of the node cannot print where links lead.',
    });
  }
  const pidsOf = parseSocketOwners(owners.body);
  const sockets = new Map<string, SocketRecord[]>();
  for (const { reader, inode, socket } of lines) {
    const processes = (pidsOf.get(inode) ?? []).map((pid) => ({ pid, name: names.get(pid) ?? '' }));
    const list = sockets.get(reader) ?? [];
    list.push({ ...socket, processes });
    sockets.set(reader, list);
  }
  return sockets;
}

/** Inode → the member's PID. */
function parseMembers(text: string): Map<string, string> {
  return new Map(Array.from(text.matchAll(/^(\d+) (\d+)$/gm), ([, pid = '', inode = '']) => [inode, pid]));
}

function parseResolvers(text: string): Map<string, string> {
  const resolvers = new Map<string, string>();
  for (const [, pid = '', line = ''] of text.matchAll(/^\/proc\/(\d+)\/root\/etc\/resolv\.conf:(.*)$/gm)) {
    resolvers.set(pid, `${resolvers.get(pid) ?? ''}${line}\n`);
  }
  return resolvers;
}

/** A frame's body is the name, a slash (which no name has), and the lines. */
function parseNamedResolvers(frames: readonly Frame[]): Map<string, string> {
  const named = frames.filter(({ header }) => header[0] === 'namedResolver');
  return new Map(
    named.map(({ body }) => {
      const at = body.indexOf('/\n');
      return [body.slice(0, at), body.slice(at + 2)];
    }),
  );
}

function parseTunHolders(text: string, names: ReadonlyMap<number, string>): TunHolderRecord[] {
  const form = /^\/proc\/(\d+)\/fdinfo\/\d+:iff:\t(.+)$/gm;
  return Array.from(text.matchAll(form), ([, pid, link = '']) => ({
    link,
    pid: Number(pid),
    name: names.get(Number(pid)) ?? '',
  }));
}

/** Lines of grep -H: "ipv4/conf/all/rp_filter:2", and apart those of single links. */
function parseSysctls(values: string | null, links: string | null): SysctlsRecord | null {
  if (values === null) {
    return null;
  }
  const pairs = Array.from(
    values.matchAll(/^([\w/-]+):(-?\d+)$/gm),
    ([, name = '', value]): [string, number] => [name.replaceAll('/', '.'), Number(value)],
  );
  const ofLinks = Array.from(
    (links ?? '').matchAll(/^(ipv[46])\/conf\/([^/]+)\/(\w+):(-?\d+)$/gm),
    ([, family = '', link = '', name = '', value]) => ({
      link,
      name: `${family}.${name}`,
      value: Number(value),
    }),
  );
  return {
    values: Object.fromEntries(pairs),
    links: ofLinks.filter(({ link }) => link !== 'all' && link !== 'default'),
  };
}
