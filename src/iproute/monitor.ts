/**
 * Following a node: `ip monitor` tells which namespaces changed, and a look at lists once a second tells of the namespaces
 * and processes that no event tells of. What changed is read anew, never taken from here.
 */

/** A line of the monitor that begins an event. Null is the namespace that the monitor runs in. */
export interface MonitorEvent {
  /** The namespace that reports it, by the ids of the monitor's. */
  readonly nsid: number | null;
  /** "LINK", "ADDR", "ROUTE", "NEIGH", "NSID" … */
  readonly object: string;
  /** On an NSID event: the id that the reporter gave, or took back because that namespace is no more. */
  readonly subject: number | null;
  readonly deleted: boolean;
}

/** What the watch says beside the events (watchScript.ts). */
export type WatchWord = 'ready' | 'deaf' | 'lists' | 'alive';

const watchWords: ReadonlySet<string> = new Set<WatchWord>(['ready', 'deaf', 'lists', 'alive']);

/**
 * Reads the monitor's stream. Events look like "[time] [nsid 3][LINK]2: eth0…" with continuation lines, which
 * are skipped. The link names in them are resolved in the wrong namespace (iproute2: ip/ipmonitor.c): only the
 * nsids and the object are trusted.
 */
export class MonitorReader {
  readonly #lines = new LineReader();

  push(chunk: Uint8Array): MonitorEvent[] {
    return this.#lines.push(chunk).flatMap((line) => parseMonitorLine(line) ?? []);
  }
}

/** Cuts a stream of bytes into lines. */
export class LineReader {
  readonly #decoder = new TextDecoder();
  #rest = '';

  push(chunk: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}

/** One event, or null for a continuation line or anything else. */
export function parseMonitorLine(line: string): MonitorEvent | null {
  const match = /^\[[^\]]*\] (?:\[nsid (\d+|current)\])?\[([A-Z]+)\](Deleted )?(?:nsid (\d+))?/.exec(line);
  if (!match) {
    return null;
  }
  const [, reporter, object = '', deleted, subject] = match;
  return {
    nsid: reporter === undefined || reporter === 'current' ? null : Number(reporter),
    object,
    subject: object === 'NSID' && subject !== undefined ? Number(subject) : null,
    deleted: deleted !== undefined,
  };
}

/** One word of the watch, or null for a complaint of the monitor or the shell. */
export function parseWatchWord(line: string): WatchWord | null {
  return watchWords.has(line) ? (line as WatchWord) : null;
}

/** True for the monitor's words that its socket overflowed: events were lost (iproute2: lib/libnetlink.c, rtnl_listen). */
export function isOverflow(complaint: string): boolean {
  return /receive error|No buffer space/i.test(complaint);
}
