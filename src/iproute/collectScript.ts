import { quoteWord } from '../util/quote.ts';
import { batchCommands, batchSections } from './batch.ts';

/** Reads the namespaces of `$list` on two lanes. `$through` leads to the node's own mounts. */
const readLanes = `
RS='\x1e'
mark() { printf '%s%s %s\\n' "$RS" "$nonce" "$*"; }

# run TOOL ARGUMENT…: replaces this (sub)shell by the tool inside the namespace that how and what name. ip and bridge
# take a path from their own folder, which saves the process that nsenter is; where there is none, nsenter has to do.
run() {
  tool=$1
  shift
  case $how in
    name) space=$through/run/netns/$what ;;
    path) space=$through$what ;;
    pid) space=/proc/$what/ns/net ;;
  esac
  if [ -d /var/run/netns ]; then
    exec "$tool" -n "../../../..$space" "$@"
  fi
  exec nsenter "--net=$space" -- "$tool" "$@"
}

# bridge is asked only where there is a bridge or a vxlan: it is a second process.
read_namespace() {
  out=$(run ip -j -d -s -force -batch - 2>&1 <<'BATCH'
${batchSections.map((section) => batchCommands[section]).join('\n')}
BATCH
  )
  mark batch "$inode" $?
  printf '%s\\n' "$out"
  case $out in
    *'"info_kind":"bridge"'* | *'"info_kind":"vxlan"'*)
      out=$(run bridge -j -d -s fdb show 2>&1)
      mark fdb "$inode" $?
      printf '%s\\n' "$out"
      ;;
  esac
}

# lane REMAINDER: reads every second namespace of the list.
lane() {
  turn=0
  while IFS=' ' read -r inode how what; do
    turn=$(((turn + 1) % 2))
    [ "$turn" = "$1" ] || continue
    case $what in
      *\\\\0*)
        what=$(printf '%b.' "$what")
        what=\${what%.}
        ;;
    esac
    read_namespace
  done <<LIST
$list
LIST
}

read_lanes() {
  lane 1 &
  lane 0 1>&2
  wait
}
`;

/**
 * Each `ip -n` copies all mounts of its mount namespace to remount /sys, and each name in /run/netns is a mount: the time
 * would grow with the square of the names. So many namespaces are read from a mount namespace that has none of
 * these. Made private (mount_namespaces(7)), nothing of it shows outside.
 */
const readFromAside = `${readLanes}
nonce=$1
through=$2
list=$(cat)
mount --make-rprivate / 2>/dev/null && {
  umount -l /run/netns
  umount -a -l -t nsfs
} 2>/dev/null
read_lanes
`;

/** Shorter lists of namespaces, in characters, are not worth a mount namespace. */
const shortList = 500;

/**
 * The collector: POSIX sh for dash and busybox ash, read from standard input by
 * `sh -s -- NONCE [INODE…]`, where the inodes name namespaces that need no reading. It prints frames (frames.ts),
 * the root namespace first, so that the first picture needs one round trip; the other namespaces follow on two lanes, standard output and standard error,
 * each written by one process at a time. Nothing it starts outlives it, and it writes no file.
 *
 * Everything is inside `main`, so that a script cut short by a lost connection runs nothing.
 */
export const collectScript = `${readLanes}
# The root namespace is long: it goes out as ip prints it, and not through a variable of the shell.
read_root() {
  mark batch "$root"
  ip -j -d -s -force -batch - 2>&1 <<'BATCH'
${batchSections.map((section) => batchCommands[section]).join('\n')}
BATCH
  mark fdb "$root"
  bridge -j -d -s fdb show 2>&1
}

# Facts that files tell, read without a process for each: read is a builtin.
effective_uid() {
  while read -r key _ uid _; do
    [ "$key" != Uid: ] || return 0
  done </proc/self/status
}

say_line() {
  line=
  IFS= read -r line <"$1"
  printf '%s\\n' "$line"
}

say_system() {
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in PRETTY_NAME=*) printf '%s\\n' "$line" ;; esac
  done
}

list_mounts() {
  mark mounts
  grep ' net:\\[' /proc/self/mountinfo
}

# Two lines a process: "PID INODE CGROUP" and its name. read is a builtin: no process is started for each.
list_holders() {
  mark holders
  for pair in $(ls -l /proc/[0-9]*/ns/net 2>/dev/null |
    sed -n -e "/ net:\\[$root\\]\\$/d" -e 's|.*/proc/\\([0-9]*\\)/ns/net -> net:\\[\\([0-9]*\\)\\]$|\\1:\\2|p'); do
    pid=\${pair%%:*}
    name=
    cgroup=
    { IFS= read -r name </proc/"$pid"/comm; } 2>/dev/null || continue
    { IFS= read -r cgroup </proc/"$pid"/cgroup; } 2>/dev/null
    printf '%s %s %s\\n%s\\n' "$pid" "\${pair##*:}" "$cgroup" "$name"
  done
}

is_clean() {
  case " $clean " in *" $1 "*) return 0 ;; esac
  return 1
}

# One line a namespace to read: "INODE name|path|pid WHAT". Sorted, the first line of an inode is the cheapest way in,
# a name in /run/netns; before it comes the line that says it needs no reading.
list_targets() {
  last=
  {
    printf '%s clean\\n' "$root" $clean
    printf '%s\\n' "$mounts" | sed -n \\
      -e 's|^[^ ]* [^ ]* [^ ]* net:\\[\\([0-9]*\\)\\] /run/netns/\\([^ ]*\\) .*|\\1 name \\2|p' -e t \\
      -e 's|^[^ ]* [^ ]* [^ ]* net:\\[\\([0-9]*\\)\\] \\([^ ]*\\) .*|\\1 path \\2|p' |
      sed 's/\\\\\\([0-7][0-7][0-7]\\)/\\\\0\\1/g'
    printf '%s\\n' "$holders" | sed -n 's|^\\([0-9][0-9]*\\) \\([0-9][0-9]*\\) .*|\\2 pid \\1|p'
  } | sort -k 1,1 -k 2,2 | while IFS=' ' read -r inode how what; do
    [ "$inode" != "$last" ] || continue
    last=$inode
    [ "$how" = clean ] || printf '%s %s %s\\n' "$inode" "$how" "$what"
  done
}

main() {
  # Names are bytes: in another locale grep and sed stumble over those that are not its characters.
  LC_ALL=C
  export LC_ALL
  nonce=$1
  shift
  clean=$*
  root=$(readlink /proc/self/ns/net)
  root=\${root#net:\\[}
  root=\${root%\\]}
  effective_uid
  mark node "$root" "$uid"
  say_line /proc/sys/kernel/hostname
  say_line /proc/sys/kernel/osrelease
  { say_system </etc/os-release; } 2>/dev/null
  if ! is_clean "$root"; then
    read_root
    mark nsids "$root"
    ip -j netns list-id 2>&1
  fi
  mark iproute2
  ip -V 2>&1
  mounts=$(list_mounts)
  printf '%s\\n' "$mounts"
  holders=$(list_holders)
  printf '%s\\n' "$holders"
  mark enumerated
  if [ "$uid" = 0 ]; then
    list=$(list_targets)
    through=
    if [ -z "$list" ]; then
      :
    elif [ "\${#list}" -le ${shortList} ] || ! unshare --mount test -d "/proc/$$/root/proc" 2>/dev/null; then
      read_lanes
    else
      unshare --mount /bin/sh -c ${quoteWord(readFromAside)} lanes "$nonce" "/proc/$$/root" <<LIST
$list
LIST
    fi
  fi
  mark end
}

main "$@" </dev/null
`;
