/** Listens to what the kernel drops while a probe is under way, in a tracefs instance of its own that is always removed. */
import { randomUUID } from 'node:crypto';
import { supervise } from '../transport/supervise.ts';
import type { RemoteProcess, Transport } from '../transport/transport.ts';
import { parseDropTrace, type ToldDrop } from './drops.ts';
import { plain } from './words.ts';

/**
 * POSIX sh. $1: name of the instance; $2: filter of frees; $3: filter of packets by length. A tracefs that is not mounted
 * is mounted in a mount namespace of its own; an instance belongs to the kernel as a whole, so whoever ends this script, and
 * however, it is given the time to remove it (supervise). One that was left all the same, by a shell that was killed itself, is
 * removed by the next. Events stay in the kernel until the end: nothing is streamed while the probe is under way.
 */
const script = `
fail() { printf 'patchbay-drops none %s\\n' "$1"; exit 0; }
over() {
  trap '' TERM HUP INT
  echo 0 >"$own/tracing_on"
  cat "$own/trace"
  for try in 1 2 3 4 5 6 7 8 9; do rmdir "$own" 2>/dev/null && break; sleep 0.1 2>/dev/null || sleep 1; done
  exit 0
}
main() {
  LC_ALL=C; export LC_ALL
  tracing=
  for folder in /sys/kernel/tracing /sys/kernel/debug/tracing; do
    [ -d "$folder/events/skb/kfree_skb" ] && { tracing=$folder; break; }
  done
  if [ -z "$tracing" ]; then
    [ -d /sys/kernel/tracing ] || fail 'the kernel has no tracefs'
    said=$(mount -t tracefs tracefs /sys/kernel/tracing 2>&1) || fail "tracefs cannot be mounted: $said"
    tracing=/sys/kernel/tracing
  fi
  [ -d "$tracing/events/skb/kfree_skb" ] || fail 'the kernel has no event skb:kfree_skb'
  grep -q 'reason' "$tracing/events/skb/kfree_skb/format" || fail 'this kernel gives no reasons (5.17 and newer do)'
  find "$tracing/instances" -maxdepth 1 -name 'patchbay-*' -mmin +60 -exec rmdir {} ';'
  own=$tracing/instances/$1-$$
  trap over TERM HUP INT
  mkdir "$own" 2>/dev/null || fail 'no tracefs instance can be made'
  echo 512 >"$own/buffer_size_kb"
  grep -qw tai "$own/trace_clock" && echo tai >"$own/trace_clock"
  echo "$2" >"$own/events/skb/kfree_skb/filter"
  for event in netif_receive_skb net_dev_queue; do
    echo "$3" >"$own/events/net/$event/filter" && echo 1 >"$own/events/net/$event/enable"
  done
  echo 1 >"$own/events/skb/kfree_skb/enable"
  printf 'patchbay-epoch %s\\n' "$(date +%s.%N)" >"$own/trace_marker"
  echo patchbay-drops ready
  sleep 300 &
  wait $!
  over
}
main "$@" 2>/dev/null
`.trim();

const startTimeoutMs = 3_000;

/** What was heard, or why nothing could be. */
export type Heard =
  | { readonly drops: readonly ToldDrop[]; readonly missing: null }
  | { readonly drops: readonly []; readonly missing: string };

export class DropWatch {
  readonly #process: RemoteProcess;
  /** Settles once it listens, or cannot. */
  readonly ready: Promise<void>;
  #text = '';

  private constructor(process: RemoteProcess) {
    this.#process = process;
    const decoder = new TextDecoder();
    this.ready = new Promise((resolve) => {
      const late = setTimeout(resolve, startTimeoutMs);
      const settle = (): void => {
        clearTimeout(late);
        resolve();
      };
      process.onStdout((chunk) => {
        this.#text += decoder.decode(chunk, { stream: true });
        if (this.#text.includes('patchbay-drops ')) {
          settle();
        }
      });
      process.exit.then(settle, settle);
    });
  }

  /** Starts to listen for drops of packets of a family, and for packets of these lengths. Rejects as `spawn` does. */
  static async start(transport: Transport, family: 4 | 6, lengths: readonly number[]): Promise<DropWatch> {
    const protocols = family === 6 ? [0x86dd] : [0x0800, 0x0806];
    const frees = protocols.map((protocol) => `protocol == ${protocol}`).join(' || ');
    const sizes = lengths.flatMap((length) => [length, length + 14]);
    const packets = [...new Set(sizes)].map((size) => `len == ${size}`).join(' || ');
    const name = `patchbay-${randomUUID().slice(0, 8)}`;
    const argv = ['unshare', '--mount', 'sh', '-c', script, 'sh', name, frees, packets];
    return new DropWatch(await transport.spawn(supervise(argv), { privileged: true }));
  }

  /** Ends it on the node, and gives what was heard. Rejects with `connection-lost`. */
  async finish(): Promise<Heard> {
    this.#process.endInput();
    try {
      await this.#process.exit;
    } finally {
      this.#process.dispose();
    }
    const missing = /^patchbay-drops none (.*)$/m.exec(this.#text)?.[1];
    if (missing !== undefined || !this.#text.includes('patchbay-drops ready')) {
      return { drops: [], missing: plain(missing ?? 'they could not be listened to') };
    }
    return { drops: parseDropTrace(this.#text), missing: null };
  }

  /** Ends it on the node, whatever it heard. Never rejects. */
  async abandon(): Promise<void> {
    await this.finish().catch(() => undefined);
  }
}
