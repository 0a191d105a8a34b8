/** The `.patchbay.json` file on a disk: a snapshot, packed so that a large node makes a small file. */
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import {
  formatSnapshot,
  isPacked,
  parseSnapshot,
  parseSnapshotFile,
  type PackedSnapshot,
  type Snapshot,
} from '../iproute/snapshot.ts';
import { PatchbayError } from '../util/errors.ts';
import { gunzip } from '../util/gzip.ts';

/** A thousand pods unpack to some 5 MB; what unpacks to more than this is no recording but a trap. */
const unpackedLimitBytes = 512 * 1024 * 1024;

const lineCharacters = 120;

/** The bytes of a file that holds the snapshot, packed: JSON still, so that any editor opens it. */
export async function packRecording(snapshot: Snapshot): Promise<Uint8Array> {
  const zipped = await promisify(gzip)(formatSnapshot(snapshot), { level: constants.Z_BEST_COMPRESSION });
  const { format, version, takenAt } = snapshot;
  const data = zipped.toString('base64').match(new RegExp(`.{1,${lineCharacters}}`, 'g')) ?? [];
  const packed: PackedSnapshot = { format, version, takenAt, encoding: 'gzip-base64', data };
  return new TextEncoder().encode(`${JSON.stringify(packed, null, 1)}\n`);
}

/**
 * The snapshot that a file's bytes hold, packed or not, also where the whole file was gzipped. Rejects with
 * `bad-file` that says what is wrong with it.
 */
export async function unpackRecording(bytes: Uint8Array): Promise<Snapshot> {
  const text = isGzip(bytes) ? await unzip(bytes) : new TextDecoder().decode(bytes);
  const file = parseSnapshotFile(text);
  return isPacked(file) ? parseSnapshot(await unzip(Buffer.from(file.data.join(''), 'base64'))) : file;
}

/** Reads a recording from a file; rejects with `bad-file`. */
export async function readRecording(path: string): Promise<Snapshot> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new PatchbayError('bad-file', `The recording ${path} cannot be read.`, {
      cause: error,
      detail: String(error),
    });
  }
  return unpackRecording(bytes);
}

/** Writes a recording to a file; rejects with `bad-file`. */
export async function writeRecording(path: string, snapshot: Snapshot): Promise<void> {
  try {
    await writeFile(path, await packRecording(snapshot));
  } catch (error) {
    throw new PatchbayError('bad-file', `The recording ${path} cannot be written.`, {
      hint: 'Check that the folder is there and that this account may write to it.',
      cause: error,
      detail: String(error),
    });
  }
}

/** RFC 1952, section 2.3.1. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function unzip(zipped: Uint8Array): Promise<string> {
  try {
    return new TextDecoder().decode(await gunzip(zipped, unpackedLimitBytes));
  } catch (error) {
    throw new PatchbayError('bad-file', 'The recording is damaged: it cannot be unpacked.', {
      hint: 'Copy it again from where it was saved.',
      cause: error,
      detail: String(error),
    });
  }
}
