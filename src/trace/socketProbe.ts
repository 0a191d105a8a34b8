/** Pure: a TCP connection or a UDP datagram as a command, by whatever of the node's own programs can make one. */
import type { CommandOutput } from '../transport/transport.ts';
import { replyTimeoutS, type ProbeResult, type ProbeTarget } from './probe.ts';
import type { Outcome, SocketProbe } from './trace.ts';
import { plain } from './words.ts';

/** The programs that are tried, best first: those that say from which port they sent, then the others. */
export const socketTools = ['perl', 'python3', 'bash', 'nc', 'ncat', 'busybox'] as const;

/** Only modules of perl-base. Arguments as in {@link ladder}. */
const perlProgram = String.raw`
use strict; use Socket qw(:all); use Fcntl; use Errno qw(EINPROGRESS ECONNREFUSED EAGAIN);
my ($proto, $to, $port, $from, $hex, $wait) = @ARGV;
my $type = $proto eq 'tcp' ? SOCK_STREAM : SOCK_DGRAM;
my $now = eval { require Time::HiRes; \&Time::HiRes::time };
my ($begun, $s) = (0);
sub over { my ($result, $why) = @_; my $mine = $s ? getsockname($s) : undef; my $local = 0;
  if ($mine) { my ($e, $host, $service) = getnameinfo($mine, NI_NUMERICHOST | NI_NUMERICSERV); $local = $service || 0; }
  my $ms = $now && $begun ? 1000 * ($now->() - $begun) : ''; print "patchbay-probe port=$local result=$result ms=$ms $why\n"; exit 0 }
sub failed { my $e = $! + 0; over($e == ECONNREFUSED ? 'refused' : $e == Errno::ETIMEDOUT() ? 'silent' : 'unreachable', "$!") }
my ($bad, $at) = getaddrinfo($to, $port, { flags => AI_NUMERICHOST, socktype => $type });
over('failed', $bad) if $bad;
socket($s, $at->{family}, $type, 0) or failed();
if ($from ne '') { my ($wrong, $mine) = getaddrinfo($from, 0, { flags => AI_NUMERICHOST, socktype => $type });
  over('failed', $wrong) if $wrong; bind($s, $mine->{addr}) or over('failed', "$!") }
fcntl($s, F_SETFL, fcntl($s, F_GETFL, 0) | O_NONBLOCK);
$begun = $now ? $now->() : 0;
my $ready = '';
if ($proto eq 'tcp') {
  connect($s, $at->{addr}) or $! == EINPROGRESS or failed();
  vec($ready, fileno($s), 1) = 1;
  select(undef, $ready, undef, $wait) or over('silent', '');
  $! = unpack('i', getsockopt($s, SOL_SOCKET, SO_ERROR));
  $! == 0 ? over('answered', '') : failed();
}
connect($s, $at->{addr}) or failed();
defined(send($s, pack('H*', $hex), 0)) or failed();
vec($ready, fileno($s), 1) = 1;
select($ready, undef, undef, $wait) or over('silent', '');
defined(recv($s, my $got, 65535, 0)) ? over('answered', '') : failed();
`.trim();

const pythonProgram = `
import errno, os, select, socket, sys, time
proto, to, port, source, data, wait = sys.argv[1:7]
kind = socket.SOCK_STREAM if proto == 'tcp' else socket.SOCK_DGRAM
begun, s = None, None
def over(result, why=''):
    local = s.getsockname()[1] if s else 0
    print('patchbay-probe port=%d result=%s ms=%s %s' % (local, result, '' if begun is None else 1000 * (time.time() - begun), why))
    sys.exit(0)
def failed(code):
    over({errno.ECONNREFUSED: 'refused', errno.ETIMEDOUT: 'silent'}.get(code, 'unreachable'), os.strerror(code))
try:
    family, _, _, _, at = socket.getaddrinfo(to, int(port), 0, kind, 0, socket.AI_NUMERICHOST)[0]
    s = socket.socket(family, kind)
    if source:
        s.bind(socket.getaddrinfo(source, 0, 0, kind, 0, socket.AI_NUMERICHOST)[0][4])
    s.setblocking(False)
    begun = time.time()
    code = s.connect_ex(at)
    if code not in (0, errno.EINPROGRESS):
        failed(code)
    if proto == 'tcp':
        if not select.select([], [s], [], float(wait))[1]:
            over('silent')
        code = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        over('answered') if code == 0 else failed(code)
    s.send(bytes.fromhex(data))
    if not select.select([s], [], [], float(wait))[0]:
        over('silent')
    s.recv(65535)
    over('answered')
except OSError as e:
    failed(e.errno) if begun is not None else over('failed', str(e))
`.trim();

/** Opens bash's own /dev/tcp, if it was built with it; its words for errors are those of the C library. */
const bashProgram = String.raw`
if [ "$1" = tcp ]; then { exec 3<>"/dev/tcp/$2/$3"; } && exit 0; exit 1; fi
exec 3<>"/dev/udp/$2/$3" || exit 1
printf "$(printf %s "$5" | sed 's/../\\x&/g')" >&3 || exit 1
IFS= read -r -n 1 -t "$6" -u 3 _ || [ $? = 1 ]
`.trim();

/**
 * Tries the programs one after the other until one tells a result. $1 to $6: tcp or udp, address, port, address to send
 * from or nothing, payload in hexadecimal, seconds to wait; then the programs for perl, python3 and bash. It prints one line
 * "patchbay-probe port=… result=… ms=… why", or "patchbay-no-tool" and what each said.
 */
