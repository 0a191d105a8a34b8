/** Pure: the routing decisions of a way, put to the kernel itself, and whether it agrees. */
import * as v from 'valibot';
import { canonicalAddress } from './addresses.ts';
import type { RoutingStep } from './router.ts';
import { nextHopsOf } from './routing.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { KernelAnswer } from './trace.ts';
import { nameOfNamespace, plain, startOfSentence } from './words.ts';

/** The question for one decision, to be asked inside its namespace: `ip route get`. */
export function questionFor(index: TopologyIndex, { namespace, packet }: RoutingStep): string[] {
  const { destination, source, ingress, zone, protocol = 'icmp', port, mark = 0 } = packet;
  const asksPort = index.topology.rules.some(
    ({ namespace: id, raw }) =>
      id === namespace && ('ipproto' in raw || 'dport' in raw || 'dport_start' in raw),
  );
  return [
    ...['ip', '-j', 'route', 'get', destination],
    ...(source === null ? [] : ['from', source]),
    ...(ingress ? ['iif', ingress.name] : []),
    ...(zone ? ['oif', zone.name] : []),
    ...(mark === null || mark === 0 ? [] : ['mark', `0x${mark.toString(16)}`]),
    ...(asksPort && protocol !== 'icmp' ? ['ipproto', protocol, 'dport', String(port ?? 0)] : []),
  ];
}

const answerSchema = v.looseObject({
  type: v.optional(v.string()),
  dev: v.optional(v.string()),
  gateway: v.optional(v.string()),
  via: v.optional(v.looseObject({ host: v.string() })),
});

type Answer = v.InferOutput<typeof answerSchema>;

/** What the kernel said to a question (standard output and error), held against the prediction. */
export function readAnswer(index: TopologyIndex, step: RoutingStep, printed: string): KernelAnswer {
  const answer = parseAnswer(printed);
  const complaint = plain(printed.trim().split('\n')[0] ?? '').replace(/^RTNETLINK answers: /, '');
  const agrees = answer === null ? agreesWithRefusal(step, complaint) : agreesWith(step, answer);
  return {
    namespace: step.namespace,
    ingress: step.packet.ingress?.id ?? null,
    question: questionFor(index, step).join(' '),
    agrees,
    text: sentence(index, step, answer, complaint, agrees),
    record: answer,
  };
}

function parseAnswer(printed: string): Answer | null {
  try {
    const parsed = v.safeParse(v.tuple([answerSchema]), JSON.parse(printed));
    return parsed.success ? parsed.output[0] : null;
  } catch {
    return null;
  }
}

/** What the kernel refuses with; anything else that `ip` says is about the question. */
const refusals =
  /unreachable|No route to host|Invalid cross-device link|Invalid argument|Permission denied|Network is down/;

function agreesWithRefusal({ decided }: RoutingStep, complaint: string): boolean | null {
  return refusals.test(complaint) ? decided.kind === 'refused' : null;
}

function agreesWith(
  { packet, decided }: RoutingStep,
  { type = 'unicast', dev, gateway, via }: Answer,
): boolean {
  switch (decided.kind) {
    case 'refused':
      return refusingTypes.has(type);
    case 'local':
      return type === 'local' || type === 'anycast';
    case 'forward': {
      const nextHop = gateway ?? via?.host ?? packet.destination;
      const ways = [
        { dev: decided.link.name, gateway: decided.nextHop },
        ...nextHopsOf(decided.route).map((hop) => ({ ...hop, gateway: hop.gateway ?? packet.destination })),
      ];
      return (
        type === 'unicast' &&
        ways.some((way) => way.dev === dev && canonicalAddress(way.gateway) === canonicalAddress(nextHop))
      );
    }
  }
}

const refusingTypes: ReadonlySet<string> = new Set([
  'unreachable',
  'blackhole',
  'prohibit',
  'broadcast',
  'multicast',
]);

function sentence(
  index: TopologyIndex,
  { namespace, packet, decided }: RoutingStep,
  answer: Answer | null,
  complaint: string,
  agrees: boolean | null,
): string {
  const who = startOfSentence(nameOfNamespace(index, namespace));
  const said =
    answer === null ? `refuses ${packet.destination} (${complaint})` : wayOf(answer, packet.destination);
  if (agrees === null) {
    return `The kernel of ${nameOfNamespace(index, namespace)} could not be asked for its route: ${complaint || 'it said nothing'}.`;
  }
  return agrees
    ? `${who}'s kernel agrees: it ${said}.`
    : `${who}'s kernel ${said}; its tables as read ${foretold(decided)}. Either they changed since, or the prediction is wrong: please report that.`;
}

function wayOf({ type = 'unicast', dev, gateway, via }: Answer, destination: string): string {
  if (type === 'local') {
    return `takes ${destination} for itself`;
  }
  const nextHop = gateway ?? via?.host;
  const by = nextHop === undefined ? '' : ` by way of ${plain(nextHop)}`;
  return type === 'unicast' ? `sends it${by} out of ${plain(dev ?? '?')}` : `treats it as ${plain(type)}`;
}

function foretold(decided: RoutingStep['decided']): string {
  switch (decided.kind) {
    case 'refused':
      return 'have no way for it';
    case 'local':
      return 'have it as an address of its own';
    case 'forward':
      return `lead out of ${plain(decided.link.name)}`;
  }
}
