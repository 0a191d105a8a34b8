/**
 * Programs that send echo requests from many namespaces and tell what of them is seen where, all in one process: a socket belongs
 * to the namespace in which it was made. Arguments: the nonce and the filter (probeFilter.ts) as numbers.
 *
 * They read commands, one a line, and end with their input:
 *
 * - `open END INODE PATH…`: make sockets in the namespace of this inode, found at one of the paths (in hexadecimal: names are
 *   hostile; opened without waiting: anything may be in its place). Answers `opened END` or `shut END why`.
 * - `ping PAIR TRY END FAMILY ADDRESS`: send one echo request. Says `unsent PAIR why` where the kernel refuses.
 * - `forget END IFINDEX ADDRESS`: remove an entry of the neighbour table.
 * - `sync N`: answers `sync N` once all that was seen until then is told, and before it `missed END` for whom the kernel dropped
 *   packets.
 *
 * They tell `seen END in|out TYPE/CODE PAIR SOURCE DESTINATION` of each of our messages.
 *
 * Numbers of linux/if_packet.h, asm-generic/socket.h, linux/icmp.h, linux/icmpv6.h and linux/neighbour.h: AF_NETLINK 16, AF_PACKET 17,
 * SOL_PACKET 263, PACKET_STATISTICS 6, ETH_P_ALL 3, SO_ATTACH_FILTER 26, SO_SNDBUFFORCE 32, SO_RCVBUFFORCE 33, SOL_RAW 255,
 * ICMP_FILTER 1, ICMP6_FILTER 1, PACKET_OUTGOING 4, RTM_DELNEIGH 29, NLM_F_REQUEST 1, NDA_DST 1. The ICMP sockets only send:
 * their filters let nothing in.
 */
import { perlSetns } from '../iproute/perlSetns.ts';

