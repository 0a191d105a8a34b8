import { createHash } from 'node:crypto';

/**
 * Bits that nobody can foretell without the key, and that come out the same for the same key (SHA-256 in counter
 * mode). The key of a redaction is the whole unredacted snapshot: who has that has nothing left to find out.
 */
export class Keystream {
  readonly #key: string;
  #block: Uint8Array = new Uint8Array();
  #blocks = 0;
  #at = 0;

  constructor(key: string) {
    this.#key = createHash('sha256').update(key).digest('hex');
  }

  bit(): 0 | 1 {
    const at = this.#at++;
    if (at >> 3 >= this.#block.length) {
      this.#block = this.#nextBlock();
      this.#at = 1;
      return this.#bitAt(0);
    }
    return this.#bitAt(at);
  }

  byte(): number {
    let byte = 0;
    for (let i = 0; i < 8; i++) {
      byte = (byte << 1) | this.bit();
    }
    return byte;
  }

  /** So many hexadecimal digits. */
  hex(digits: number): string {
    return Array.from({ length: digits }, () => (this.byte() & 15).toString(16)).join('');
  }

  #bitAt(at: number): 0 | 1 {
    return (((this.#block[at >> 3] ?? 0) >> (7 - (at & 7))) & 1) as 0 | 1;
  }

  #nextBlock(): Uint8Array {
    return createHash('sha256').update(`${this.#key} ${this.#blocks++}`).digest();
  }
}
