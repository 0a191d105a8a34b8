/** Pure: traces as a recording holds them, checked before anything is done with them. */
import * as v from 'valibot';
import type { Trace } from './trace.ts';

const text = v.string();
const link = v.string();
const name = v.nullable(v.string());

const deciders = [
  'rule',
  'route',
  'neighbour',
  'fdb',
  'flood',
  'veth',
  'port',
  'vlan',
  'lower',
  'tunnel',
  'local',
  'nat',
  'filter',
  'switch',
] as const;

const decider = { kind: v.picklist(deciders), record: v.unknown() };

const hop = v.object({
  link,
  namespace: text,
  direction: v.picklist(['in', 'out', 'through']),
  why: text,
  decidedBy: v.nullable(v.object(decider)),
  alsoBy: v.array(v.object({ ...decider, why: text })),
});

const probe = v.variant('kind', [
  v.object({
    kind: v.literal('icmp'),
    payloadBytes: v.number(),
    dontFragment: v.boolean(),
    count: v.number(),
    intervalMs: v.number(),
    ttl: v.nullable(v.number()),
  }),
  v.object({ kind: v.picklist(['tcp', 'udp']), port: v.number() }),
]);

const sighting = v.object({
  link,
  namespace: text,
  direction: v.picklist(['in', 'out']),
  protocol: v.picklist([
    'arp-request',
    'arp-reply',
    'ndp-request',
    'ndp-reply',
    'icmp-request',
    'icmp-reply',
    'icmp-error',
    'tcp-request',
    'tcp-reply',
    'udp-request',
    'udp-reply',
    'other',
  ]),
  atNs: v.number(),
  sequence: v.nullable(v.number()),
  source: name,
  destination: name,
  flooded: v.boolean(),
  repeat: v.nullable(v.picklist(['retransmission', 'duplicate'])),
});

const verdict = v.looseObject({
  delivered: v.boolean(),
  outcome: v.picklist(['answered', 'refused', 'unreachable', 'silent', 'unsent']),
  rttMs: v.nullable(v.number()),
  lostAfter: name,
  lostBefore: name,
  lostOn: v.nullable(v.picklist(['request', 'reply'])),
  reason: name,
});

const plan = v.object({
  title: text,
  steps: v.array(v.object({ argv: v.array(text), undo: v.exactOptional(v.array(text)) })),
  warnings: v.array(text),
});

const finding = v.object({
  id: text,
  rule: text,
  severity: v.picklist(['error', 'warning', 'info']),
  where: v.object({ namespaces: v.array(text), links: v.array(link) }),
  title: text,
  explanation: text,
  evidence: v.array(
    v.object({
      kind: v.picklist(['link', 'address', 'route', 'rule', 'neighbour', 'port', 'vlan', 'switch', 'filter']),
      text,
      record: v.unknown(),
    }),
  ),
  mend: v.nullable(plan),
});

const path = v.object({
  from: v.object({ namespace: text, address: text }),
  to: v.object({ namespace: name, address: text }),
  hops: v.array(hop),
  stopped: name,
  stoppedBy: v.optional(v.nullable(v.object(decider)), null),
  leavesNode: v.boolean(),
  choices: v.optional(
    v.array(v.object({ namespace: text, options: v.array(text), taken: v.number(), seen: v.boolean() })),
    [],
  ),
});

/** A trace. Fields that this release does not know are left out, but for the verdict's. */
export const traceSchema: v.GenericSchema<unknown, Trace> = v.object({
  id: text,
  startedAt: text,
  title: text,
  probe,
  path,
  wayBack: v.optional(v.nullable(path), null),
  kernel: v.array(
    v.object({
      namespace: text,
      ingress: name,
      question: text,
      agrees: v.nullable(v.boolean()),
      text,
      record: v.unknown(),
    }),
  ),
  sightings: v.array(sighting),
  events: v.array(
    v.object({
      atNs: v.number(),
      sincePreviousNs: v.nullable(v.number()),
      phase: v.picklist(['arp', 'request', 'reply', 'error']),
      links: v.array(link),
      text,
    }),
  ),
  drops: v.array(
    v.object({
      atNs: v.number(),
      reason: text,
      location: text,
      link: name,
      certain: v.boolean(),
      text,
    }),
  ),
  verdict,
  causes: v.array(finding),
  observedBy: v.picklist(['tcpdump', 'dumpcap', 'counters', 'none']),
  notes: v.array(text),
});