/** Only modules of perl-base. */
const perl = String.raw`
use strict; use Socket qw(:all); use Config;
${perlSetns}
my ($nonce, @filter) = @ARGV;
$| = 1;
open(my $home, '<', '/proc/self/ns/net') or die "the namespace cannot be opened: $!\n";
my $bpf = '';
while (my @one = splice @filter, 0, 4) { $bpf .= pack 'SCCL', @one }
my (%raw, %eye, %netlink, %end_of, $told);
my $readable = '';
vec($readable, 0, 1) = 1;

sub enter { syscall($setns, fileno($_[0]), 0x40000000) == 0 }

sub sockets_of {
  my $end = shift;
  socket(my $eye, 17, SOCK_DGRAM, 0) or return;
  setsockopt($eye, SOL_SOCKET, 26, pack('Sx![P]P', length($bpf) / 8, $bpf)) or return;
  setsockopt($eye, SOL_SOCKET, 33, pack('i', 1 << 21));
  bind($eye, pack('SnlSCCx8', 17, 3, 0, 0, 0, 0)) or return;
  if (socket(my $four, AF_INET, SOCK_RAW, 1)) { setsockopt($four, 255, 1, "\xff" x 4); $raw{$end}{4} = $four }
  if (socket(my $six, AF_INET6, SOCK_RAW, 58)) { setsockopt($six, 58, 1, "\xff" x 32); $raw{$end}{6} = $six }
  setsockopt($_, SOL_SOCKET, 32, pack('i', 1 << 22)) for values %{$raw{$end}};
  socket($netlink{$end}, 16, SOCK_RAW, 0) or return;
  $eye{$end} = $eye; $end_of{fileno $eye} = $end; vec($readable, fileno $eye, 1) = 1;
}

sub open_end {
  my ($end, $inode, @paths) = @_;
  for my $path (map { pack 'H*', $_ } @paths) {
    sysopen(my $place, $path, 0x800) or next;
    (stat $place)[1] == $inode or next;
    my $done = enter($place) && sockets_of($end); my $why = $!;
    enter($home) or die "the way back is shut: $!\n";
    return $told .= $done ? "opened $end\n" : "shut $end $why\n";
  }
  $told .= "shut $end it is not where it was read\n";
}

sub checksum { my $sum = unpack '%32n*', shift; $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16; ~$sum & 0xffff }

sub ping {
  my ($pair, $try, $end, $family, $address) = @_;
  my $data = pack('NNx48', $nonce, $pair);
  my $to = inet_pton($family == 4 ? AF_INET : AF_INET6, $address);
  my $at = $family == 4 ? pack_sockaddr_in(0, $to) : pack_sockaddr_in6(0, $to);
  my $message = pack('CCnnna*', $family == 4 ? 8 : 128, 0, 0, $pair & 0xffff, $try, $data);
  substr($message, 2, 2) = pack('n', checksum($message)) if $family == 4;
  my $socket = $raw{$end}{$family};
  $socket && defined(send($socket, $message, MSG_DONTWAIT, $at)) or $told .= "unsent $pair $!\n";
}

sub forget {
  my ($end, $ifindex, $address) = @_;
  my $family = $address =~ /:/ ? AF_INET6 : AF_INET;
  my $key = inet_pton($family, $address);
  my $body = pack('CxxxlSCCSSa*', $family, $ifindex, 0, 0, 0, 4 + length $key, 1, $key);
  send($netlink{$end}, pack('LSSLL', 16 + length $body, 29, 1, 0, 0) . $body, MSG_DONTWAIT) if $netlink{$end};
}

sub look {
  my $end = shift;
  while (defined(my $from = recv($eye{$end}, my $packet, 256, MSG_DONTWAIT))) {
    my $direction = (unpack 'SnlSC', $from)[4] == 4 ? 'out' : 'in';
    my $four = (unpack('C', $packet) >> 4) == 4;
    my ($family, $icmp) = $four ? (AF_INET, 4 * (unpack('C', $packet) & 15)) : (AF_INET6, 40);
    my ($source, $destination) = map { inet_ntop($family, $_) } $four ? unpack('x12 a4 a4', $packet) : unpack('x8 a16 a16', $packet);
    my ($type, $code) = unpack "x$icmp CC", $packet;
    my $echo = $type == 0 || $type == 8 || $type == 128 || $type == 129;
    my $data = $icmp + 8 + ($echo ? 0 : $four ? 28 : 48);
    my ($mark, $pair) = unpack "x$data NN", $packet;
    $told .= "seen $end $direction $type/$code $pair $source $destination\n" if $mark == $nonce;
  }
}

sub sync {
  look($_) for keys %eye;
  for my $end (keys %eye) {
    my (undef, $dropped) = unpack 'LL', getsockopt($eye{$end}, 263, 6);
    $told .= "missed $end\n" if $dropped;
  }
  $told .= "sync $_[0]\n";
}

my %command = (open => \&open_end, ping => \&ping, forget => \&forget, sync => \&sync);
my $typed = '';
for (;;) {
  select(my $ready = $readable, undef, undef, undef) >= 0 or next;
  vec($ready, $_, 1) && look($end_of{$_}) for keys %end_of;
  if (vec($ready, 0, 1)) {
    sysread(STDIN, $typed, 65536, length $typed) or exit 0;
    while ($typed =~ s/^(.*)\n//) { my ($word, @rest) = split / /, $1; $command{$word}->(@rest) }
  }
  print $told if defined $told;
  undef $told;
}
`.trim();

