/** Pure: echo requests as a command, and what `ping` says of them. */
import type { CommandOutput } from '../transport/transport.ts';
import { replyTimeoutS, type ProbeResult, type ProbeTarget } from './probe.ts';
import type { EchoProbe, Outcome } from './trace.ts';
import { plain } from './words.ts';

/**
 * The options that iputils' and busybox's ping have in common, and `-M` where it must be. (`-e`, which would fix the
 * identifier, is in neither busybox nor older releases.)
 */
export function pingArgv({ destination, source, zone }: ProbeTarget, probe: EchoProbe): string[] {
  const { count, intervalMs, payloadBytes, dontFragment, ttl } = probe;
  return [
    ...['env', 'LC_ALL=C', 'ping', '-n', '-c', String(count), '-W', String(replyTimeoutS)],
    ...['-s', String(payloadBytes)],
    ...(count > 1 ? ['-i', String(intervalMs / 1000)] : []),
    ...(dontFragment ? ['-M', 'do'] : []),
    ...(ttl === null ? [] : ['-t', String(ttl)]),
    ...(source === null ? [] : ['-I', source]),
    zone === null ? destination : `${destination}%${zone}`,
  ];
}

/** Reads the output of iputils' ping ("64 bytes from …: icmp_seq=1 ttl=64 time=0.465 ms") or busybox's ("seq=0"). */
export function parsePing({ stdout, stderr }: Pick<CommandOutput, 'stdout' | 'stderr'>): ProbeResult {
  const replies = [...stdout.matchAll(/^\d+ bytes from .*?(?:time[=<]([\d.]+) ?ms)?(?: \(DUP!\))?\s*$/gm)];
  const sent = /^(\d+) packets transmitted/m.exec(stdout);
  const complaint = complaintIn(stderr) ?? complaintIn(stdout);
  const rtt = replies[0]?.[1];
  return {
    sent: sent !== null,
    outcome: outcomeOf(replies.length > 0, sent !== null, stdout),
    rttMs: rtt === undefined ? null : Number(rtt),
    complaint: complaint ?? (sent ? null : 'ping ended without a summary'),
    sourcePort: null,
    counts: {
      sent: Number(sent?.[1] ?? 0),
      answered: Number(/(\d+) (?:packets )?received/.exec(stdout)?.[1] ?? replies.length),
    },
  };
}

function outcomeOf(replied: boolean, sent: boolean, stdout: string): Outcome {
  if (replied) {
    return 'answered';
  }
  return sent ? (/^From /m.test(stdout) ? 'unreachable' : 'silent') : 'unsent';
}

/** The first line that is not the ordinary course: "From 10.244.0.2 icmp_seq=1 Destination Host Unreachable". */
function complaintIn(text: string): string | null {
  const line = text
    .split('\n')
    .find((candidate) => /^(?:ping6?: |env: |From |exec of |patchbay: |.*: not found)/.test(candidate));
  return line === undefined ? null : plain(line.trim());
}
