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

/** What the watch says beside the events. */
export type WatchWord = 'ready' | 'lists' | 'alive';

/**
 * Runs the monitor (events on standard output) and, beside it, a look at lists (words on standard error, one a line):
 *
 * - `ready` once: what changes from now on is told.
 * - `lists` when a namespace was mounted or unmounted, or a process that is outside this namespace or in a container came,
 *   went, moved or changed its name.
 * - `alive` every five seconds in which there was nothing to say.
 *
 * A look costs four processes, whatever the size of the node: the shell does the rest with what it has built in. It
 * ends when the monitor ends.
 */
const watchScript = `
LC_ALL=C
export LC_ALL
root=$(readlink /proc/self/ns/net)
root=\${root#net:\\[}
root=\${root%\\]}

# The mounts, inode, process and name of all that is outside this namespace, and whose cgroup may be a container's.
look() {
  held=
  files=
  inode=
  for word in $(ls -iL /proc/[0-9]*/ns/net 2>/dev/null); do
    case $word in
      "$root") inode= ;;
      [0-9]*) inode=$word ;;
      *)
        [ -n "$inode" ] || continue
        held="$held $inode$word"
        files="$files \${word%/ns/net}/comm"
        inode=
        ;;
    esac
  done
  printf '%s\\n' "$held"
  cat /proc/self/mountinfo $files 2>/dev/null
  grep -sHE -m 1 '[0-9a-f]{64}' /proc/[0-9]*/cgroup
}

# The kernel lists the monitor's socket, with its groups, from when it hears.
until_it_hears() {
  tries=0
  while [ "$tries" -lt 200 ] && kill -0 "$1" 2>/dev/null; do
    tries=$((tries + 1))
    while read -r _ _ port groups _; do
      [ "$port" = "$1" ] && [ "$groups" != 00000000 ] && return
    done </proc/net/netlink
  done
}

ip -ts monitor label $1 </dev/null &
monitor=$!
until_it_hears "$monitor"
seen=$(look)
echo ready >&2
{
  quiet=0
  while sleep 1 >/dev/null 2>&1; do
    now=$(look)
    quiet=$((quiet + 1))
    if [ "$now" != "$seen" ]; then
      seen=$now
      quiet=0
      echo lists >&2
    elif [ "$quiet" -ge 5 ]; then
      quiet=0
      echo alive >&2
    fi
  done
} </dev/null >/dev/null &
looker=$!
wait "$monitor"
code=$?
kill "$looker"
exit "$code"
`.trim();

/** Watches every namespace that has an id in this one, or this one alone where that needs rights we lack. */
export function watchCommand(allNamespaces: boolean): readonly string[] {
  return ['sh', '-c', watchScript, 'watch', allNamespaces ? 'all-nsid' : ''];
}

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
  return line === 'ready' || line === 'lists' || line === 'alive' ? line : null;
}

/** True for the monitor's words that its socket overflowed: events were lost (iproute2: lib/libnetlink.c, rtnl_listen). */
export function isOverflow(complaint: string): boolean {
  return /receive error|No buffer space/i.test(complaint);
}
