import { decodeText, encodeText } from '../util/bytes.ts';
import type { ProcessRecord } from './records.ts';

/** A bind mount of a network namespace. */
export interface NamespaceMount {
  readonly inode: string;
  readonly path: string;
}

/**
 * Reads the nsfs lines of /proc/PID/mountinfo (proc_pid_mountinfo(5)): the root field of a namespace mount is
 * "net:[inode]", and blanks, tabs, newlines and backslashes in the mount point are octal escapes.
 */
export function parseNamespaceMounts(text: string): NamespaceMount[] {
  return text.split('\n').flatMap((line) => {
    const [, , , root = '', mountPoint = ''] = line.split(' ');
    const inode = /^net:\[(\d+)\]$/.exec(root)?.[1];
    return inode === undefined ? [] : [{ inode, path: unescapeOctal(mountPoint) }];
  });
}

/** Undoes the kernel's octal escapes; the bytes between them may be any. */
function unescapeOctal(text: string): string {
  const bytes = Buffer.from(encodeText(text)).toString('latin1');
  const raw = bytes.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return decodeText(Buffer.from(raw, 'latin1'));
}

/** A process outside the node's own namespace. */
export interface Holder {
  readonly inode: string;
  readonly process: ProcessRecord;
}

/** Reads the collector's process list: "PID INODE CGROUP", then the command's name on a line of its own. A line that fits nowhere costs only itself. */
export function parseHolders(text: string): Holder[] {
  const lines = text.split('\n');
  const holders: Holder[] = [];
  for (let i = 0; i + 1 < lines.length; i++) {
    const match = /^(\d+) (\d+) ?(.*)$/.exec(lines[i] ?? '');
    if (match) {
      const [, pid = '', inode = '', cgroup = ''] = match;
      const process = { pid: Number(pid), name: lines[++i] ?? '', containerId: containerIdOf(cgroup) };
      holders.push({ inode, process });
    }
  }
  return holders;
}

/**
 * The container id in a cgroup path: 64 hexadecimal digits in the forms that docker, podman, containerd and CRI-O
 * use ("docker-ID.scope", "libpod-ID", "cri-containerd-ID.scope", "/kubepods/…/ID"). The last one: podman's pods have
 * an id too, and a container may run others.
 */
function containerIdOf(cgroup: string): string | null {
  const ids = [...cgroup.matchAll(/(?:^|[/:-])([0-9a-f]{64})(?=(?:\.scope)?(?:$|\/))/g)];
  return ids.at(-1)?.[1] ?? null;
}
