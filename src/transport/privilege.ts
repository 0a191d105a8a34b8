import { PatchbayError } from '../util/errors.ts';
import type { CommandOutput, Privilege } from './transport.ts';

/** What the first round trip tells about our place on a node. */
export interface Foothold {
  readonly privilege: Privilege;
  /** The node's end of our SSH connection, from $SSH_CONNECTION (sshd sets it); null where there is none. */
  readonly connection: { readonly localAddress: string; readonly localPort: number } | null;
}

/** Whatever a name on a node may hold. A login shell that does not hand this over intact would run parts of it. */
const canary = `a'b"c\\d\\'e$(id)\`id\`%s !1 *\n~é🧵`;

const script = `
printf '%s\\n' "$1"
id -u
printf '%s\\n' "\${SSH_CONNECTION-}"
if [ "$(id -u)" = 0 ]; then echo root
elif sudo -n true </dev/null >/dev/null 2>&1; then echo sudo
else echo none
fi`.trim();

/** The command to run first on every node; {@link parseFoothold} reads its output. */
export const footholdArgv: readonly string[] = ['sh', '-c', script, 'patchbay', canary];

/** Reads the answer of {@link footholdArgv}. Text before it (a chatty login script) is skipped. */
export function parseFoothold(output: CommandOutput): Foothold {
  const start = output.stdout.indexOf(`${canary}\n`);
  const [uid = '', sshConnection = '', way = ''] =
    start < 0 ? [] : output.stdout.slice(start + canary.length + 1).split('\n');
  if (!/^\d+$/.test(uid) || !isWay(way)) {
    throw badShell(output);
  }
  return { privilege: { uid: Number(uid), way }, connection: parseSshConnection(sshConnection) };
}

/** Puts `sudo -n` before argv where root is asked for and sudo is the way to it. */
export function withPrivilege(
  argv: readonly string[],
  privilege: Privilege,
  privileged = false,
): readonly string[] {
  return privileged && privilege.way === 'sudo' ? ['sudo', '-n', '--', ...argv] : argv;
}

function isWay(text: string): text is Privilege['way'] {
  return text === 'root' || text === 'sudo' || text === 'none';
}

/** `client-ip client-port server-ip server-port` (sshd(8), ENVIRONMENT); a link-local address may carry `%zone`. */
function parseSshConnection(text: string): Foothold['connection'] {
  const [, , address, port] = text.split(' ');
  if (address === undefined || port === undefined || !/^\d+$/.test(port)) {
    return null;
  }
  return { localAddress: address.replace(/%.*$/, ''), localPort: Number(port) };
}

function badShell(output: CommandOutput): PatchbayError {
  return new PatchbayError(
    'command-failed',
    'The login shell on the node does not run commands the POSIX way.',
    {
      hint: 'Log in as a user whose shell is sh, bash, dash, zsh or ash, and whose account may run commands.',
      detail: `exit code ${output.exitCode ?? 'none'}\n${output.stdout.slice(0, 2000)}\n${output.stderr.slice(0, 2000)}`,
    },
  );
}
