import { quoteWord } from '../util/quote.ts';

/**
 * The look at lists, as one program that stays: it starts no process, and hears of mounts from the kernel (proc_pid_mountinfo(5) can be
 * polled). Its arguments are those of the shell's look below, and so are its words.
 */
const perlLook = String.raw`
use strict;
my ($monitor, $root) = @ARGV;
open my $mounts, "<", "/proc/self/mountinfo" or exit 1;
sub text { open my $file, "<", $_[0] or return ""; local $/; my $text = <$file>; defined $text ? $text : "" }
sub look {
  my $seen = text("/proc/self/mountinfo");
  opendir my $proc, "/proc" or exit 1;
  for my $pid (grep /^[0-9]/, readdir $proc) {
    my ($space) = (readlink("/proc/$pid/ns/net") || next) =~ /(\d+)/;
    my ($container) = text("/proc/$pid/cgroup") =~ /^(.*[0-9a-f]{64}.*)$/m;
    next if $space eq $root and not $container;
    $seen .= join " ", $pid, $space, $container || "", text("/proc/$pid/comm");
  }
  $seen;
}
sub backlog { text("/proc/net/netlink") =~ /^\S+ +\S+ +$monitor +\S+ +([1-9]\d*) /m }
my ($seen, $quiet, $since) = (look(), 0, 0);
print STDERR $monitor ? "ready\n" : "deaf\n";
while (1) {
  vec(my $changed = "", fileno $mounts, 1) = 1;
  select undef, undef, undef, 0.1 if select undef, undef, $changed, 1;
  my $now = look();
  $quiet++;
  if ($now ne $seen) {
    ($seen, $quiet) = ($now, 0);
    print STDERR "lists\n";
  } elsif ($quiet >= 5) {
    $quiet = 0;
    print STDERR "alive\n";
  }
  next unless $monitor;
  $since = backlog() ? $since || time : 0;
  kill KILL => $monitor if $since and time - $since >= 5;
}
`;

/**
 * Runs the monitor (events on standard output) and, beside it, a look at lists once a second (words on standard error, one a line):
 *
 * - `ready` once: what changes from now on is told. Or `deaf`, where there is no monitor to run: only lists are told then.
 * - `lists` when a namespace was mounted or unmounted, or a process that is outside this namespace or in a container came,
 *   went, moved or changed its name.
 * - `alive` every five seconds in which there was nothing to say.
 *
 * A monitor for which something has been waiting at every look for five seconds stands still, and is ended. The whole ends when
 * the monitor does. Without perl a look costs a few processes, whatever the size of the node.
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

# Sets groups and backlog of the monitor's socket; the kernel lists it, with its groups, from when it hears.
find_socket() {
  groups=00000000
  backlog=0
  while read -r _ _ port mask memory _; do
    [ "$port" = "$monitor" ] || continue
    groups=$mask
    backlog=$memory
  done </proc/net/netlink
}

until_it_hears() {
  tries=0
  while [ "$tries" -lt 200 ] && kill -0 "$monitor" 2>/dev/null; do
    tries=$((tries + 1))
    find_socket
    [ "$groups" = 00000000 ] || return 0
  done
  kill -0 "$monitor" 2>/dev/null
}

look_on() {
  seen=$(look)
  if [ -n "$monitor" ]; then echo ready >&2; else echo deaf >&2; fi
  quiet=0
  waiting=0
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
    [ -n "$monitor" ] || continue
    find_socket
    if [ "$backlog" = 0 ]; then waiting=0; else waiting=$((waiting + 1)); fi
    [ "$waiting" -lt 5 ] || kill -KILL "$monitor"
  done
}

monitor=
if ip -V 2>&1 | grep -q iproute2; then
  ip -ts monitor label $1 </dev/null &
  monitor=$!
  until_it_hears || exit
fi
{
  ! perl -e 1 2>/dev/null || exec perl -e ${quoteWord(perlLook)} "$monitor" "$root"
  look_on
} </dev/null >/dev/null &
looker=$!
if [ -z "$monitor" ]; then
  wait "$looker"
  exit
fi
wait "$monitor"
code=$?
kill "$looker"
exit "$code"
`.trim();

/** Watches every namespace that has an id in this one, or this one alone where that needs rights we lack. */
export function watchCommand(allNamespaces: boolean): readonly string[] {
  return ['sh', '-c', watchScript, 'watch', allNamespaces ? 'all-nsid' : ''];
}
