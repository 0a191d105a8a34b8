import { decodeText, encodeText } from '../util/bytes.ts';
import { doWhole, flatMapSliced, type Sliced } from '../util/sliced.ts';
import type { ProcessRecord } from './records.ts';

/** A bind mount of a network namespace. */
export interface NamespaceMount {
  readonly inode: string;
  /** Where the node sees it: through /proc/PID/root where it is mounted in the mount namespace of a process only. */
  readonly path: string;
}

/**
 * Reads the nsfs lines of /proc/PID/mountinfo (proc_pid_mountinfo(5)), each after its file's name and a colon: the root
 * field of a namespace mount is "net:[inode]", and blanks, tabs, newlines and backslashes in the mount point are octal
 * escapes. A mount that other mount namespaces have at the same place is the same mount. One that has another on it, whose
 * parent it is, is left out: its name leads to the other.
 */
export function parseNamespaceMounts(text: string): NamespaceMount[] {
  return doWhole(parseNamespaceMountsSliced(text));
}

/** As `parseNamespaceMounts`, to be interrupted between lines. */
export function* parseNamespaceMountsSliced(text: string): Sliced<NamespaceMount[]> {
  const all = yield* flatMapSliced(text.split('\n'), (line) => {
    const [file = '', parent, , root = '', mountPoint = ''] = line.split(' ');
    const inode = /^net:\[(\d+)\]$/.exec(root)?.[1];
    const [, owner = 'self', id] = /^\/proc\/(\d+|self)\/mountinfo:(\d+)$/.exec(file) ?? [];
    return inode === undefined ? [] : [{ inode, owner, id, parent, place: unescapeOctal(mountPoint) }];
  });
  const parents = new Set(all.map(({ parent }) => parent));
  const mounts = all.filter(({ id }) => id === undefined || !parents.has(id));
  const own = mounts.filter(({ owner }) => owner === 'self');
  const known = new Set(own.map(({ inode, place }) => `${inode} ${place}`));
  const elsewhere = mounts.filter(
    ({ inode, owner, place }) => owner !== 'self' && !known.has(`${inode} ${place}`),
  );
  return [
    ...own.map(({ inode, place }) => ({ inode, path: place })),
    ...elsewhere.map(({ inode, owner, place }) => ({ inode, path: `/proc/${owner}/root${place}` })),
  ];
}

/** Undoes the kernel's octal escapes; the bytes between them may be any. */
function unescapeOctal(text: string): string {
  if (!text.includes('\\')) {
    return text;
  }
  const bytes = Buffer.from(encodeText(text)).toString('latin1');
  const raw = bytes.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return decodeText(Buffer.from(raw, 'latin1'));
}

/** A process outside the node's own namespace, or of a container inside it. */
export interface Holder {
  readonly inode: string;
  readonly process: ProcessRecord;
}

/** The collector's three lists of processes. */
export interface HolderLists {
  /** Lines "net PID INODE" for processes outside the node's own namespace; others are passed over. */
  readonly processes: string;
  /** Lines "/proc/PID/cgroup:CGROUP" for processes whose cgroup may be a container's. */
  readonly cgroups: string;
  /** Lines "/proc/PID/comm:NAME"; a name with newlines takes several. */
  readonly names: string;
}

/**
 * Joins the lists. `root` is the node's own namespace where its processes can be told from others (for root only):
 * what is in a container and in no other namespace is a host-network container there. A monitor that the runtime keeps
 * beside the container (conmon) is not part of it. What ended while the lists were made is left out.
 */
export function parseHolders({ processes, cgroups, names }: HolderLists, root: string | null): Holder[] {
  const cgroupOf = new Map(linesByPid(cgroups));
  const nameOf = new Map<number, string>();
  for (const [pid, line] of linesByPid(names)) {
    const before = nameOf.get(pid);
    nameOf.set(pid, before === undefined ? line : `${before}\n${line}`);
  }
  const inodeOf = new Map(
    Array.from(processes.matchAll(/^net (\d+) (\d+)$/gm), ([, pid, inode = '']) => [Number(pid), inode]),
  );
  const hostNetwork = root === null ? [] : [...cgroupOf.keys()].filter((pid) => !inodeOf.has(pid));
  return [...inodeOf.keys(), ...hostNetwork].flatMap((pid) => {
    const name = nameOf.get(pid);
    const inode = inodeOf.get(pid) ?? root;
    const containerId = containerIdOf(cgroupOf.get(pid) ?? '');
    const counts = name !== undefined && inode !== null && (inodeOf.has(pid) || containerId !== null);
    return counts ? [{ inode, process: { pid, name, containerId } }] : [];
  });
}

/** Reads lines of `grep -H` over files in /proc/PID. */
function linesByPid(text: string): [pid: number, line: string][] {
  return Array.from(text.matchAll(/^\/proc\/(\d+)\/\w+:(.*)$/gm), ([, pid, line = '']) => [
    Number(pid),
    line,
  ]);
}

/**
 * The container id in a cgroup path: 64 hexadecimal digits in the forms that docker, podman, containerd and CRI-O
 * use ("docker-ID.scope", "libpod-ID", "cri-containerd-ID.scope", "/kubepods/…/ID"). The last one: podman's pods have
 * an id too, and a container may run others.
 */
export function containerIdOf(cgroup: string): string | null {
  if (/(?:^|[/-])conmon[-/]/.test(cgroup)) {
    return null;
  }
  // The last one: a container may run containers.
  return [...cgroup.matchAll(/(?<=^|[/:-])([0-9a-f]{64})(?=\.scope|$|\/)/g)].at(-1)?.[1] ?? null;
}
