/**
 * Waits for the command or for end-of-file on stdin, whichever comes first. Only the shell that started the
 * command signals it: as its parent it is the one process that can know that the pid was not given to another.
 * `setsid` (util-linux, busybox) makes the command a process group of its own, so that its children end with it.
 * The watcher reads with a builtin and keeps neither stdout nor stderr, which would hold the channel open.
 */
const wrapper = `
grace=$1; shift
exec 3<&0 4>&2 </dev/null 2>/dev/null
group= child= rung=
finish() { rung=1; [ -z "$child" ] || kill -s "$1" -- "$group$child" || kill -s "$1" "$child"; }
trap 'finish TERM' TERM HUP INT
trap 'finish KILL' USR1
if command -v setsid >/dev/null; then group=-; setsid "$@" 2>&4 3<&- 4>&- & else "$@" 2>&4 3<&- 4>&- & fi
child=$!
[ -z "$rung" ] || finish TERM
{
  while read -r _; do :; done
  kill -s TERM $$
  sleep "$grace" </dev/null
  kill -s USR1 $$
} <&3 3<&- 4>&- >/dev/null &
watcher=$!
exec 3<&- 4>&-
rung=
wait "$child"; code=$?
while [ -n "$rung" ]; do
  rung=
  wait "$child"; again=$?
  [ "$again" = 127 ] || code=$again
done
trap '' TERM HUP INT USR1
kill -s KILL "$watcher"
exit "$code"
`.trim();

/**
 * Wraps argv so that it does not outlive the one who started it: when the wrapper's stdin reaches end-of-file
 * (closed on purpose, or because the connection or the client died), argv and its children get TERM, and KILL
 * `graceS` seconds later. The wrapper ends when argv ends, with its exit code. argv itself reads an empty stdin.
 *
 * Needs only a POSIX sh (dash and busybox ash are tested). Where root is needed, wrap first and start the result
 * with `privileged`: a user cannot signal what sudo started.
 */
export function supervise(argv: readonly string[], graceS = 2): string[] {
  return ['sh', '-c', wrapper, 'supervise', String(graceS), ...argv];
}
