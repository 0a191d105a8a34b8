/**
 * Perl that names the number of setns(2), for `syscall`, as $setns: perl-base has no name for it. It ends the program with a
 * complaint on an architecture whose number is not known. Needs `use Config`.
 */
export const perlSetns = String.raw`
my %setns = (x86_64 => 308, aarch64 => 268, riscv64 => 268, powerpc64le => 350, arm => 375,
  i386 => 346, i686 => 346);
my ($arch) = $Config{archname} =~ /^(\w+)-(?!.*x32)/;
my $setns = $setns{$arch} or die "setns is not known on $Config{archname}\n";
`.trim();
