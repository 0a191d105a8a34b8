/** Pure: which machine a shell is on, and which network namespace a process of it is in. */

/** What makes two kernels, and two numberings of their processes, the same. */
export interface ProcessSpace {
  /** /proc/sys/kernel/random/boot_id: another for each boot of each machine. */
  readonly bootId: string;
  /** `pid:[N]`, the PID namespace. */
  readonly pidNamespace: string;
}

export interface ProcessPlace extends ProcessSpace {
  /** The inode of its network namespace; null where there is no such process. */
  readonly namespace: string | null;
  /** Its argv. */
  readonly argv: readonly string[];
}

export const bootIdPath = '/proc/sys/kernel/random/boot_id';
export const pidNamespacePath = '/proc/self/ns/pid';

const script = `
readlink ${pidNamespacePath}
cat ${bootIdPath}
readlink "/proc/$1/ns/net" || echo
tr '\\0\\n' '\\n ' <"/proc/$1/cmdline"
`.trim();

/** Looks a process up; {@link parseProcessPlace} reads what it prints. */
export function processPlaceCommand(pid: number): readonly string[] {
  return ['sh', '-c', script, 'patchbay', String(pid)];
}

/** Null where the machine does not say which it is. */
export function parseProcessPlace(stdout: string): ProcessPlace | null {
  const [pidNamespace = '', bootId = '', net = '', ...argv] = stdout.split('\n');
  if (!/^pid:\[\d+\]$/.test(pidNamespace) || !/^[\da-f-]{36}$/.test(bootId)) {
    return null;
  }
  return {
    pidNamespace,
    bootId,
    namespace: /^net:\[(\d+)\]$/.exec(net)?.[1] ?? null,
    argv: argv.filter(Boolean),
  };
}

/** True where the process is one that runs a program of that name: a number alone may be another's. */
export function runsProgram({ argv }: ProcessPlace, program: string): boolean {
  const nameOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? '';
  return argv.some((word) => nameOf(word) === nameOf(program));
}
