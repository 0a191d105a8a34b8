/** Pure: verifications as a recording holds them, checked before anything is done with them. */
import * as v from 'valibot';
import type { Verification } from './verification.ts';

const text = v.string();
const name = v.nullable(v.string());
const count = v.number();
const key = { from: text, to: text, family: v.picklist([4, 6]) };

const cell = v.object({
  ...key,
  destination: text,
  verdict: v.picklist(['holds', 'translated', 'astray', 'lost', 'unanswered', 'unknown']),
  seen: v.nullable(v.object({ namespace: text, source: text, destination: text })),
  lostOn: v.nullable(v.picklist(['request', 'reply'])),
  foretold: v.nullable(v.picklist(['arrives', 'translated', 'stops'])),
  text,
});

const rule = v.object({
  rule: v.picklist(['pods-to-pods', 'node-and-pods', 'own-address']),
  text,
  verdict: v.picklist(['holds', 'broken', 'unverified']),
  holds: count,
  broken: count,
  unverified: count,
  failing: v.array(v.object(key)),
});

/** A verification. Fields that this release does not know are left out. */
export const verificationSchema: v.GenericSchema<unknown, Verification> = v.object({
  id: text,
  startedAt: text,
  durationMs: count,
  families: v.array(key.family),
  ends: v.array(
    v.object({ kind: v.picklist(['node', 'pod']), namespace: text, name: text, ipv4: name, ipv6: name }),
  ),
  pairs: count,
  sample: v.nullable(v.object({ limit: count, seed: count })),
  cells: v.array(cell),
  rules: v.array(rule),
  probedBy: v.picklist(['perl', 'python3', 'tcpdump', 'dumpcap', 'ping', 'none']),
  notes: v.array(text),
});
