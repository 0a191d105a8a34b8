import { quoteArgv } from '../../util/quote.ts';
import { perlSetns } from '../perlSetns.ts';
import { dumpRequests } from './requests.ts';

/**
 * Programs that ask the kernel themselves, in each namespace of a list, what `ip` would ask: entering a namespace and asking takes
 * a tenth of a millisecond, starting a process for it several. They read lines "INODE name|path|pid WHAT" (collectScript.ts) and print
 * what readings.ts cuts. They understand nothing of the answers but where one ends: NLMSG_DONE, or NLMSG_ERROR.
 *
 * A namespace is asked only while the file that leads to it still has the inode. It is opened without waiting: a container can put
 * anything in its place.
 */
const perl = String.raw`
use strict;
use Config;
${perlSetns}
my @requests = map { pack "H*", $_ } @ARGV;
binmode STDOUT;
while (my $line = <STDIN>) {
  chomp $line;
  my ($inode, $how, $what) = split / /, $line, 3;
  $what =~ s/\\0([0-7]{3})/chr oct $1/ge;
  my $path = $how eq "name" ? "/run/netns/$what" : $how eq "path" ? $what : "/proc/$what/ns/net";
  my ($answers, $buffer, $space, $asking) = "";
  if (sysopen($space, $path, 0x800) and (stat $space)[1] == $inode
      and syscall($setns, fileno $space, 0x40000000) == 0 and socket($asking, 16, 3, 0)) {
    for my $request (@requests) {
      my $ended = !send $asking, $request, 0;
      until ($ended) {
        last unless defined recv $asking, $buffer, 1 << 17, 0 and length $buffer;
        $answers .= $buffer;
        for (my $at = 0; $at + 16 <= length $buffer;) {
          my ($length, $type) = unpack "Vv", substr $buffer, $at, 6;
          $ended = 1 if $type == 2 or $type == 3 or $length < 16;
          $at += $length < 16 ? length $buffer : ($length + 3) & ~3;
        }
      }
    }
  }
  print "$inode ", length $answers, "\n", $answers;
}
`;

const python = String.raw`
import ctypes, os, re, socket, struct, sys
setns = ctypes.CDLL(None).setns
requests = [bytes.fromhex(word) for word in sys.argv[1:]]

def ask(space):
    answers = b""
    with socket.socket(16, 3, 0) as asking:
        for request in requests:
            asking.send(request)
            ended = False
            while not ended:
                buffer = asking.recv(1 << 17)
                answers += buffer
                at = 0
                while at + 16 <= len(buffer):
                    length, type = struct.unpack_from("<LH", buffer, at)
                    ended = ended or type in (2, 3) or length < 16
                    at += len(buffer) if length < 16 else (length + 3) & ~3
    return answers

for line in sys.stdin.buffer:
    inode, how, what = line.rstrip(b"\n").split(b" ", 2)
    what = re.sub(rb"\\0([0-7]{3})", lambda octal: bytes([int(octal[1], 8)]), what)
    path = {b"name": b"/run/netns/" + what, b"path": what}.get(how, b"/proc/" + what + b"/ns/net")
    answers = b""
    try:
        space = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            if os.fstat(space).st_ino == int(inode) and setns(space, 0x40000000) == 0:
                answers = ask(space)
        finally:
            os.close(space)
    except OSError:
        pass
    sys.stdout.buffer.write(b"%s %d\n" % (inode, len(answers)) + answers)
`;

const requestWords = dumpRequests.map((request) => Buffer.from(request).toString('hex'));

/** The commands that read, as shell words; each ends without a word where its interpreter cannot. */
export const netlinkReaders = {
  perl: quoteArgv(['perl', '-e', perl, ...requestWords]),
  python3: quoteArgv(['python3', '-I', '-S', '-c', python, ...requestWords]),
} as const;