const python3 = String.raw`
import ctypes, os, select, socket, struct, sys
nonce, numbers = int(sys.argv[1]), [int(word) for word in sys.argv[2:]]
libc = ctypes.CDLL(None, use_errno=True)
home = os.open('/proc/self/ns/net', os.O_RDONLY)
bpf = b''.join(struct.pack('HBBI', *numbers[at:at + 4]) for at in range(0, len(numbers), 4))
code = ctypes.create_string_buffer(bpf, len(bpf))
program = struct.pack('HP', len(bpf) // 8, ctypes.addressof(code))
raw, eyes, netlink, told = {}, {}, {}, []
ready = select.poll()
ready.register(0, select.POLLIN)
ends = {}

def check(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

def enter(space):
    check(libc.setns(space, 0x40000000))

def pinger(family, protocol, level, closed):
    try:
        pinging = socket.socket(family, socket.SOCK_RAW, protocol)
    except OSError:
        return None
    pinging.setsockopt(level, 1, closed)
    pinging.setsockopt(socket.SOL_SOCKET, 32, 1 << 22)
    return pinging

def make_sockets(end):
    eye = socket.socket(17, socket.SOCK_DGRAM, 0)
    eye.setsockopt(socket.SOL_SOCKET, 26, program)
    eye.setsockopt(socket.SOL_SOCKET, 33, 1 << 21)
    # Its own bind wants the name of a link; this is all of them.
    check(libc.bind(eye.fileno(), struct.pack('=HHiHBB8x', 17, socket.htons(3), 0, 0, 0, 0), 20))
    netlink[end] = socket.socket(16, socket.SOCK_RAW, 0)
    raw[end] = {
        '4': pinger(socket.AF_INET, 1, 255, b'\xff' * 4),
        '6': pinger(socket.AF_INET6, 58, 58, b'\xff' * 32),
    }
    eyes[end], ends[eye.fileno()] = eye, end
    ready.register(eye.fileno(), select.POLLIN)

def open_end(end, inode, *paths):
    for path in paths:
        try:
            space = os.open(bytes.fromhex(path), os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            continue
        try:
            if os.fstat(space).st_ino != int(inode):
                continue
            try:
                enter(space)
                make_sockets(end)
                told.append('opened %s' % end)
            finally:
                enter(home)
        except OSError as error:
            told.append('shut %s %s' % (end, error.strerror))
        finally:
            os.close(space)
        return
    told.append('shut %s it is not where it was read' % end)

def checksum(message):
    total = sum(struct.unpack('!%dH' % (len(message) // 2), message))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff

def ping(pair, attempt, end, family, address):
    data = struct.pack('!II48x', nonce, int(pair))
    head = (8 if family == '4' else 128, 0, 0, int(pair) & 0xffff, int(attempt))
    message = struct.pack('!BBHHH', *head) + data
    if family == '4':
        message = message[:2] + struct.pack('!H', checksum(message)) + message[4:]
    try:
        if raw[end][family] is None:
            raise OSError(97, os.strerror(97))
        raw[end][family].sendto(message, socket.MSG_DONTWAIT, (address, 0))
    except OSError as error:
        told.append('unsent %s %s' % (pair, error.strerror))

def forget(end, ifindex, address):
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    key = socket.inet_pton(family, address)
    body = struct.pack('BxxxiHBBHH', family, int(ifindex), 0, 0, 0, 4 + len(key), 1) + key
    try:
        netlink[end].send(struct.pack('IHHII', 16 + len(body), 29, 1, 0, 0) + body, socket.MSG_DONTWAIT)
    except (KeyError, OSError):
        pass

def look(end):
    while True:
        try:
            packet, origin = eyes[end].recvfrom(256, socket.MSG_DONTWAIT)
        except OSError:
            return
        four = packet[0] >> 4 == 4
        icmp = 4 * (packet[0] & 15) if four else 40
        source, destination = (packet[12:16], packet[16:20]) if four else (packet[8:24], packet[24:40])
        echo = packet[icmp] in (0, 8, 128, 129)
        mark, pair = struct.unpack_from('!II', packet, icmp + 8 + (0 if echo else 28 if four else 48))
        if mark == nonce:
            names = [socket.inet_ntop(socket.AF_INET if four else socket.AF_INET6, one) for one in (source, destination)]
            direction = 'out' if origin[2] == 4 else 'in'
            told.append('seen %s %s %d/%d %d %s %s' % (end, direction, packet[icmp], packet[icmp + 1], pair, *names))

def sync(number):
    for end in eyes:
        look(end)
    for end, eye in eyes.items():
        if struct.unpack('II', eye.getsockopt(263, 6, 8))[1]:
            told.append('missed %s' % end)
    told.append('sync %s' % number)

commands = {'open': open_end, 'ping': ping, 'forget': forget, 'sync': sync}
typed = b''
while True:
    came = [which for which, _ in ready.poll()]
    for which in came:
        if which:
            look(ends[which])
    if 0 in came:
        read = os.read(0, 65536)
        if not read:
            sys.exit(0)
        *lines, typed = (typed + read).split(b'\n')
        for line in lines:
            word, *rest = line.decode().split(' ')
            commands[word](*rest)
    if told:
        sys.stdout.write('\n'.join(told) + '\n')
        sys.stdout.flush()
        told.clear()
`.trim();

/** By the interpreter each needs, best first: the argv that starts it, to which its arguments are added. */
export const socketPrograms = {
  perl: ['perl', '-e', perl],
  python3: ['python3', '-I', '-S', '-c', python3],
} as const;

export type Interpreter = keyof typeof socketPrograms;
