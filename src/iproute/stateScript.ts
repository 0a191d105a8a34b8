/** The longest rule set that is read. Nodes with thousands of services have megabytes of rules. */
export const rulesetLimitBytes = 256 * 1024;

/** Switches that hold for a whole namespace, under /proc/sys/net. */
const namespaceSysctls = [
  'ipv4/ip_forward',
  'ipv4/icmp_echo_ignore_all',
  'ipv6/icmp/echo_ignore_all',
  ...['all', 'default'].flatMap((place) =>
    ['rp_filter', 'arp_ignore', 'arp_announce', 'arp_filter', 'proxy_arp', 'route_localnet'].map(
      (name) => `ipv4/conf/${place}/${name}`,
    ),
  ),
  ...['all', 'default'].flatMap((place) => [
    `ipv6/conf/${place}/forwarding`,
    `ipv6/conf/${place}/disable_ipv6`,
  ]),
  'bridge/bridge-nf-call-iptables',
  'bridge/bridge-nf-call-ip6tables',
  'bridge/bridge-nf-call-arptables',
];

/** Switches of a single link; 0 is told by silence. */
const linkSysctls = [
  'ipv4/conf/*/rp_filter',
  'ipv4/conf/*/arp_ignore',
  'ipv4/conf/*/arp_announce',
  'ipv4/conf/*/arp_filter',
  'ipv4/conf/*/proxy_arp',
  'ipv4/conf/*/route_localnet',
  'ipv4/conf/*/accept_local',
  'ipv6/conf/*/disable_ipv6',
  'ipv6/conf/*/force_forwarding',
];

/**
 * What decides a packet's fate beside the wiring: POSIX sh, run by `runFramed`. $2 is "node" in the node's own namespace,
 * where it also reads what costs no process for each of the other namespaces: their listening sockets, through
 * /proc/PID/net of one holder, and their resolv.conf. Any other word: the namespace that the script runs in, alone.
 *
 * A container's files are its own: a resolv.conf that is a link, or no plain file, is not followed, and only lines
 * that are resolv.conf's are read, so that nothing else on the node can be made to look like it.
 */
