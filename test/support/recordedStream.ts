/** What the collector printed on a real node, and a transport that prints it again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RemoteProcess, Transport } from '../../src/transport/transport.ts';
import { Emitter } from '../../src/util/event.ts';

/** Both lanes of one run: standard output and standard error, byte by byte. */
export interface RecordedStream {
  readonly nonce: string;
  readonly lanes: readonly [Uint8Array, Uint8Array];
}

export const streamFolder = join(import.meta.dirname, '../fixtures/linux-6.18.44-iproute2-6.1.0/collector');

/** The stream that test/node/iproute/recordStream.ts recorded. */
export function recordedStream(): RecordedStream {
  const read = (name: string): Buffer => readFileSync(join(streamFolder, name));
  return { nonce: read('nonce').toString().trim(), lanes: [read('stdout'), read('stderr')] };
}

/** One character a byte, so that text can be cut and put together without loss. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** A frame of the recording, as the text of its bytes. */
export interface RecordedFrame {
  readonly lane: 0 | 1;
  /** "batch", "fdb", "mounts" … */
  readonly section: string;
  /** The namespace it is about, or "". */
  readonly id: string;
  /** With its header, without what separates it from the last. */
  readonly text: string;
}

export function framesOf({ nonce, lanes }: RecordedStream): RecordedFrame[] {
  return ([0, 1] as const).flatMap((lane) =>
    latin1(lanes[lane])
      .split(`\x1e${nonce} `)
      .slice(1)
      .map((text) => {
        const [section = '', id = ''] = (text.split('\n', 1)[0] ?? '').split(' ');
        return { lane, section, id, text };
      }),
  );
}

/** A transport on which every command prints these frames, cut into chunks of so many bytes, and ends. */
export function replay(
  frames: readonly Pick<RecordedFrame, 'lane' | 'text'>[],
  options: { readonly chunkBytes?: number; readonly cut?: readonly [number, number] } = {},
): Transport {
  const refuse = (): never => {
    throw new Error('A recording only prints.');
  };
  const bytesOf = (lane: 0 | 1, nonce: string): Uint8Array => {
    const text = frames
      .filter((frame) => frame.lane === lane)
      .map((frame) => `\x1e${nonce} ${frame.text}`)
      .join('');
    return Buffer.from(text, 'latin1').subarray(0, options.cut?.[lane] ?? Infinity);
  };
  return {
    kind: 'local',
    label: 'recording',
    privilege: { uid: 0, way: 'root' },
    connection: null,
    onDidClose: new Emitter<Error>().event,
    openTerminal: null,
    exec: refuse,
    dispose: () => undefined,
    spawn: (argv) => Promise.resolve(printing(argv[3] ?? '', bytesOf, options.chunkBytes ?? 65_536)),
  };
}

function printing(
  nonce: string,
  bytesOf: (lane: 0 | 1, nonce: string) => Uint8Array,
  chunkBytes: number,
): RemoteProcess {
  const outputs = [new Emitter<Uint8Array>(), new Emitter<Uint8Array>()] as const;
  const exit = new Promise<{ exitCode: number }>((resolve) =>
    setImmediate(() => {
      for (const lane of [0, 1] as const) {
        const bytes = bytesOf(lane, nonce);
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          outputs[lane].fire(bytes.subarray(at, at + chunkBytes));
        }
      }
      resolve({ exitCode: 0 });
    }),
  );
  return {
    onStdout: outputs[0].event,
    onStderr: outputs[1].event,
    exit,
    write: () => undefined,
    endInput: () => undefined,
    dispose: () => undefined,
  };
}
