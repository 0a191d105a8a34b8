import { quoteWord } from '../util/quote.ts';
import { batchInput, batchSections, tableSections } from './batch.ts';
import { netlinkReaders } from './netlink/reader.ts';
import { runtimeNames } from './runtimes.ts';

/** In how many mount namespaces beside the node's own bind mounts are looked for. */
export const mountSpacesRead = 64;

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

# bridge is asked only where there is a bridge or a vxlan, and for VLANs where a bridge filters them: each is a process.
read_namespace() {
  out=$(run ip -j -d -s -force -batch - 2>&1 <<'BATCH'
${batchInput(batchSections)}
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

/** What fewer links tell goes over the wire faster than a program to pack it starts. */
const fewLinks = 30;

/** Shorter lists of namespaces, in characters, are not worth a mount namespace, nor being packed. */
const shortList = 500;

/**
 * Asks the kernel itself about the namespaces of `$list`, where an interpreter for that is at hand, and leaves in `$list` those
 * that the client then names: what it could not decode is for `ip` to read. The client is silent where there are none.
 */
const readByNetlink = `
# Sets reader and pack. Python takes longer to start than ip to read a few namespaces.
choose_reader() {
  reader=
  choose_pack \${#list} ${shortList}
  if command -v perl >/dev/null; then
    reader=perl
  elif [ "\${#list}" -gt ${shortList} ] && command -v python3 >/dev/null; then
    reader=python3
  fi
}

ask_kernel() {
  case $reader in
    perl) exec ${netlinkReaders.perl} ;;
    python3) exec ${netlinkReaders.python3} ;;
  esac
}

read_by_netlink() {
  choose_reader
  [ -n "$reader" ] || return 0
  mark netlink \${pack%% *}
  ask_kernel 2>/dev/null <<LIST | $pack
$list
LIST
  mark asked
  left=
  IFS= read -r left <&3
  all=$list
  list=
  while IFS= read -r line; do
    case " $left " in *" \${line%% *} "*) list="$list
$line" ;; esac
  done <<LIST
$all
LIST
  list=\${list#?}
}
`;

/**
 * The collector: POSIX sh for dash and busybox ash, read from standard input by
 * `sh -s -- NONCE [INODE…]`, where the inodes name namespaces that need no reading. It prints frames (frames.ts),
 * the root namespace first, so that the first picture needs one round trip; the other namespaces follow on two lanes, standard output and standard error,
 * each written by one process at a time. Nothing it starts outlives it, and it writes no file.
 *
 * Everything is inside `main`, so that a script cut short by a lost connection runs nothing.
 */
export const collectScript = `${readLanes}${readByNetlink}
# choose_pack LENGTH ENOUGH: sets pack to what a longer output goes through. JSON shrinks to a tenth.
choose_pack() {
  pack=cat
  [ "$1" -le "$2" ] || ! command -v gzip >/dev/null || pack='gzip -1'
}

packed() {
  if [ "$pack" = cat ]; then "$@"; else "$@" | $pack; fi
}

# The root namespace is long: it goes out as ip prints it, and not through a variable of the shell. Its links come alone: they make
# the first picture, and routes are many where cables are.
read_root() {
  set -- /sys/class/net/*
  choose_pack $# ${fewLinks}
  mark links "$root" \${pack%% *}
  packed ip -j -d -s -force -batch - 2>&1 <<'BATCH'
${batchInput(['links'])}
BATCH
  mark tables "$root" \${pack%% *}
  packed ip -j -d -s -force -batch - 2>&1 <<'BATCH'
${batchInput(tableSections)}
BATCH
  mark fdb "$root" \${pack%% *}
  packed bridge -j -d -s fdb show 2>&1
  for file in /sys/class/net/*/bridge/vlan_filtering; do
    filtering=
    { IFS= read -r filtering <"$file"; } 2>/dev/null
    [ "$filtering" = 1 ] || continue
    mark vlans "$root"
    bridge -j vlan show 2>&1
    break
  done
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

# Of two mounts at one place the lower is the parent of the upper, and its name leads to the upper.
drop_covered() {
  set -f
  IFS='
'
  parents=' '
  for line in $mounts; do
    parent=\${line#* }
    parent=\${parent%% *}
    case $parents in *" $parent "*) ;; *) parents="$parents$parent " ;; esac
  done
  covered=
  for line in $mounts; do
    ! is_covered || covered=1
  done
  if [ -n "$covered" ]; then
    all=$mounts
    mounts=
    for line in $all; do
      is_covered || mounts="$mounts$line$IFS"
    done
  fi
  unset IFS
  set +f
}

is_covered() {
  id=\${line#*:}
  case $parents in *" \${id%% *} "*) return 0 ;; esac
  return 1
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

# One line a namespace to read: "INODE name|path|pid WHAT". Sorted, the first line of an inode is the cheapest way in,
# a name in /run/netns; before it comes the line that says it needs no reading.
list_targets() {
  last=
  {
    printf '%s clean\\n' "$root" $clean
    printf '%s\\n' "$mounts" | sed -n \\
      -e 's|^/proc/self/[^ ]* [^ ]* [^ ]* net:\\[\\([0-9]*\\)\\] /run/netns/\\([^ ]*\\) .*|\\1 name \\2|p' -e t \\
      -e 's|^/proc/self/[^ ]* [^ ]* [^ ]* net:\\[\\([0-9]*\\)\\] \\([^ ]*\\) .*|\\1 path \\2|p' -e t \\
      -e 's|^/proc/\\([0-9]*\\)/[^ ]* [^ ]* [^ ]* net:\\[\\([0-9]*\\)\\] \\([^ ]*\\) .*|\\2 path /proc/\\1/root\\3|p' |
      sed 's/\\\\\\([0-7][0-7][0-7]\\)/\\\\0\\1/g'
    printf '%s\\n' "$spaces" | sed -n 's|^net \\([0-9]*\\) \\([0-9]*\\)$|\\2 pid \\1|p'
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
  root=$(ls -l /proc/self/ns/net /proc/self/ns/mnt)
  mount_space=\${root##*mnt:\\[}
  mount_space=\${mount_space%%\\]*}
  root=\${root##*net:\\[}
  root=\${root%%\\]*}
  effective_uid
  mark node "$root" "$uid"
  say_line /proc/sys/kernel/hostname
  say_line /proc/sys/kernel/osrelease
  { say_system </etc/os-release; } 2>/dev/null
  if ! is_clean "$root"; then
    read_root
    mark nsids "$root"
    ip -j netns list 2>&1
  fi
  version=$(ip -V 2>&1)
  mark iproute2
  printf '%s\n' "$version"
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
  case $version in *iproute2*) can_read=$uid ;; *) can_read= ;; esac
  if [ "$can_read" = 0 ]; then
    drop_covered
    list=$(list_targets)
    through=
    [ -z "$list" ] || read_by_netlink
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

main "$@" 3<&0 </dev/null; exit
`;