const ladder = `
LC_ALL=C; export LC_ALL
has() { command -v "$1" >/dev/null 2>&1; }
tell() { printf 'patchbay-probe port=0 result=%s ms= %s\\n' "$1" "$2"; exit 0; }
# told COMMAND…: its own line is the result.
told() {
  said=$("$@" 2>&1 </dev/null)
  case $said in *"patchbay-probe "*) printf '%s\\n' "$said"; exit 0 ;; esac
  echo "patchbay-tool $1: $said" | tr '\\n' ' '; echo
}
# read_words CODE WORDS: what a program that has no line of its own says by its exit code and its words.
read_words() {
  case $2 in
    *efused*) tell refused "$2" ;;
    *imed\\ out*|*TIMEOUT*|*imeout*) tell silent '' ;;
    *nreachable*|*'No route'*) tell unreachable "$2" ;;
    *'o such file'*|*nvalid\\ option*|*nrecognized*|*sage:*|*'not supported'*) echo "patchbay-tool $2" | tr '\\n' ' '; echo; return ;;
  esac
  case $1 in 0) tell answered '' ;; 124|142|143) tell silent '' ;; esac
  [ "$proto" = udp ] && tell silent ''
  echo "patchbay-tool $2" | tr '\\n' ' '; echo
}
# netcat COMMAND…: options that all of its kinds know. A datagram was answered if anything came.
netcat() {
  if [ "$proto" = tcp ]; then
    said=$(timeout $((wait + 1)) "$@" -w "$wait" "$to" "$port" 2>&1 </dev/null); read_words $? "$said"
  else
    said=$({ printf "$(printf %s "$hex" | sed 's/../\\\\x&/g')"; sleep "$wait"; } | timeout $((wait + 1)) "$@" -u -w "$wait" "$to" "$port" 2>&1)
    code=$?
    case $said in *efused*|*nreachable*|*nvalid\\ option*|*nrecognized*|*sage:*) read_words $code "$said" ;; '') tell silent '' ;; *) tell answered '' ;; esac
  fi
}
main() {
  proto=$1 to=$2 port=$3 from=$4 hex=$5 wait=$6
  has perl && told perl -e "$7" "$1" "$2" "$3" "$4" "$5" "$6"
  has python3 && told python3 -c "$8" "$1" "$2" "$3" "$4" "$5" "$6"
  if [ -z "$from" ] && has timeout; then
    if has bash; then said=$(timeout "$wait" bash -c "$9" bash "$1" "$2" "$3" '' "$5" "$6" 2>&1 </dev/null); read_words $? "$said"; fi
    has nc && netcat nc
    has ncat && netcat ncat
    has busybox && netcat busybox nc
  fi
  echo patchbay-no-tool
}
main "$@"
`.trim();

/** The argv that sends the probe, and ends by itself. */
export function socketArgv({ destination, zone, source }: ProbeTarget, probe: SocketProbe): string[] {
  const to = zone === null ? destination : `${destination}%${zone}`;
  const words = [probe.kind, to, String(probe.port), source ?? '', payloadFor(probe), String(replyTimeoutS)];
  return ['sh', '-c', ladder, 'sh', ...words, perlProgram, pythonProgram, bashProgram];
}

const dnsPort = 53;

/** What is sent in a datagram, in hexadecimal: to a DNS server a question that any answers (RFC 1035: the root's name servers). */
function payloadFor({ kind, port }: SocketProbe): string {
  if (kind === 'tcp') {
    return '';
  }
  const question = '0100' + '0001' + '0000'.repeat(3) + '00' + '0002' + '0001';
  const text = [...new TextEncoder().encode('patchbay probe\n')];
  return port === dnsPort ? randomHex(2) + question : text.map(toHex).join('');
}

function randomHex(bytes: number): string {
  return [...globalThis.crypto.getRandomValues(new Uint8Array(bytes))].map(toHex).join('');
}

function toHex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

const outcomes: Readonly<Record<string, Outcome>> = {
  answered: 'answered',
  refused: 'refused',
  silent: 'silent',
  unreachable: 'unreachable',
};

/** Reads what {@link socketArgv} printed. */
export function parseSocketProbe({
  stdout,
  stderr,
}: Pick<CommandOutput, 'stdout' | 'stderr'>): ProbeResult & { readonly noTool: boolean } {
  const told = /^patchbay-probe port=(\d+) result=(\w+) ms=([\d.e-]*) ?(.*)$/m.exec(stdout);
  const outcome = outcomes[told?.[2] ?? ''] ?? 'unsent';
  const port = Number(told?.[1] ?? 0);
  const why = told?.[4] ?? /^patchbay-tool (.*)$/m.exec(stdout)?.[1] ?? stderr.split('\n')[0] ?? '';
  const sent = outcome !== 'unsent';
  const answered = outcome === 'answered' || outcome === 'refused';
  return {
    sent,
    outcome,
    rttMs: answered && told?.[3] ? Number(told[3]) : null,
    complaint: why.trim() === '' ? null : plain(why.trim()),
    sourcePort: port === 0 ? null : port,
    counts: { sent: sent ? 1 : 0, answered: answered ? 1 : 0 },
    noTool: told === null && stdout.includes('patchbay-no-tool'),
  };
}
