import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { openLocal } from '../../../src/transport/local.ts';
import { enteredThrough, type Sandbox } from '../support/sandbox.ts';

/** A sandbox that container runtimes can work in: with a part of the cgroup tree of its own, too. */
export interface ContainerNode extends Omit<Sandbox, 'dispose'> {
  /** Runs a POSIX shell script inside; fails the test with what it complained. Returns what it printed. */
  sh(script: string): Promise<string>;
  /** Resolves once its cgroups are gone, too. */
  dispose(): Promise<void>;
}

/** Why tests with these programs cannot run on this machine; null where they can. */
export function missing(programs: readonly string[]): string | null {
  if (process.getuid?.() !== 0) {
    return 'needs root';
  }
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/sbin',
    '/usr/lib/podman',
    '/usr/libexec/podman',
  ];
  const lacking = programs.filter(
    (program) => !folders.some((folder) => isExecutable(join(folder, program))),
  );
  return lacking.length === 0 ? null : `needs ${lacking.join(', ')} (npm test installs what it can)`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Joins a new cgroup below that of this process, in every hierarchy; a cgroup namespace then makes it the root of all
 * that the sandbox sees. cgroup v2 lets no cgroup both hold processes and delegate controllers, so there it is one
 * at the top, with the processes in a child.
 */
const enterCgroups = `
while IFS=: read -r _ controllers path; do
  controllers=\${controllers#name=}
  if [ -z "$controllers" ]; then
    unified=/sys/fs/cgroup
    [ "$3" != v2 ] || [ -e $unified/cgroup.controllers ] || unified=$unified/unified
    [ -e $unified/cgroup.controllers ] || continue
    own=$unified/$1
  elif [ "$3" = v2 ]; then
    continue
  else
    own=/sys/fs/cgroup/$controllers\${path%/}/$1
  fi
  mkdir "$own"
  echo "$own"
  if [ -e "$own/cpuset.cpus" ] && [ "$controllers" != "" ]; then
    cat "$own/../cpuset.cpus" >"$own/cpuset.cpus"
    cat "$own/../cpuset.mems" >"$own/cpuset.mems"
  fi
  echo $$ >"$own/cgroup.procs"
done </proc/self/cgroup
`;

/** Everything that podman keeps is in the sandbox's own /run, and gone with it. */
const init = (cgroups: Cgroups): string => `
hierarchies=${cgroups === 'v2' ? '' : '$(cut -d: -f2 /proc/self/cgroup)'}
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/lock /run/podman
mount -t sysfs sysfs /sys
if [ "$hierarchies" = "" ]; then
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mkdir /sys/fs/cgroup/init
  echo $$ >/sys/fs/cgroup/init/cgroup.procs
else
  mount -t tmpfs tmpfs /sys/fs/cgroup
  for hierarchy in $hierarchies; do
    mkdir "/sys/fs/cgroup/\${hierarchy#name=}"
    case $hierarchy in name=*) options=none,$hierarchy ;; *) options=$hierarchy ;; esac
    mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/\${hierarchy#name=}"
  done
fi
ip link set lo up
echo ready
exec cat
`;

/** The hierarchies of cgroups that a node has: those of this machine, or version 2 alone. */
export type Cgroups = 'own' | 'v2';

/** Starts an empty node for containers; needs root. It ends with its standard input, so also with this process. */
export async function startContainerNode(cgroups: Cgroups = 'own'): Promise<ContainerNode> {
  const isolate = ['--net', '--mount', '--pid', '--cgroup', '--fork', '--kill-child', '--mount-proc'];
  const name = `patchbay-test-${process.pid}-${Date.now()}`;
  const start = `set -e\n${enterCgroups}\nexec unshare ${isolate.join(' ')} sh -e -c "$2"`;
  const keeper = spawn('sh', ['-c', start, 'sh', name, init(cgroups), cgroups], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const chunk of keeper.stdout.iterator({ destroyOnReturn: false })) {
    printed += String(chunk);
    if (/^ready$/m.test(printed)) {
      break;
    }
  }
  assert.match(printed, /^ready$/m, 'the node did not start');
  const entered = printed.split('\n').filter((line) => line.startsWith('/'));
  const initPid = readFileSync(`/proc/${keeper.pid}/task/${keeper.pid}/children`, 'utf8').trim();
  const local = await openLocal();
  const enter = ['nsenter', '-t', initPid, '-n', '-m', '-p', '-C', '--'];
  // nsenter -C changes the view, not the cgroup: what is started must also be accounted inside.
  const join = `for own in ${entered.join(' ')}; do
      [ -d "$own/init" ] && own=$own/init
      echo $$ >"$own/cgroup.procs"
    done
    exec "$@"`;
  const inside = ['sh', '-c', join, 'sh', ...enter];
  const transport = enteredThrough(local, inside);
  return {
    transport,
    enter: inside,
    sh: async (script) => {
      const { stdout, stderr, exitCode } = await transport.exec(['sh', '-e', '-s'], { stdin: script });
      assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
      return stdout;
    },
    dispose: async () => {
      local.dispose();
      keeper.stdin.end();
      await once(keeper, 'exit');
      await removeCgroups(entered);
    },
  };
}

/** Every process in them has ended; a cgroup goes away by rmdir, children first. */
async function removeCgroups(cgroups: readonly string[]): Promise<void> {
  const args = [...cgroups, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'];
  const [code] = (await once(spawn('find', args, { stdio: 'inherit' }), 'exit')) as [number | null];
  assert.equal(code, 0, `cgroups are left: ${cgroups.join(' ')}`);
}
