import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Transport } from '../transport/transport.ts';
import { quoteWord } from '../util/quote.ts';
import { FrameReader } from './frames.ts';
import { parseRecords, type NsidRecord } from './records.ts';
import type { NamespaceSnapshot } from './snapshot.ts';

/**
 * Asks namespaces by which ids they know others (RTM_GETNSID). `ip netns list` says it by the names in /run/netns,
 * and not every namespace has one: so it runs in a mount namespace of its own, where /run/netns holds each
 * namespace that is asked about, named by its inode. The node itself sees nothing of it.
 *
 * Returns what each could be asked; a namespace that is gone is left out.
 */
export async function readNsids(
  transport: Transport,
  asked: readonly NamespaceSnapshot[],
  about: readonly NamespaceSnapshot[],
): Promise<Map<string, NsidRecord[]>> {
  const nonce = randomUUID();
  const script = nsidScript(nonce, asked, about);
  const { stdout } = await transport.exec(['sh', '-c', enterScript], { stdin: script, privileged: true });
  const reader = new FrameReader(nonce);
  const frames = [...reader.push(new TextEncoder().encode(stdout)), ...reader.end()];
  return new Map(
    frames.map(({ header: [id = ''], body }) => [
      id,
      parseNsids(body).map(({ nsid, name }) => ({ nsid, id: name })),
    ]),
  );
}

/**
 * Reads `ip -j netns list`: each name in /run/netns, with the id that this namespace has for it. (`ip netns list-id` of
 * iproute2 6.1 ends after the first 134 ids.) It may stop half-way with a complaint: what it did say is true.
 */
export function parseNsids(text: string): NsidRecord[] {
  const json = text.split('\n').find((line) => line.startsWith('[')) ?? '';
  try {
    const { records } = parseRecords(namedNsidSchema, json);
    return records.flatMap(({ name, id }) => (id === undefined ? [] : [{ nsid: id, name }]));
  } catch {
    return [];
  }
}

/** One name of `ip -j netns list` (iproute2: ip/ipnetns.c, netns_list). */
const namedNsidSchema = v.looseObject({ name: v.string(), id: v.optional(v.number()) });

/**
 * Gives the monitor's namespace an id for each of these, as the kernel does by itself for whatever a link leads to: changes
 * in a namespace without one reach no monitor. Nothing else on the node changes.
 *
 * Returns the ids and the namespaces they name now, whatever the paths named before.
 */
export async function assignNsids(
  transport: Transport,
  namespaces: readonly NamespaceSnapshot[],
): Promise<Map<number, string>> {
  const script = assignScript(namespaces);
  const { stdout } = await transport.exec(['sh', '-c', enterScript], { stdin: script, privileged: true });
  const inodes = new Map(
    [...stdout.matchAll(/^ *(\d+) \/run\/netns\/(\d+)$/gm)].map(([, inode = '', name = '']) => [name, inode]),
  );
  return new Map(
    parseNsids(stdout).flatMap(({ nsid, name = '' }) => {
      const inode = inodes.get(name);
      return inode === undefined ? [] : [[nsid, inode] as const];
    }),
  );
}

/** A namespace that has an id already makes its line fail, and only that. */
function assignScript(namespaces: readonly NamespaceSnapshot[]): string {
  return [
    'main() {',
    'mount -t tmpfs patchbay /run && mkdir /run/netns || exit 1',
    ...namespaces.map((namespace) => bindByInode(namespace)),
    'ip -force -batch - >/dev/null <<BATCH',
    ...namespaces.map(({ id }) => `netns set ${id} auto`),
    'BATCH',
    'ip -j netns list',
    'ls -i /run/netns/*',
    '}',
    'main 2>/dev/null </dev/null',
    '',
  ].join('\n');
}

/** The outer shell stays, so that the inner one has a parent that still sees the node's mounts. */
const enterScript = 'unshare --mount sh -s; exit $?';

function nsidScript(
  nonce: string,
  asked: readonly NamespaceSnapshot[],
  about: readonly NamespaceSnapshot[],
): string {
  const names = new Set([...about, ...asked]);
  return [
    'main() {',
    'mount -t tmpfs patchbay /run/netns || exit 1',
    ...[...names].map(bindByInode),
    ...asked.flatMap(({ id }) => [
      `printf '\\036%s %s\\n' ${nonce} ${id}`,
      `nsenter --net=/run/netns/${id} -- ip -j netns list`,
    ]),
    '}',
    'main 2>&1 </dev/null',
    '',
  ].join('\n');
}

function bindByInode(namespace: NamespaceSnapshot): string {
  const target = `/run/netns/${namespace.id}`;
  return `: >${target} && mount --bind ${handleOf(namespace)} ${target}`;
}

/** A file that is the namespace, as a shell word. Mounted names are reached past the tmpfs, by the parent's view. */
function handleOf({ root, paths, processes }: NamespaceSnapshot): string {
  const [path] = paths;
  const [process] = processes;
  if (root || (path === undefined && process === undefined)) {
    return '/proc/self/ns/net';
  }
  return process === undefined ? `"/proc/$PPID/root"${quoteWord(path ?? '')}` : `/proc/${process.pid}/ns/net`;
}
