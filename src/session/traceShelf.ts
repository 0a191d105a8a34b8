/** The traces of one node, with the frames that they captured. */
import * as v from 'valibot';
import type { Snapshot } from '../iproute/snapshot.ts';
import type { Trace } from '../trace/trace.ts';
import { traceSchema } from '../trace/traceSchema.ts';

/** Traces kept for looking back. */
const tracesKept = 50;

/** Bytes of captured frames that are kept; the oldest go first. */
const capturesKeptBytes = 16 * 1024 * 1024;

type SavedTraces = NonNullable<Snapshot['traces']>;

export class TraceShelf {
  #traces: readonly Trace[] = [];
  readonly #captures = new Map<string, Uint8Array>();
  #count = 0;

  /** Newest last. */
  get traces(): readonly Trace[] {
    return this.#traces;
  }

  /** An id that no trace here has. */
  nextId(): string {
    return String(++this.#count);
  }

  add(trace: Trace, capture: Uint8Array | null): void {
    this.#traces = [...this.#traces, trace].slice(-tracesKept);
    if (capture) {
      this.#captures.set(trace.id, capture);
    }
    this.#forget();
  }

  /** The pcapng file of a trace; null where nothing was captured, or it is no longer kept. */
  captureOf(id: string): Uint8Array | null {
    return this.#captures.get(id) ?? null;
  }

  /** For a recording. */
  save(): SavedTraces {
    return this.#traces.map((trace) => {
      const capture = this.captureOf(trace.id);
      return { trace, capture: capture && Buffer.from(capture).toString('base64') };
    });
  }

  /** From a recording; what is no trace is left out. */
  restore(saved: SavedTraces): void {
    for (const { trace, capture } of saved) {
      const parsed = v.safeParse(traceSchema, trace);
      if (parsed.success) {
        this.add(
          { ...parsed.output, id: this.nextId() },
          capture === null ? null : Buffer.from(capture, 'base64'),
        );
      }
    }
  }

  #forget(): void {
    const kept = new Set(this.#traces.map(({ id }) => id));
    let bytes = [...this.#captures.values()].reduce((sum, { length }) => sum + length, 0);
    for (const [id, { length }] of this.#captures) {
      if (!kept.has(id) || bytes > capturesKeptBytes) {
        this.#captures.delete(id);
        bytes -= length;
      }
    }
  }
}
