import assert from 'node:assert/strict';
import type { Transport } from '../../../src/transport/transport.ts';
import { enteredThrough } from './sandbox.ts';

/** The same sandbox for commands that are to do without some programs, while others still find them. */
export async function without(transport: Transport, ...programs: readonly string[]): Promise<Transport> {
  const script = `
    folder=$(mktemp -d /run/without.XXXXXX)
    for programs in /usr/sbin /usr/bin /sbin /bin; do
      [ -L $programs ] || ln -sf $programs/* "$folder/"
    done
    cd "$folder"
    rm -f ${programs.join(' ')}
    echo "$folder"`;
  const { stdout, stderr, exitCode } = await transport.exec(['sh', '-s'], { stdin: script });
  assert.equal(exitCode, 0, stderr);
  return enteredThrough(transport, ['env', `PATH=${stdout.trim()}`]);
}

/** A script that takes programs away from a lab's or sandbox's own view of the machine, for good; those it lacks are no matter. */
export function hide(...programs: readonly string[]): string {
  return `for folder in /usr/local/bin /usr/bin /usr/sbin /bin /sbin; do
    [ ! -L $folder ] || continue
    shadow=
    for program in ${programs.join(' ')}; do
      [ -e "$folder/$program" ] || continue
      if [ -z "$shadow" ]; then
        shadow=$(mktemp -d /run/shadow.XXXXXX)
        real=$(mktemp -d /run/real.XXXXXX)
        mount --bind "$folder" "$real"
        ln -s "$real"/* "$shadow/"
        echo "$shadow $folder" >>/run/shadows
      fi
      rm "$shadow/$program"
    done
  done
  if [ -e /run/shadows ]; then
    while read -r shadow folder; do mount --bind "$shadow" "$folder"; done </run/shadows
    rm /run/shadows
  fi`;
}

/** A script that puts another in a program's place. */
export function replace(program: string, script: string): string {
  return `printf '%s\\n' '#!/bin/sh' '${script.replaceAll("'", `'\\''`)}' >/run/stand-in-${program}
    chmod +x /run/stand-in-${program}
    mount --bind /run/stand-in-${program} "$(readlink -f "$(command -v ${program})")"`;
}

/** A script that leaves a sandbox nothing but busybox and its applets, as small distributions do. */
export const leaveBusybox = `
mkdir /run/busybox
cp "$(command -v busybox)" /run/busybox/busybox
/run/busybox/busybox --install -s /run/busybox
for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
  [ -L $folder ] || [ ! -d $folder ] || /run/busybox/busybox mount --bind /run/busybox $folder
done
`;
