/** Captures on a node: one process per namespace, its packets streamed here. Nothing stays behind on the node. */
import type { NamespaceId } from '../topology/topology.ts';
import type { RemoteProcess, Transport } from '../transport/transport.ts';
import { supervise } from '../transport/supervise.ts';
import { decodeFrame, linuxSll2, type Frame } from './decode.ts';
import { PcapReader } from './pcap.ts';
import { plain } from './words.ts';

export type CaptureTool = 'tcpdump' | 'dumpcap';

/**
 * Bytes kept of each packet. Small on purpose: with immediate delivery the kernel's ring has slots of this size, and
 * at tcpdump's default (256 KiB) it has eight of them and drops what a bridge floods (libpcap: pcap-linux.c).
 */
const keptBytes = 512;

const startTimeoutMs = 10_000;

/** The argv of a capture of all links of the namespace that it runs in; pcap with SLL2 headers on its stdout. */
export function captureArgv(tool: CaptureTool, filter: string): string[] {
  const common = ['-i', 'any', '-s', String(keptBytes), '-y', 'LINUX_SLL2', '-w', '-'];
  return tool === 'tcpdump'
    ? // "-Z root": stay root; the user it would become may not exist here. "-U": each packet at once.
      [
        'tcpdump',
        ...common,
        '--immediate-mode',
        '-U',
        '-n',
        '-Z',
        'root',
        '--time-stamp-precision=nano',
        filter,
      ]
    : ['dumpcap', '-q', '-P', ...common, '-f', filter];
}

/** Packets that the kernel dropped for lack of room, in what a tool says at its end. */
export function droppedIn(words: string): number {
  const told =
    /(\d+) packets? dropped by kernel/.exec(words) ??
    /received\/dropped on interface .*?: \d+\/(\d+)/.exec(words);
  return Number(told?.[1] ?? 0);
}

/** One running capture in one namespace. */
export class Capture {
  readonly namespace: NamespaceId;
  readonly frames: Frame[] = [];
  /** Resolves to null once packets are seen, or to the tool's complaint when it ended before that. */
  readonly ready: Promise<string | null>;
  readonly #process: RemoteProcess;
  readonly #reader = new PcapReader();
  readonly #onFrame: () => void;
  #complaint = '';

  private constructor(namespace: NamespaceId, process: RemoteProcess, onFrame: () => void) {
    this.namespace = namespace;
    this.#process = process;
    this.#onFrame = onFrame;
    this.ready = new Promise((resolve) => {
      const decoder = new TextDecoder();
      process.onStderr((chunk) => {
        this.#complaint = (this.#complaint + decoder.decode(chunk, { stream: true })).slice(-4096);
        if (/listening on |^File: /m.test(this.#complaint)) {
          resolve(null);
        }
      });
      const late = setTimeout(
        () => resolve(`it did not start within ${startTimeoutMs / 1000} s`),
        startTimeoutMs,
      );
      const ended = (): void => {
        clearTimeout(late);
        resolve(this.#lastWords());
      };
      process.exit.then(ended, ended);
    });
    process.onStdout((chunk) => this.#take(chunk));
  }

  /** Starts argv (with its way into the namespace) so that it ends with its channel. Rejects as `spawn` does. */
  static async start(
    transport: Transport,
    namespace: NamespaceId,
    argv: readonly string[],
    onFrame: () => void,
  ): Promise<Capture> {
    const process = await transport.spawn(supervise(argv), { privileged: true });
    return new Capture(namespace, process, onFrame);
  }

  /** Packets that the kernel dropped for lack of room, as the tool says at its end. */
  get dropped(): number {
    return droppedIn(this.#complaint);
  }

  /** Ends the capture and waits until its last packet is here. Rejects with `connection-lost`. */
  async stop(): Promise<void> {
    this.#process.endInput();
    try {
      await this.#process.exit;
    } finally {
      this.#process.dispose();
    }
  }

  #take(chunk: Uint8Array): void {
    for (const packet of this.#reader.push(chunk)) {
      const frame = this.#reader.linkType === linuxSll2 ? decodeFrame(packet) : null;
      if (frame) {
        this.frames.push(frame);
        this.#onFrame();
      }
    }
  }

  #lastWords(): string {
    const line = this.#complaint.split('\n').findLast((candidate) => candidate.trim() !== '');
    return plain(line ?? 'it ended without a word');
  }
}
