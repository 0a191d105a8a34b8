/** Pure: what a trace sends, what may be asked of it, and what came back. */
import { PatchbayError } from '../util/errors.ts';
import type { Outcome, Probe } from './trace.ts';
import { plain } from './words.ts';

/** What a person says of a probe; the rest is chosen. */
export type ProbeWish =
  | {
      readonly kind: 'icmp';
      readonly payloadBytes?: number | undefined;
      readonly dontFragment?: boolean | undefined;
      readonly count?: number | undefined;
      readonly intervalMs?: number | undefined;
      readonly ttl?: number | null | undefined;
    }
  | { readonly kind: 'tcp' | 'udp'; readonly port: number };

/** How a probe is addressed. */
export interface ProbeTarget {
  readonly destination: string;
  /** The link by which a link-local destination is meant ("fe80::1%eth0"); null for any other. */
  readonly zone: string | null;
  /** The address to send from; null lets the kernel choose. */
  readonly source: string | null;
}

/** What the program that sent the probe says of it. */
export interface ProbeResult {
  /** False where it ended before it sent anything. */
  readonly sent: boolean;
  readonly outcome: Outcome;
  /** As the program measured it; null without an answer, or where it could not tell. */
  readonly rttMs: number | null;
  /** What it complained of, on one line; null where it had nothing to say. */
  readonly complaint: string | null;
  /** The port that it sent from; null where it is not told, or there is none. */
  readonly sourcePort: number | null;
  /** Messages sent and answered. */
  readonly counts: { readonly sent: number; readonly answered: number };
}

/** How long an answer is waited for. */
export const replyTimeoutS = 2;

/** Payloads that no ping has by default (56), small enough to pass any link whole. */
const payloads = { least: 64, choices: 128 };

const limits = {
  payloadBytes: [0, 65_507],
  count: [1, 100],
  intervalMs: [10, 10_000],
  ttl: [1, 255],
  port: [1, 65_535],
} as const;

/**
 * The probe that a wish comes to. An echo request of no given size gets an unusual one, by which the trace knows its own
 * among others. Throws `bad-input` for a number out of range.
 */
export function probeOf(wish: ProbeWish = { kind: 'icmp' }): Probe {
  if (wish.kind !== 'icmp') {
    return { kind: wish.kind, port: within('port', wish.port) };
  }
  const { payloadBytes, dontFragment = false, count = 1, intervalMs = 1000, ttl } = wish;
  return {
    kind: 'icmp',
    payloadBytes: within('payloadBytes', payloadBytes ?? unusualSize()),
    dontFragment,
    count: within('count', count),
    intervalMs: within('intervalMs', intervalMs),
    ttl: ttl === undefined || ttl === null ? null : within('ttl', ttl),
  };
}

function unusualSize(): number {
  return payloads.least + Math.floor(Math.random() * payloads.choices);
}

const words = {
  payloadBytes: 'The size',
  count: 'The count',
  intervalMs: 'The interval in milliseconds',
  ttl: 'The TTL',
  port: 'The port',
} as const;

function within(what: keyof typeof limits, value: number): number {
  const [least, most] = limits[what];
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new PatchbayError('bad-input', `${words[what]} must be a whole number from ${least} to ${most}.`);
  }
  return value;
}

/**
 * Reads "--size 1472 --df --count 3 --interval 0.2 --ttl 5", the options of a ping as the command line has them. Throws
 * `bad-input` for a word that is none of them.
 */
export function parseProbeOptions(text: string): ProbeWish {
  const wish: {
    -readonly [K in keyof Extract<ProbeWish, { kind: 'icmp' }>]: Extract<ProbeWish, { kind: 'icmp' }>[K];
  } = {
    kind: 'icmp',
  };
  const words = text.split(/\s+/).filter((word) => word !== '');
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--df') {
      wish.dontFragment = true;
    } else if (word === '--size') {
      wish.payloadBytes = Number(words.shift());
    } else if (word === '--count') {
      wish.count = Number(words.shift());
    } else if (word === '--interval') {
      wish.intervalMs = Number(words.shift()) * 1000;
    } else if (word === '--ttl') {
      wish.ttl = Number(words.shift());
    } else {
      throw new PatchbayError('bad-input', `"${plain(word)}" is not an option of a ping.`);
    }
  }
  return wish;
}

/** How long a probe may take to be over, its answers waited for. */
export function probeTimeMs(probe: Probe): number {
  return (probe.kind === 'icmp' ? (probe.count - 1) * probe.intervalMs : 0) + replyTimeoutS * 1000;
}

/** "ping", "TCP 80", "3 pings of 1400 bytes": in a title. */
export function nameOfProbe(probe: Probe): string {
  return probe.kind === 'icmp' ? 'ping' : `${probe.kind.toUpperCase()} ${probe.port}`;
}
