import { batchCommands, batchSections } from './batch.ts';
import { runtimeNames } from './runtimes.ts';

/** In how many mount namespaces beside the node's own bind mounts are looked for. */
export const mountSpacesRead = 64;

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

# bridge is asked only where there is a bridge or a vxlan, and for VLANs where a bridge filters them: each is a process.
read_namespace() {
  out=$(run ip -j -d -s -force -batch - 2>&1 <<'BATCH'
${batchSections.map((section) => batchCommands[section]).join('\n')}
BATCH
  )
  mark batch "$inode" $?
  printf '%s\\n' "$out"
  case $out in
    *'"info_kind":"bridge"'* | *'"info_kind":"vxlan"'*)
      fdb=$(run bridge -j -d -s fdb show 2>&1)
      mark fdb "$inode" $?
      printf '%s\\n' "$fdb"
      ;;
  esac
  case $out in
    *'"vlan_filtering":1'*)
      out=$(run bridge -j vlan show 2>&1)
      mark vlans "$inode" $?
      printf '%s\\n' "$out"
      ;;
  esac
}

# One line a process outside the node's own namespace, "net PID INODE", or outside its mount namespace, "mnt PID INODE".
list_spaces() {
  ls -l /proc/[0-9]*/ns/net /proc/[0-9]*/ns/mnt 2>/dev/null |
    sed -n -e "/ net:\\[$root\\]$/d" -e "/ mnt:\\[$mount_space\\]$/d" \\
      -e 's|.*/proc/\\([0-9]*\\)/ns/\\([a-z]*\\) -> [a-z]*:\\[\\([0-9]*\\)\\]$|\\2 \\1 \\3|p'
}

# Sets what list_mounts and list_names read: names to files of processes that hold a namespace or are in a container,
# mounts to one mountinfo for each mount namespace. Each 'ip netns exec' makes one: ${mountSpacesRead} bound the work.
choose_files() {
  name_files=
  mount_files=
  spaces_left=${mountSpacesRead}
  spaces_skipped=
  seen=' '
  pids=' '
  IFS='
'
  for line in $spaces; do
    inode=\${line##* }
    pid=\${line#* }
    pid=\${pid% *}
    case $line in
      net*)
        pids="$pids$pid "
        name_files="$name_files /proc/$pid/comm"
        ;;
      *)
        case $seen in *" $inode "*) continue ;; esac
        if [ "$spaces_left" = 0 ]; then
          spaces_skipped=skipped
          continue
        fi
        spaces_left=$((spaces_left - 1))
        seen="$seen$inode "
        mount_files="$mount_files /proc/$pid/mountinfo"
        ;;
    esac
  done
  for line in $cgroups; do
    pid=\${line#/proc/}
    pid=\${pid%%/*}
    case $pids in *" $pid "*) ;; *) name_files="$name_files /proc/$pid/comm" ;; esac
  done
  unset IFS
}

# Lines of grep -H: the file, a colon, a line of mountinfo. Mount namespaces share most mounts: one line each is enough.
list_mounts() {
  mark mounts $spaces_skipped
  if [ -z "$mount_files" ]; then
    grep -H ' net:\\[' /proc/self/mountinfo
  else
    grep -sH ' net:\\[' /proc/self/mountinfo $mount_files | sort -s -u -k 4,5
  fi
}

# Lines of grep -H again, so that a name with a newline stays one name.
list_holders() {
  mark processes
  printf '%s\\n' "$spaces"
  mark cgroups
  printf '%s\\n' "$cgroups"
  mark names
  [ -z "$name_files" ] || grep -sH '' $name_files
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
      -e 's|^/proc/self/[^ ]* [^ ]* [^ ]* net:\\[\\([0-9]*\\)\\] /run/netns/\\([^ ]*\\) .*|\\1 name \\2|p' -e t \\
      -e 's|^/proc/self/[^ ]* [^ ]* [^ ]* net:\\[\\([0-9]*\\)\\] \\([^ ]*\\) .*|\\1 path \\2|p' -e t \\
      -e 's|^/proc/\\([0-9]*\\)/[^ ]* [^ ]* [^ ]* net:\\[\\([0-9]*\\)\\] \\([^ ]*\\) .*|\\2 path /proc/\\1/root\\3|p' |
      sed 's/\\\\\\([0-7][0-7][0-7]\\)/\\\\0\\1/g' | sort -k 2,2
    printf '%s\\n' "$spaces" | sed -n 's|^net \\([0-9]*\\) \\([0-9]*\\)$|\\2 pid \\1|p'
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
  root=$(ls -l /proc/self/ns/net /proc/self/ns/mnt)
  mount_space=\${root##*mnt:\\[}
  mount_space=\${mount_space%%\\]*}
  root=\${root##*net:\\[}
  root=\${root%%\\]*}
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
    ip -j netns list-id 2>&1
  fi
  spaces=$(list_spaces)
  cgroups=$(grep -sHE -m 1 '[0-9a-f]{64}' /proc/[0-9]*/cgroup)
  choose_files
  mounts=$(list_mounts)
  printf '%s\\n' "$mounts"
  list_holders
  runtimes=
  for tool in ${runtimeNames.join(' ')}; do
    command -v $tool >/dev/null && runtimes="$runtimes $tool"
  done
  mark enumerated $runtimes
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
