/** Pure: traces as a recording holds them, checked before anything is done with them. */
import * as v from 'valibot';
import type { Proof } from '../topology/finding.ts';
import type { Decider, Trace } from './trace.ts';

const text = v.string();
const link = v.string();
const name = v.nullable(v.string());

/** The compiler holds the names against their types. */
function named<T extends string>(names: Readonly<Record<T, true>>): v.GenericSchema<unknown, T> {
  return v.picklist(Object.keys(names) as T[]);
}

const deciderKind = named<Decider['kind']>({
  rule: true,
  route: true,
  neighbour: true,
  fdb: true,
  flood: true,
  veth: true,
  port: true,
  vlan: true,
  lower: true,
  tunnel: true,
  local: true,
  nat: true,
  filter: true,
  switch: true,
});

const proofKind = named<Proof['kind']>({
  link: true,
  address: true,
  route: true,
  rule: true,
  neighbour: true,
  port: true,
  vlan: true,
  switch: true,
  filter: true,
  socket: true,
});

const decider = { kind: deciderKind, record: v.unknown() };

const wholeDecider = v.object(decider);

const hop = v.object({
  link,
  namespace: text,
  direction: v.picklist(['in', 'out', 'through']),
  why: text,
  decidedBy: v.nullable(wholeDecider),
  alsoBy: v.array(v.object({ ...decider, why: text })),
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

const learned = v.object({ table: v.picklist(['fdb', 'neighbour']), link, mac: text, address: name });

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
      kind: proofKind,
      text,
      record: v.unknown(),
    }),
  ),
  mend: v.nullable(plan),
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
      frame: v.exactOptional(text),
      decidedBy: v.exactOptional(v.nullable(wholeDecider)),
      learned: v.exactOptional(v.array(learned)),
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