export const stateScript = `
RS='\x1e'
mark() { printf '%s%s %s\\n' "$RS" "$nonce" "$*"; }

# Not with read: the kernel answers only the first byte to a shell that asks for one at a time.
read_sysctls() {
  cd /proc/sys/net || return
  mark sysctls
  grep -sH '' ${namespaceSysctls.join(' ')}
  mark linkSysctls
  grep -sHv '^0$' ${linkSysctls.join(' ')}
  cd /
}

# has TOOL: it is installed.
has() { command -v "$1" >/dev/null; }

ruleset() {
  mark ruleset "$1"
  shift
  "$@" 2>&1 | head -c ${rulesetLimitBytes}
}

# iptables is asked apart only for rules of its old kind, which nft does not show, and for those of its new kind, which nft
# shows in words of its own that are not always the same; asking it otherwise would load modules.
read_netfilter() {
  rules=
  if has nft; then
    mark ruleset nft
    rules=$(nft list ruleset 2>&1 | head -c ${rulesetLimitBytes})
    printf '%s\\n' "$rules"
  elif ! has iptables-save; then
    mark noNetfilter
    return
  fi
  for v in '' 6; do
    table=
    { read -r table </proc/self/net/ip\${v}_tables_names; } 2>/dev/null
    if has ip\${v}tables-legacy-save; then
      [ -z "$table" ] || ruleset ip\${v}tables ip\${v}tables-legacy-save -c
    elif has ip\${v}tables-save; then
      [ -z "$table" ] && has nft || ruleset ip\${v}tables ip\${v}tables-save -c
    fi
    case $rules in *"table ip$v "*'	chain '[A-Z]*)
      ! has ip\${v}tables-nft-save || ruleset ip\${v}tables ip\${v}tables-nft-save -c
      ;;
    esac
  done
}

# Sets members, lines "PID INODE", one process for each namespace but the node's own, and pids, the processes alone.
choose_members() {
  members=
  seen=' '
  IFS='
'
  for line in $(ls -l /proc/[0-9]*/ns/net 2>/dev/null | sed -n -e "/ net:\\\\[$root\\\\]\\$/d" \\
    -e 's|.*/proc/\\([0-9]*\\)/ns/net -> net:\\[\\([0-9]*\\)\\]$|\\1 \\2|p'); do
    inode=\${line#* }
    case $seen in *" $inode "*) continue ;; esac
    seen="$seen$inode "
    members="$members$line
"
    pids="$pids \${line%% *}"
  done
  unset IFS
}

# Sets tables, the socket tables to read: those of this namespace, and of a member of each other one.
choose_tables() {
  tables=
  for pid in self $pids; do
    net=/proc/$pid/net
    tables="$tables $net/tcp $net/tcp6 $net/udp $net/udp6"
  done
}

# Sets names and tuns: the files that tell the names of the processes in owners, and of their tun devices.
choose_owners() {
  names=
  tuns=
  set -f
  IFS='
'
  for line in $owners; do
    pid=\${line#/proc/}
    pid=\${pid%%/*}
    case "$names " in *" /proc/$pid/comm "*) ;; *) names="$names /proc/$pid/comm" ;; esac
    case $line in
      *' /dev/net/tun')
        fd=\${line#/proc/*/fd/}
        tuns="$tuns /proc/$pid/fdinfo/\${fd%% *}"
        ;;
    esac
  done
  unset IFS
  set +f
}

# Who has a listening socket, or a tun device, is told by the links in /proc/PID/fd alone. The shell's own standard input
# is among them, so that silence means that find cannot do it (busybox's cannot). A here-document costs no process.
read_sockets() {
  choose_tables
  mark sockets
  lines=$(grep -sHE ':0000 0[A7] ' $tables)
  printf '%s\\n' "$lines"
  wanted=
  [ -z "$lines" ] || wanted=$(sed -n -E 's/^[^:]*: *[0-9]+: [^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ +[0-9]+ +[0-9]+ ([0-9]+) .*/socket:[\\1]/p' <<LINES
$lines
LINES
  )
  owners=$(find /proc/[0-9]*/fd -maxdepth 1 '(' -lname 'socket:*' -o -lname /dev/net/tun -o -path "/proc/$$/fd/0" ')' -printf '%p %l\\n' 2>/dev/null)
  mark owners \${owners:+read}
  owners=$(grep -F "\${wanted:+$wanted
}/dev/net/tun" <<OWNERS
$owners
OWNERS
  )
  printf '%s\\n' "$owners"
  choose_owners
  mark names
  [ -z "$names" ] || grep -sH '' $names
  mark tuns
  [ -z "$tuns" ] || grep -sH '^iff:' $tuns
}

read_resolvers() {
  keys='^[[:space:]]*(nameserver|search|domain|options|sortlist)[[:space:]]'
  mark resolvers
  files=
  for pid in $pids; do
    etc=/proc/$pid/root/etc
    [ -L "$etc" ] || [ -L "$etc/resolv.conf" ] || [ ! -f "$etc/resolv.conf" ] || files="$files $etc/resolv.conf"
  done
  [ -z "$files" ] || grep -sHE "$keys" $files
  mark resolver
  grep -sE "$keys" /etc/resolv.conf
  for file in /etc/netns/*/resolv.conf; do
    [ -f "$file" ] || continue
    name=\${file#/etc/netns/}
    mark namedResolver
    printf '%s/\\n' "\${name%/resolv.conf}"
    grep -sE "$keys" "$file"
  done
}

main() {
  LC_ALL=C
  export LC_ALL
  nonce=$1
  root=$(ls -l /proc/self/ns/net)
  root=\${root##*net:\\[}
  root=\${root%\\]*}
  pids=
  mark state "$root"
  mark rules6
  ip -6 -j rule show 2>&1
  read_sysctls
  if [ "$2" = node ]; then
    choose_members
    mark members
    printf '%s' "$members"
    read_resolvers
  fi
  read_sockets
  read_netfilter
  mark end
}

main "$@" </dev/null
`;
