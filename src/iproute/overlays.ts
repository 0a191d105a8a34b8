/**
 * What only programs of user space know of links: the peers of wireguard, the ports of Open vSwitch, the runner of a team.
 * They are asked only where there is such a link. Of wireguard nothing is asked that tells a key which is secret.
 */
import type { Transport } from '../transport/transport.ts';
import { groupBy } from '../util/collections.ts';
import { quoteArgv } from '../util/quote.ts';
import { waysInto } from './enterNamespace.ts';
import type { Frame } from './frames.ts';
import { explain } from './remedies.ts';
import { runFramed } from './runFramed.ts';
import type { NamespaceSnapshot, Snapshot, UnknownRecord } from './snapshot.ts';
import { parseOvsPorts, parseTeam, parseWireguard } from './overlayParsers.ts';

/** Tools that ask a daemon may wait for it; they are never waited for longer. */
const overlayTimeoutMs = 3_000;

export type Overlay = 'wireguard' | 'ovsPorts' | 'teams';

const tools: Readonly<Record<Overlay, string>> = {
  wireguard: 'wg',
  ovsPorts: 'ovs-vsctl',
  teams: 'teamdctl',
};

/** Programs that make such links of tun devices, without the kernel's help. */
const drivers: Readonly<Record<string, Overlay>> = {
  'wireguard-go': 'wireguard',
  boringtun: 'wireguard',
  'boringtun-cli': 'wireguard',
  'ovs-vswitchd': 'ovsPorts',
};

/** The subcommands of `wg show all` that are asked: not one of them prints a private or preshared key (wg(8)). */
export const wireguardFacts = ['listen-port', 'endpoints', 'allowed-ips', 'latest-handshakes'] as const;

interface Question {
  readonly namespace: NamespaceSnapshot;
  readonly overlay: Overlay;
  /** The links that it is about. */
  readonly links: readonly string[];
}

/**
 * The snapshot with what these programs tell of namespaces where they were not asked yet; costs nothing where there is no
 * such link, and one round trip where there are. Rejects with `cancelled` or `connection-lost`.
 */
export async function withOverlays(
  transport: Transport,
  snapshot: Snapshot,
  signal?: AbortSignal,
): Promise<Snapshot> {
  const questions = questionsOf(snapshot);
  if (questions.length === 0) {
    return snapshot;
  }
  const { frames } = await runFramed(transport, scriptOf(questions), {
    timeoutMs: overlayTimeoutMs,
    signal,
  });
  const answers = questions.map((question, at) =>
    answerTo(
      question,
      frames.filter(({ header }) => header[0] === String(at)),
    ),
  );
  const namespaces = snapshot.namespaces.map((namespace) =>
    answers.reduce((one, { id, read }) => (id === one.id ? { ...one, ...read } : one), namespace),
  );
  const asked = new Set(answers.map(({ id, overlay }) => `${id} ${overlay}`));
  const others = snapshot.unknown.filter(({ namespace, what }) => !asked.has(`${namespace} ${what}`));
  const unknown = answers.flatMap(({ id, overlay, problem }): UnknownRecord[] =>
    problem === null ? [] : [{ namespace: id, what: overlay, ...explain(problem) }],
  );
  return { ...snapshot, namespaces, unknown: [...others, ...unknown] };
}

function questionsOf({ namespaces, tunHolders }: Snapshot): Question[] {
  const driven = new Map(tunHolders.map(({ link, name }) => [link, drivers[name]]));
  return namespaces.flatMap((namespace) => {
    const asked = (namespace.links ?? []).flatMap(({ ifname, linkinfo }) => {
      const overlay = overlayOf(linkinfo?.info_kind, ifname, driven);
      return overlay !== undefined && namespace[overlay] === null ? [{ ifname, overlay }] : [];
    });
    return [...groupBy(asked, ({ overlay }) => overlay)].map(([overlay, links]) => ({
      ...{ namespace, overlay, links: links.map(({ ifname }) => ifname) },
    }));
  });
}

function overlayOf(
  kind: string | undefined,
  ifname: string,
  driven: ReadonlyMap<string, Overlay | undefined>,
): Overlay | undefined {
  switch (kind) {
    case 'wireguard':
      return 'wireguard';
    case 'openvswitch':
      return 'ovsPorts';
    case 'team':
      return 'teams';
    case 'tun':
      return driven.get(ifname);
    default:
      return undefined;
  }
}

/** One shell for all; `missing` says that a tool is not there. */
function scriptOf(questions: readonly Question[]): string {
  const asked = questions.map((question, at) => {
    const [prefix = []] = waysInto({ ...question.namespace, names: question.namespace.paths });
    return `${quoteArgv([...prefix, 'sh', '-c', askScripts[question.overlay], 'sh'])} "$1" ${quoteArgv([String(at), ...question.links])} 2>&1 </dev/null`;
  });
  return asked.join('\n');
}

const head = (tool: string): string => `nonce=$1 at=$2
shift 2
mark() { printf '\\036%s %s %s\\n' "$nonce" "$at" "$*"; }
if ! command -v ${tool} >/dev/null; then mark missing; exit; fi
`;

const askScripts: Readonly<Record<Overlay, string>> = {
  wireguard: `${head('wg')}for fact in ${wireguardFacts.join(' ')}; do mark "$fact"; wg show all "$fact"; done`,
  ovsPorts: `${head('ovs-vsctl')}mark ports
ovs-vsctl --timeout=2 --format=json --columns=name,ports list Bridge -- \\
  --columns=_uuid,name,interfaces,tag,trunks list Port -- --columns=_uuid,name,type,options list Interface`,
  teams: `${head('teamdctl')}for team; do mark state; teamdctl "$team" state dump; done`,
};

interface OverlayAnswer {
  readonly id: string;
  readonly overlay: Overlay;
  readonly read: Partial<Pick<NamespaceSnapshot, Overlay>>;
  readonly problem: string | null;
}

function answerTo({ namespace, overlay, links }: Question, frames: readonly Frame[]): OverlayAnswer {
  const bodies = (name: string): string[] =>
    frames.filter(({ header }) => header[1] === name).map(({ body }) => body);
  const answer = (read: OverlayAnswer['read'], problem: string | null): OverlayAnswer => ({
    ...{ id: namespace.id, overlay, read, problem },
  });
  if (bodies('missing').length > 0) {
    return answer({}, `The node has no \`${tools[overlay]}\` command.`);
  }
  if (frames.length === 0) {
    return answer({}, `\`${tools[overlay]}\` did not answer in time.`);
  }
  const said = frames.map(({ body }) => body.trim()).find((body) => complaint.test(body)) ?? null;
  switch (overlay) {
    case 'wireguard': {
      const facts = wireguardFacts.map((fact) => bodies(fact).join(''));
      return answer({ wireguard: said === null ? parseWireguard(facts, links) : null }, said);
    }
    case 'ovsPorts': {
      const ovsPorts = parseOvsPorts(bodies('ports').join(''));
      return answer({ ovsPorts }, ovsPorts === null ? (said ?? 'It printed no JSON.') : null);
    }
    case 'teams': {
      const teams = links.flatMap((link, i) => parseTeam(link, bodies('state')[i] ?? '') ?? []);
      return answer({ teams }, teams.length < links.length ? (said ?? 'It printed no JSON.') : null);
    }
  }
}

/** What wg, ovs-vsctl and teamdctl begin with when they cannot do what they are asked. */
const complaint =
  /^(?:Unable to |ovs-vsctl: |\d{4}-\d\d-\d\dT\S+\|WARN\||Device ".*" does not exist|Failed |.*(?:not permitted|Permission denied))/m;
