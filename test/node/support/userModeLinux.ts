/** Another kernel for tests: Linux in user space (Debian's user-mode-linux), with modules that this machine's kernel lacks. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { projectRoot } from '../../../scripts/paths.ts';
import { quoteArgv, quoteWord } from '../../../src/util/quote.ts';

const modules = '/usr/lib/uml/modules';
const memory = '1024M';

/** In a guest: the program that loads a module. */
export const loadModule = '/run/modprobe';

export interface GuestRun {
  /** False where this machine does not let the guest boot, as in a container that may not trace processes. */
  readonly booted: boolean;
  /** Null where the guest ended before the command did. */
  readonly exitCode: number | null;
  readonly output: string;
}

/** Whether this machine can run it; its modules are loaded by modprobe. */
export function hasUserModeLinux(): boolean {
  const isThere = (program: string): boolean =>
    (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
  return existsSync(modules) && isThere('linux.uml') && isThere('modprobe');
}

/**
 * Boots a guest that sees this machine's files, read-only, runs argv in it as root in the project's folder, and powers it off. The guest has
 * nothing else of this machine: its network and its processes are its own.
 */
export async function runInGuest(argv: readonly string[]): Promise<GuestRun> {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-guest-'));
  try {
    const init = join(folder, 'init');
    writeFileSync(init, initScript(argv), { mode: 0o755 });
    const root = ['rootfstype=hostfs', 'rootflags=/', 'ro'];
    const console = ['con=null', 'con0=null,fd:1', 'quiet', `uml_dir=${folder}`];
    const guest = spawn('linux.uml', [`mem=${memory}`, ...root, `init=${init}`, ...console], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, TMPDIR: folder },
    });
    let output = '';
    guest.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await new Promise((resolve) => guest.once('close', resolve));
    const end = new RegExp(`^${endMark} (\\d+)`, 'm').exec(output);
    return {
      booted: output.includes(startMark),
      exitCode: end ? Number(end[1]) : null,
      // Its console is a terminal, so that programs colour what they say.
      output: stripVTControlCharacters(output).replaceAll('\r', ''),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const startMark = 'The guest has booted';
const endMark = 'The guest ended with';

function initScript(argv: readonly string[]): string {
  const [version = ''] = readdirSync(modules);
  const project = quoteWord(projectRoot);
  return `#!/bin/sh
echo "${startMark}"
export PATH=${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin HOME=/run
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
mkdir /run/project
mount --bind ${project} /run/project
mount -t tmpfs tmp /tmp
# It may itself be below /tmp.
mkdir -p ${project}
mount --bind /run/project ${project}
mkdir -p /run/netns /run/root/lib/modules
ln -s ${modules}/${version} /run/root/lib/modules/${version}
printf '#!/bin/sh\\nexec modprobe -d /run/root "$@"\\n' >${loadModule}
chmod +x ${loadModule}
echo ${loadModule} >/proc/sys/kernel/modprobe
${loadModule} ipv6
cd ${project}
${quoteArgv(argv)} </dev/null
echo "${endMark} $?"
echo o >/proc/sysrq-trigger
sleep 60
`;
}
