import { batchCommands, batchSections } from './batch.ts';

/**
 * The collector: POSIX sh for dash and busybox ash, read from standard input by
 * `sh -s -- NONCE [INODE…]`, where the inodes name namespaces that need no reading. It prints frames (frames.ts),
 * the root namespace first, so that the first picture needs one round trip; the other namespaces follow on two lanes, standard output and standard error,
 * each written by one process at a time. Nothing it starts outlives it, and it writes no file.
 *
 * Everything is inside `main`, so that a script cut short by a lost connection runs nothing.
 */
export const collectScript = `
RS=$(printf '\\036')
mark() { printf '%s%s %s\\n' "$RS" "$nonce" "$*"; }

# run TOOL ARGUMENT…: replaces this (sub)shell by the tool inside the namespace that how and what name.
run() {
  tool=$1
  shift
  case $how in
    root) exec "$tool" "$@" ;;
    name) exec "$tool" -n "$what" "$@" ;;
    path) exec nsenter "--net=$what" -- "$tool" "$@" ;;
    pid) exec nsenter -t "$what" -n -- "$tool" "$@" ;;
  esac
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

# One line a namespace to read: "INODE name|path|pid WHAT"; a name in /run/netns is the cheapest way in.
list_targets() {
  seen=" $root "
  {
    printf '%s\\n' "$mounts" | sed -n \\
      -e 's|^[^ ]* [^ ]* [^ ]* net:\\[\\([0-9]*\\)\\] /run/netns/\\([^ ]*\\) .*|\\1 name \\2|p' -e t \\
      -e 's|^[^ ]* [^ ]* [^ ]* net:\\[\\([0-9]*\\)\\] \\([^ ]*\\) .*|\\1 path \\2|p' |
      sed 's/\\\\\\([0-7][0-7][0-7]\\)/\\\\0\\1/g' | sort -k 2,2
    printf '%s\\n' "$holders" | sed -n 's|^\\([0-9][0-9]*\\) \\([0-9][0-9]*\\) .*|\\2 pid \\1|p'
  } | while IFS=' ' read -r inode how what; do
    case $seen in *" $inode "*) continue ;; esac
    seen="$seen$inode "
    is_clean "$inode" || printf '%s %s %s\\n' "$inode" "$how" "$what"
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
  uid=$(id -u)
  mark node "$root" "$uid"
  uname -n
  uname -r
  ip -V 2>&1
  grep '^PRETTY_NAME=' /etc/os-release 2>/dev/null
  if ! is_clean "$root"; then
    inode=$root
    how=root
    read_namespace
    mark nsids "$root"
    ip -j netns list 2>&1
  fi
  mounts=$(list_mounts)
  printf '%s\\n' "$mounts"
  holders=$(list_holders)
  printf '%s\\n' "$holders"
  mark enumerated
  if [ "$uid" = 0 ]; then
    list=$(list_targets)
    if [ -n "$list" ]; then
      lane 1 &
      lane 0 1>&2
      wait
    fi
  fi
  mark end
}

main "$@" </dev/null
`;
