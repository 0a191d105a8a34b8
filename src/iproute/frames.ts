import { decodeText } from '../util/bytes.ts';

/**
 * The framing of the collector's output. A frame starts with ASCII record separator, the run's nonce and a
 * header line; its body goes on to the next frame. The nonce is random per run, so nothing that a node prints
 * (names are hostile) can forge a frame.
 */
export interface Frame {
  /** The words of the header: the section's name and its arguments. */
  readonly header: readonly string[];
  readonly body: string;
  /** The body as it came: not every section is text. */
  readonly bytes: Uint8Array;
}

/** Cuts a stream of bytes into frames as they become whole. Text before the first frame is noise and is kept apart. */
export class FrameReader {
  readonly #separator: Uint8Array;
  /** What is not cut yet is `#buffer` from `#start` to `#end`; up to `#searched` no separator begins in it. */
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #searched = 0;
  #inFrame = false;
  /** What was printed before the first frame: a login banner, or the shell's complaint that it cannot start. */
  noise = '';

  constructor(nonce: string) {
    this.#separator = Buffer.from(`\x1e${nonce} `);
  }

  /** Takes the next bytes; returns the frames that they complete. */
  push(chunk: Uint8Array): Frame[] {
    this.#append(chunk);
    const frames: Frame[] = [];
    for (;;) {
      const at = this.#buffer.subarray(0, this.#end).indexOf(this.#separator, this.#searched);
      if (at === -1) {
        this.#searched = Math.max(this.#start, this.#end - this.#separator.length + 1);
        return frames;
      }
      frames.push(...this.#cut(at));
      this.#inFrame = true;
      this.#start = this.#searched = at + this.#separator.length;
    }
  }

  /** Takes the end of the stream; returns the last frame, if there is one with a whole header. */
  end(): Frame[] {
    const frames = this.#cut(this.#end);
    this.#start = this.#searched = this.#end;
    this.#inFrame = false;
    return frames;
  }

  /** What is not cut yet, up to `at`: a frame, or noise. */
  #cut(at: number): Frame[] {
    const bytes = this.#buffer.subarray(this.#start, at);
    if (!this.#inFrame) {
      this.noise += decodeText(bytes);
      return [];
    }
    const newline = bytes.indexOf('\n');
    // A header without its end was cut short: what it would have said is not known.
    if (newline === -1) {
      return [];
    }
    const header = decodeText(bytes.subarray(0, newline)).trim().split(' ');
    return [new BytesFrame(header, bytes.subarray(newline + 1))];
  }

  /** Grows twofold, so that a long frame in many chunks is not copied for each of them. */
  #append(chunk: Uint8Array): void {
    const length = this.#end - this.#start + chunk.length;
    if (this.#end + chunk.length > this.#buffer.length) {
      const roomy = Buffer.allocUnsafe(Math.max(1 << 16, 2 * length));
      this.#buffer.copy(roomy, 0, this.#start, this.#end);
      this.#buffer = roomy;
      this.#searched -= this.#start;
      this.#end -= this.#start;
      this.#start = 0;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }
}

/** Reads its body as text only when somebody asks for it. */
export class BytesFrame implements Frame {
  readonly header: readonly string[];
  readonly bytes: Uint8Array;

  constructor(header: readonly string[], bytes: Uint8Array) {
    this.header = header;
    this.bytes = bytes;
  }

  get body(): string {
    return decodeText(this.bytes);
  }
}
