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
}

/** Cuts a stream of bytes into frames as they become whole. Text before the first frame is noise and is kept apart. */
export class FrameReader {
  readonly #separator: string;
  /** One character a byte, until a frame is whole: a chunk may end inside a character. */
  #pending = '';
  #searchFrom = 0;
  #inFrame = false;
  /** What was printed before the first frame: a login banner, or the shell's complaint that it cannot start. */
  noise = '';

  constructor(nonce: string) {
    this.#separator = `\x1e${nonce} `;
  }

  /** Takes the next bytes; returns the frames that they complete. */
  push(chunk: Uint8Array): Frame[] {
    this.#pending += Buffer.from(chunk).toString('latin1');
    return this.#cut();
  }

  /** Takes the end of the stream; returns the last frame, if there is one with a whole header. */
  end(): Frame[] {
    const frames = this.#cut();
    if (!this.#inFrame) {
      this.noise += fromLatin1(this.#pending);
    } else if (this.#pending.includes('\n')) {
      frames.push(parseFrame(this.#pending));
    }
    this.#pending = '';
    this.#inFrame = false;
    return frames;
  }

  #cut(): Frame[] {
    const frames: Frame[] = [];
    for (;;) {
      const at = this.#pending.indexOf(this.#separator, this.#searchFrom);
      if (at === -1) {
        this.#searchFrom = Math.max(0, this.#pending.length - this.#separator.length);
        return frames;
      }
      const before = this.#pending.slice(0, at);
      if (this.#inFrame) {
        frames.push(parseFrame(before));
      } else {
        this.noise += fromLatin1(before);
      }
      this.#inFrame = true;
      this.#pending = this.#pending.slice(at + this.#separator.length);
      this.#searchFrom = 0;
    }
  }
}

function fromLatin1(text: string): string {
  return decodeText(Buffer.from(text, 'latin1'));
}

function parseFrame(latin1: string): Frame {
  const text = fromLatin1(latin1);
  const newline = text.indexOf('\n');
  const header = newline === -1 ? text : text.slice(0, newline);
  return { header: header.trim().split(' '), body: newline === -1 ? '' : text.slice(newline + 1) };
}
