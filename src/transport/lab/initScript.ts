import { quoteArgv, quoteWord } from '../../util/quote.ts';

/** What the sandbox's first process needs to know. */
export interface InitFacts {
  readonly hostname: string;
  /** /proc/self/mountinfo of the machine: what the sandbox inherits and must not write to. */
  readonly mountinfo: string;
  /** Programs that belong to the lab itself: name → text, found first in its PATH. */
  readonly programs: ReadonlyMap<string, string>;
}

/** Where the lab keeps its own programs; first in the lab's PATH. */
export const labPrograms = '/run/lab/bin';

/** Folders of the machine that the lab sees as empty, writable ones of its own. */
const scratchFolders = ['/root', '/tmp', '/var/tmp', '/dev/shm'];

/** Mounted afresh or hidden in the sandbox, so that nothing below them needs care. */
const ownTrees = ['/proc', '/sys', '/dev', '/run', ...scratchFolders];

/** With one child to wait for, the shell also reaps every other that ends: the orphans of the lab. */
const keepUntilEndOfFile = 'cat <&3 >/dev/null 2>&1 & echo "ready $1"; exec 3<&- >/dev/null 2>&1; wait';

/**
 * The POSIX sh script of the sandbox's first process. It prints `ready PID` (as the machine counts it) once the
 * node is set up, then reaps what is orphaned until its standard input reaches end-of-file; with it ends the PID
 * namespace, and with that every process of the lab.
 */
export function buildInitScript(facts: InitFacts): string {
  return [
    'set -e',
    // Still the machine's /proc: only there does this process have its outer number.
    'read -r pid rest </proc/self/stat',
    'mount -t proc -o nosuid,nodev,noexec proc /proc',
    'mount -t sysfs -o nosuid,nodev,noexec sysfs /sys',
    'mount -t tmpfs -o nosuid,nodev,mode=755,size=64m tmpfs /run',
    ...readOnlyMounts(facts.mountinfo).map(remountReadOnly),
    ...scratchFolders.map(mountScratch),
    `mkdir -p /run/netns /run/lock ${labPrograms}`,
    ...[...facts.programs].map(([name, text]) => installProgram(`${labPrograms}/${name}`, text)),
    `hostname ${quoteWord(facts.hostname)} 2>/dev/null || echo ${quoteWord(facts.hostname)} >/proc/sys/kernel/hostname || :`,
    'ip link set lo up',
    'cd /',
    'exec 3<&0 </dev/null',
    // A second shell, so that the lab's process list does not show all of the above.
    `exec sh -c ${quoteWord(keepUntilEndOfFile)} lab-init "$pid"`,
  ].join('\n');
}

/** The root stays strict (the lab must not write there); the rest may be out of reach, as another user's FUSE mount is. */
function remountReadOnly(mountPoint: string): string {
  const command = quoteArgv(['mount', '-i', '-n', '-o', 'remount,bind,ro', mountPoint]);
  return mountPoint === '/' ? command : `${command} 2>/dev/null || :`;
}

function mountScratch(folder: string): string {
  const mode = folder === '/root' ? '700' : '1777';
  return `if [ -d ${folder} ] && [ ! -h ${folder} ]; then mount -t tmpfs -o nosuid,nodev,mode=${mode},size=64m tmpfs ${folder}; fi`;
}

function installProgram(file: string, text: string): string {
  return `printf %s ${quoteWord(text)} >${file} && chmod 755 ${file}`;
}

/**
 * The mount points of the machine that are writable and that the sandbox would inherit so, from the text of
 * /proc/self/mountinfo (proc_pid_mountinfo(5)).
 */
export function readOnlyMounts(mountinfo: string): readonly string[] {
  const mountPoints = mountinfo
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , , , , options]) => options?.split(',').includes('rw'))
    .map(([, , , , mountPoint]) => unescapeMountPoint(mountPoint ?? ''));
  return [...new Set(mountPoints)].filter((mountPoint) => !isOwnTree(mountPoint));
}

function isOwnTree(mountPoint: string): boolean {
  // /dev itself is the machine's: its nodes still work where it is read-only, but their modes cannot be changed.
  const own = (tree: string): boolean => mountPoint === tree || mountPoint.startsWith(`${tree}/`);
  return mountPoint !== '/dev' && ownTrees.some(own);
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
function unescapeMountPoint(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
