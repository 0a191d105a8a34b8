import { findProgram } from './unavailable.ts';

/** Linux system call numbers (unistd.h of each architecture) and the value seccomp(2) names it by. */
interface Architecture {
  readonly audit: number;
  readonly prctl: number;
  /** setuid, setgid, setresuid, setresgid, setgroups; and what gives the capture file away: chown and its kind. */
  readonly ownership: readonly number[];
}

const architectures: Readonly<Partial<Record<NodeJS.Architecture, Architecture>>> = {
  x64: { audit: 0xc000003e, prctl: 157, ownership: [105, 106, 117, 119, 116, 92, 93, 94, 260] },
  arm64: { audit: 0xc00000b7, prctl: 167, ownership: [146, 144, 147, 149, 159, 54, 55] },
};

/**
 * A `tcpdump` for a user namespace that has a single id, or null where it cannot be made.
 *
 * As root, tcpdump insists on becoming another user before it captures, and neither `-Z root` nor any other
 * option stops it. With one id there is nobody else to become, and setgroups(2) is denied (user_namespaces(7)), so it
 * gives up. This one first installs a seccomp filter under which those calls succeed without effect.
 */
export function tcpdumpWithoutSetgroups(searchPath: string, arch = process.arch): string | null {
  const [perl, tcpdump] = [findProgram('perl', searchPath), findProgram('tcpdump', searchPath)];
  const architecture = architectures[arch];
  if (perl === null || tcpdump === null || architecture === undefined) {
    return null;
  }
  return perlProgram(perl, tcpdump, architecture);
}

function perlProgram(perl: string, tcpdump: string, { audit, prctl, ownership }: Architecture): string {
  return `#!${perl}
# Lets tcpdump run where root cannot become another user: those system calls succeed without effect.
use strict;
my @calls = (${ownership.join(', ')});
my $filter = pack('SCCL', 0x20, 0, 0, 4) . pack('SCCL', 0x15, 0, @calls + 1, ${audit}) . pack('SCCL', 0x20, 0, 0, 0);
$filter .= pack('SCCL', 0x15, @calls - $_, 0, $calls[$_]) for 0 .. $#calls;
$filter .= pack('SCCL', 0x06, 0, 0, 0x7fff0000) . pack('SCCL', 0x06, 0, 0, 0x00050000);
syscall(${prctl}, 22, 2, pack('S x![P] P', length($filter) / 8, $filter));
exec '${tcpdump}', @ARGV;
die "tcpdump: $!\\n";
`;
}
