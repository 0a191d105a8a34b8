/**
 * Sends echo requests from many namespaces, and tells what of them is seen where, all in one process: a socket belongs to the
 * namespace in which it was made. Only modules of perl-base. Arguments: the nonce and the filter (probeFilter.ts) as numbers.
 *
 * It reads commands, one a line, and ends with its input:
 *
 * - `open END INODE PATH…`: make sockets in the namespace of this inode, found at one of the paths (in hexadecimal: names are
 *   hostile). Answers `opened END` or `shut END why`.
 * - `ping PAIR TRY END FAMILY ADDRESS`: send one echo request. Says `unsent PAIR why` where the kernel refuses.
 * - `forget END IFINDEX ADDRESS`: remove an entry of the neighbour table.
 * - `sync N`: answers `sync N` once all that was seen until then is told, and before it `missed END` for whom the kernel dropped
 *   packets.
 *
 * It tells `seen END in|out TYPE/CODE PAIR SOURCE DESTINATION` of each of our messages.
 */
export const perlProgram = String.raw`
use strict; use Socket qw(:all); use Config;
my ($nonce, @filter) = @ARGV;
$| = 1;
# The numbers of setns(2): perl-base has none by name.
my %number = ('x86_64' => 308, 'i[3-6]86' => 346, 'aarch64|riscv64|loongarch64' => 268, 'arm' => 375, 'powerpc|ppc' => 350, 's390x' => 339);
my ($setns) = map { $number{$_} } grep { $Config{archname} =~ /^(?:$_)/ } keys %number;
$setns or die "setns is not known on $Config{archname}\n";
open(my $home, '<', '/proc/self/ns/net') or die "the namespace cannot be opened: $!\n";
my $bpf = '';
while (my @one = splice @filter, 0, 4) { $bpf .= pack 'SCCL', @one }
my (%raw, %eye, %netlink, %end_of, $told);
my $readable = '';
vec($readable, 0, 1) = 1;

sub enter { syscall($setns, fileno($_[0]), 0x40000000) == 0 }

# AF_PACKET 17, ETH_P_ALL 3, SO_ATTACH_FILTER 26, SO_SNDBUFFORCE 32, SO_RCVBUFFORCE 33, AF_NETLINK 16. Our ICMP sockets
# only send: what they would receive is let through by no ICMP_FILTER (SOL_RAW 255) and ICMP6_FILTER.
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
    open(my $place, '<', $path) or next;
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

# RTM_DELNEIGH 29, NLM_F_REQUEST 1, NDA_DST 1 (linux/neighbour.h)
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
