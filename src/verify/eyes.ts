/** Captures in many namespaces over one channel: the frames of each, as they are seen. Leaves nothing on the node. */
import { enterNamespace } from '../iproute/enterNamespace.ts';
import type { Namespace, NamespaceId } from '../topology/topology.ts';
import { captureArgv, droppedIn, type CaptureTool } from '../trace/capture.ts';
import { decodeFrame, linuxSll2, type Frame } from '../trace/decode.ts';
import { onlyInside } from '../trace/inside.ts';
import { PcapReader } from '../trace/pcap.ts';
import { plain } from '../trace/words.ts';
import { supervise } from '../transport/supervise.ts';
import type { RemoteProcess, Transport } from '../transport/transport.ts';
import { orCancelled } from '../util/cancellation.ts';
import { quoteArgv } from '../util/quote.ts';
import { cancelled, type Site } from './prober.ts';

/**
 * Tells what captures print in lines, so that many can share one stream: `f END BYTES` of what they captured (in hexadecimal),
 * `e END WORDS` of what they say, `x END` at their end. Each line is written at once. Only captures heed TERM: what they still
 * have is told before all ends.
 */
const functions = `
exec 3>&1
trap '' TERM
lines='{ line = line $0 } NR % 40 == 0 { tell() } END { tell() }
function tell() { if (line != "") { print "f " end line; fflush() } line = "" }'
look() {
  end=$1; shift
  {
    { "$@" 3>&- | od -An -v -tx1 | awk -v end="$end" "$lines" >&3; } 2>&1 </dev/null |
      while read -r words; do echo "e $end $words"; done
    echo "x $end"
  } &
}`.trim();

const noWords = 'it ended without a word';
const startTimeoutMs = 15_000;

/** How long captures may take to tell what they still have, on a node that is busy. */
const graceS = 20;

/** One frame in one namespace. */
export interface SeenFrame {
  readonly namespace: NamespaceId;
  readonly frame: Frame;
}

/** What was seen; of each namespace in its order. `watched`: those whose captures ran from first to last, and missed nothing. */
export interface Seen {
  readonly watched: ReadonlySet<NamespaceId>;
  /** Those that were watched in part. */
  readonly missed: readonly Namespace[];
  readonly frames: readonly SeenFrame[];
}

interface Eye {
  readonly namespace: Namespace;
  readonly reader: PcapReader;
  readonly frames: Frame[];
  state: 'starting' | 'open' | 'shut';
  dropped: number;
  complaint: string;
}

export class Eyes {
  readonly #process: RemoteProcess;
  readonly #eyes: readonly Eye[];
  #read = '';
  #onChange: () => void = () => undefined;

  private constructor(process: RemoteProcess, stations: Site['stations']) {
    this.#process = process;
    this.#eyes = stations.map((namespace) => ({
      namespace,
      reader: new PcapReader(),
      frames: [],
      state: 'starting',
      dropped: 0,
      complaint: noWords,
    }));
    const decoder = new TextDecoder();
    process.onStdout((chunk) => this.#take(decoder.decode(chunk, { stream: true })));
  }

  /**
   * Opens an eye in each station, for ICMP; in the node's own, through which everything goes, for its own. Resolves
   * once all that can are open, to the complaint of the first where none can. Rejects with `cancelled` or `connection-lost`.
   */
  static async open(
    transport: Transport,
    site: Site,
    tool: CaptureTool,
    signal: AbortSignal | undefined,
  ): Promise<Eyes | string> {
    const argv = supervise(['sh', '-c', scriptOf(site, tool)], graceS);
    const eyes = new Eyes(await transport.spawn(argv, { privileged: true }), site.stations);
    try {
      await orCancelled(eyes.#settled(), signal, cancelled);
    } catch (error) {
      await eyes.close();
      throw error;
    }
    if (eyes.#eyes.some(({ state }) => state === 'open')) {
      return eyes;
    }
    await eyes.close();
    return plain(eyes.#eyes[0]?.complaint ?? noWords);
  }

  /** Shuts them, and gives what was seen and where until then. Rejects with `connection-lost`. */
  async shut(): Promise<Seen> {
    const open = this.#eyes.filter(({ state }) => state === 'open');
    this.#process.endInput();
    try {
      await this.#process.exit;
    } finally {
      this.#process.dispose();
    }
    // What was ended by force did not tell all.
    const whole = open.filter(({ state, dropped }) => state === 'shut' && dropped === 0);
    const watched = new Set(whole.map(({ namespace }) => namespace.id));
    const missed = open.filter((eye) => !whole.includes(eye)).map(({ namespace }) => namespace);
    const frames = this.#eyes.flatMap(({ namespace, frames: own }) =>
      own.map((frame) => ({ namespace: namespace.id, frame })),
    );
    return { watched, missed, frames };
  }

  /** Shuts them, whatever they saw. Never rejects. */
  async close(): Promise<void> {
    await this.shut().catch(() => undefined);
  }

  async #settled(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(resolve, startTimeoutMs);
      this.#onChange = () => {
        if (this.#eyes.every(({ state }) => state !== 'starting')) {
          clearTimeout(late);
          resolve();
        }
      };
      this.#process.exit.then(
        () => resolve(),
        (error: unknown) => reject(error as Error),
      );
    });
  }

  #take(text: string): void {
    const lines = (this.#read + text).split('\n');
    this.#read = lines.pop() ?? '';
    for (const line of lines) {
      const [, word, end, rest = ''] = /^([fex]) (\d+) ?(.*)$/.exec(line) ?? [];
      const eye = this.#eyes[Number(end)];
      if (eye && word === 'f') {
        see(eye, rest);
      } else if (eye && word !== undefined) {
        this.#hear(eye, word, rest);
      }
    }
  }

  #hear(eye: Eye, word: string, words: string): void {
    if (word === 'x') {
      eye.state = 'shut';
    } else if (/listening on |^File: /.test(words)) {
      eye.state = 'open';
    } else {
      eye.dropped += droppedIn(words);
      eye.complaint = words;
    }
    this.#onChange();
  }
}

function see({ reader, frames }: Eye, hex: string): void {
  for (const packet of reader.push(Buffer.from(hex.replaceAll(' ', ''), 'hex'))) {
    const frame = reader.linkType === linuxSll2 ? decodeFrame(packet) : null;
    if (frame) {
      frames.push(frame);
    }
  }
}

/** Echo messages and errors. */
const anyIcmp = '(icmp or (icmp6 and (ip6[40] < 5 or ip6[40] = 128 or ip6[40] = 129)))';

function scriptOf({ stations, nodeAddresses }: Site, tool: CaptureTool): string {
  const hosts = nodeAddresses.map((address) => `host ${address}`).join(' or ');
  const filters = { pod: anyIcmp, node: hosts === '' ? anyIcmp : `${anyIcmp} and (${hosts})` };
  const looks = stations.flatMap((namespace, end) => {
    const enter = enterNamespace(namespace);
    const program = namespace.root ? '"$node"' : '"$pod"';
    return enter === null
      ? [`echo "x ${end}"`]
      : [`look ${end} ${quoteArgv([...enter, 'sh', '-c'])} ${program} sh ${namespace.id}`];
  });
  return [
    ...Object.entries(filters).map(
      ([name, filter]) =>
        `${name}=${quoteArgv([onlyInside(`exec ${quoteArgv(captureArgv(tool, filter))}`)])}`,
    ),
    functions,
    ...looks,
    'wait',
  ].join('\n');
}
