/** Pure: the echo request that a trace sends, as a command, and what `ping` says of it. */
import type { CommandOutput } from '../transport/transport.ts';
import { plain } from './words.ts';

export interface ProbeRequest {
  readonly destination: string;
  /** The address to send from; null lets the kernel choose. */
  readonly source: string | null;
  /**
   * Payload of the request. By an unusual length the trace knows its own request among others; `-e` (iputils) would
   * fix the identifier, but busybox and older releases lack it.
   */
  readonly payloadBytes: number;
}

export interface ProbeResult {
  /** False where `ping` ended before it sent anything. */
  readonly sent: boolean;
  readonly replied: boolean;
  /** As `ping` measured it; null without a reply, or where it could not tell. */
  readonly rttMs: number | null;
  /** What `ping` complained of, on one line; null where it had nothing to say. */
  readonly complaint: string | null;
}

/** How long `ping` waits for the answer. */
export const replyTimeoutS = 2;

/** The options that iputils' and busybox's ping have in common. */
export function pingArgv({ destination, source, payloadBytes }: ProbeRequest): string[] {
  const from = source === null ? [] : ['-I', source];
  const options = ['-n', '-c', '1', '-W', String(replyTimeoutS), '-s', String(payloadBytes)];
  return ['env', 'LC_ALL=C', 'ping', ...options, ...from, destination];
}

/** Reads the output of one ping of iputils ("64 bytes from …: icmp_seq=1 ttl=64 time=0.465 ms") or busybox ("seq=0"). */
export function parsePing({ stdout, stderr }: Pick<CommandOutput, 'stdout' | 'stderr'>): ProbeResult {
  const reply = /^\d+ bytes from .*?(?:time[=<]([\d.]+) ?ms)?\s*$/m.exec(stdout);
  const sent = /^\d+ packets transmitted/m.test(stdout);
  return {
    sent,
    replied: reply !== null,
    rttMs: reply?.[1] === undefined ? null : Number(reply[1]),
    complaint: complaintIn(stderr) ?? complaintIn(stdout) ?? (sent ? null : 'ping ended without a summary'),
  };
}

/** The first line that is not the ordinary course: "From 10.244.0.2 icmp_seq=1 Destination Host Unreachable". */
function complaintIn(text: string): string | null {
  const line = text
    .split('\n')
    .find((candidate) => /^(?:ping6?: |env: |From |exec of |.*: not found)/.test(candidate));
  return line === undefined ? null : plain(line.trim());
}
