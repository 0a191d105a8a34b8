import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { PatchbayError } from '../../util/errors.ts';

/** Programs the lab cannot do without, and the package that holds each (Debian's, Ubuntu's and Alpine's name). */
const neededPrograms: Readonly<Record<string, string>> = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setsid: 'util-linux',
  mount: 'mount',
  ip: 'iproute2',
  sh: 'dash',
};

const otherWays = 'Or connect to a Linux machine over SSH, or open a recording.';

/** Kernel settings that forbid a sandbox to users who are not root: the value that does, and the way out. */
const restrictions: readonly {
  readonly setting: string;
  readonly forbids: string;
  readonly allow: string;
  readonly why: string;
}[] = [
  {
    setting: 'user/max_user_namespaces',
    forbids: '0',
    allow: 'sudo sysctl -w user.max_user_namespaces=15000',
    why: 'this machine allows no user namespaces (user.max_user_namespaces is 0)',
  },
  {
    setting: 'kernel/unprivileged_userns_clone',
    forbids: '0',
    allow: 'sudo sysctl -w kernel.unprivileged_userns_clone=1',
    why: 'this machine allows user namespaces to root only (kernel.unprivileged_userns_clone is 0)',
  },
  {
    setting: 'kernel/apparmor_restrict_unprivileged_userns',
    forbids: '1',
    allow: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    why: 'AppArmor restricts user namespaces here (kernel.apparmor_restrict_unprivileged_userns is 1, as Ubuntu 23.10 and later set it)',
  },
];

/** Reads one kernel setting by its path under /proc/sys; null where the kernel does not have it. */
export type SettingReader = (setting: string) => string | null;

/** Reads a setting of this machine. */
export function readSetting(setting: string): string | null {
  try {
    return readFileSync(path.join('/proc/sys', setting), 'utf8').trim();
  } catch {
    return null;
  }
}

/** Throws `lab-unavailable` where the platform has no Linux namespaces. */
export function requireLinux(platform: NodeJS.Platform): void {
  if (platform !== 'linux') {
    throw new PatchbayError(
      'lab-unavailable',
      'The lab is made of Linux namespaces, which this system does not have.',
      {
        hint: 'Connect to a Linux machine over SSH, or open a recording.',
      },
    );
  }
}

/** Finds a program in a PATH-like list of folders; null where none of them has it. */
export function findProgram(name: string, searchPath: string): string | null {
  const candidates = searchPath.split(':').map((folder) => path.join(folder, name));
  return candidates.find(isExecutableFile) ?? null;
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Throws `lab-unavailable`, naming programs and packages, where the lab lacks any it needs. */
export function requirePrograms(searchPath: string): void {
  const missing = Object.keys(neededPrograms).filter((name) => findProgram(name, searchPath) === null);
  if (missing.length === 0) {
    return;
  }
  const packages = [...new Set(missing.map((name) => neededPrograms[name]))].join(' ');
  throw new PatchbayError('lab-unavailable', `The lab needs ${listOf(missing)}, not found on this machine.`, {
    hint: `On Debian and Ubuntu: sudo apt install ${packages} (Fedora: sudo dnf install util-linux iproute). ${otherWays}`,
    detail: `Looked in ${searchPath}`,
  });
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/** Says why the kernel refused a sandbox, from what `unshare` printed and from the settings that forbid one. */
export function explainRefusal(uid: number, stderr: string, read: SettingReader): PatchbayError {
  const cause =
    uid === 0 ? undefined : restrictions.find(({ setting, forbids }) => read(setting) === forbids);
  if (cause !== undefined) {
    return new PatchbayError('lab-unavailable', `The lab cannot start without root: ${cause.why}.`, {
      hint: `Allow it until the next boot with: ${cause.allow}. ${otherWays}`,
      detail: stderr,
    });
  }
  const said = stderr.trim().split('\n')[0] ?? '';
  return new PatchbayError(
    'lab-unavailable',
    `The kernel refused the lab's sandbox${said === '' ? '' : `: ${said}`}.`,
    {
      hint: `Inside a container this needs a privileged one, or one that may create user namespaces. ${otherWays}`,
      detail: stderr,
    },
  );
}
