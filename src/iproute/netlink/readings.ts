/** What the reader (reader.ts) said of one namespace: the kernel's answers, or nothing where it could not ask. */
export interface NetlinkReading {
  readonly inode: string;
  readonly answers: Uint8Array;
}

const newline = 0x0a;

/** Cuts what the reader printed: for each namespace a line "INODE LENGTH", then so many bytes of answers. */
export function* cutReadings(printed: Uint8Array): Generator<NetlinkReading, void> {
  for (let at = 0; at < printed.length;) {
    const start = printed.indexOf(newline, at) + 1;
    const line = new TextDecoder().decode(printed.subarray(at, start));
    const [, inode, length] = /^(\d+) (\d+)\n$/.exec(line) ?? [];
    const end = start + Number(length);
    if (inode === undefined || end > printed.length) {
      break;
    }
    yield { inode, answers: printed.subarray(start, end) };
    at = end;
  }
}
