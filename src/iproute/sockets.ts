/** Listening sockets from /proc/PID/net/{tcp,tcp6,udp,udp6} (kernel: Documentation/networking/proc_net_tcp.rst). Pure. */
import type { SocketRecord } from './records.ts';

/** One line of a socket table, still without its process. */
export interface SocketLine {
  /** The process whose /proc/PID/net it was read from, or "self". */
  readonly reader: string;
  /** Inode of the socket, in decimal. */
  readonly inode: string;
  readonly socket: Omit<SocketRecord, 'processes'>;
}

/** Reads lines of `grep -H` over the tables; what is not a socket that waits for peers is passed over. */
export function parseSocketLines(text: string): SocketLine[] {
  const form =
    /^\/proc\/(\d+|self)\/net\/(tcp|udp)(6?): *\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:0000 (0A|07) (?:\S+ +){5}(\d+) /gm;
  return Array.from(text.matchAll(form)).flatMap(
    ([, reader = '', protocol, six, address = '', port = '', state, inode = '']) =>
      state === (protocol === 'tcp' ? '0A' : '07')
        ? [
            {
              reader,
              inode,
              socket: {
                protocol: protocol === 'tcp' ? ('tcp' as const) : ('udp' as const),
                family: six === '6' ? (6 as const) : (4 as const),
                address: six === '6' ? decodeAddress6(address) : decodeAddress4(address),
                port: Number.parseInt(port, 16),
              },
            },
          ]
        : [],
  );
}

/** Reads lines "/proc/PID/fd/N socket:[INODE]"; several processes may share a socket. */
export function parseSocketOwners(text: string): Map<string, number[]> {
  const owners = new Map<string, number[]>();
  for (const [, pid, inode = ''] of text.matchAll(/^\/proc\/(\d+)\/fd\/\d+ socket:\[(\d+)\]$/gm)) {
    const pids = owners.get(inode) ?? [];
    owners.set(inode, pids.includes(Number(pid)) ? pids : [...pids, Number(pid)]);
  }
  return owners;
}

/** "0100007F" is 127.0.0.1: one word of the node's own byte order, which on all our nodes is little-endian. */
function decodeAddress4(hex: string): string {
  return bytesOf(hex).join('.');
}

function decodeAddress6(hex: string): string {
  const bytes = bytesOf(hex);
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return shortened(groups);
}

/** Undoes the byte order of each 32-bit word. */
function bytesOf(hex: string): number[] {
  return (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const bytes = (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
    return bytes.reverse();
  });
}

/** RFC 5952: the first longest run of two or more zero groups becomes "::". */
function shortened(groups: readonly string[]): string {
  const mapped = /^(?:0 ){5}ffff /.test(`${groups.join(' ')} `);
  if (mapped) {
    const words = groups.slice(6).map((group) => Number.parseInt(group, 16));
    return `::ffff:${words.flatMap((word) => [word >> 8, word & 255]).join('.')}`;
  }
  let best = { at: 0, length: 1 };
  for (let at = 0; at < groups.length; at++) {
    const run = groups.slice(at).findIndex((group) => group !== '0');
    const length = run === -1 ? groups.length - at : run;
    best = length > best.length ? { at, length } : best;
  }
  return best.length < 2
    ? groups.join(':')
    : `${groups.slice(0, best.at).join(':')}::${groups.slice(best.at + best.length).join(':')}`;
}
