/** `ip monitor`: which namespaces changed. What changed in them is read anew, never taken from here. */

/** A line of the monitor that begins an event. */
export interface MonitorEvent {
  /** By the ids of the namespace the monitor runs in; null is that namespace itself. */
  readonly nsid: number | null;
  /** "LINK", "ADDR", "ROUTE", "NEIGH", "NSID" … */
  readonly object: string;
}

/** The monitor for every namespace that has an id here, or for this one where that needs rights we lack. */
export function monitorCommand(allNamespaces: boolean): readonly string[] {
  return ['ip', '-ts', 'monitor', 'label', ...(allNamespaces ? ['all-nsid'] : [])];
}

/**
 * Reads the monitor's stream. Events look like "[time] [nsid 3][LINK]2: eth0…" with continuation lines, which
 * are skipped. The link names in them are resolved in the wrong namespace (iproute2: ip/ipmonitor.c): only the
 * nsid and the object are trusted.
 */
export class MonitorReader {
  readonly #decoder = new TextDecoder();
  #rest = '';

  push(chunk: Uint8Array): MonitorEvent[] {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => parseMonitorLine(line) ?? []);
  }
}

/** One event, or null for a continuation line or anything else. */
export function parseMonitorLine(line: string): MonitorEvent | null {
  const match = /^\[[^\]]*\] (?:\[nsid (\d+|current)\])?\[([A-Z]+)\](?:Deleted )?(?:nsid (\d+))?/.exec(line);
  if (!match) {
    return null;
  }
  const [, reporter, object = '', subject] = match;
  // An NSID event tells of another namespace's id coming or going: that one is the subject.
  const nsid = object === 'NSID' && subject !== undefined ? subject : reporter;
  return { nsid: nsid === undefined || nsid === 'current' ? null : Number(nsid), object };
}
