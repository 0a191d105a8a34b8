/** The verifications of one node. */
import * as v from 'valibot';
import type { Snapshot } from '../iproute/snapshot.ts';
import type { Verification } from '../verify/verification.ts';
import { verificationSchema } from '../verify/verificationSchema.ts';

/** Kept for looking back; one of 6,000 pairs takes some 2 MB. */
const verificationsKept = 5;

type SavedVerifications = NonNullable<Snapshot['verifications']>;

export class VerificationShelf {
  #verifications: readonly Verification[] = [];
  #count = 0;

  /** Newest last. */
  get verifications(): readonly Verification[] {
    return this.#verifications;
  }

  /** An id that no verification here has. */
  nextId(): string {
    return String(++this.#count);
  }

  add(verification: Verification): void {
    this.#verifications = [...this.#verifications, verification].slice(-verificationsKept);
  }

  /** For a recording: the last one. */
  save(): SavedVerifications {
    return this.#verifications.slice(-1);
  }

  /** From a recording; what is no verification is left out. */
  restore(saved: SavedVerifications): void {
    for (const verification of saved) {
      const parsed = v.safeParse(verificationSchema, verification);
      if (parsed.success) {
        this.add({ ...parsed.output, id: this.nextId() });
      }
    }
  }
}
