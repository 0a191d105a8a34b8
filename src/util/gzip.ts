import { promisify } from 'node:util';
import { gunzip as unpack } from 'node:zlib';

/** Unpacks what gzip packed. Rejects where it is damaged, or holds more than `limitBytes`: a small file can unpack to terabytes. */
export function gunzip(packed: Uint8Array, limitBytes: number): Promise<Uint8Array> {
  return promisify(unpack)(packed, { maxOutputLength: limitBytes });
}
