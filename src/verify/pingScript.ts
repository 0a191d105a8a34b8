/** Pure: many pings, from many namespaces at once, as one script; and what it prints. */
import { enterNamespace, type NamespacePlace } from '../iproute/enterNamespace.ts';
import type { Frame } from '../iproute/frames.ts';
import { onlyInside } from '../trace/inside.ts';
import { parsePing } from '../trace/ping.ts';
import { quoteArgv } from '../util/quote.ts';

/** One process: what is sent to whom, and of which size. */
export interface PingCall {
  readonly pair: number;
  readonly destination: string;
  readonly payloadBytes: number;
}

type Place = NamespacePlace & { readonly id: string };

/** What runs in one namespace. */
export interface PingsIn {
  readonly place: Place;
  readonly calls: readonly PingCall[];
}

export interface ForgetIn {
  readonly place: Place;
  readonly neighbours: readonly { readonly ifindex: number; readonly address: string }[];
}

/**
 * Each ping tells one line, written at once so that lines of others do not mix with it: a frame of its number and of what it
 * printed, whose line breaks became "|". The options are those that iputils' and busybox's ping have in common.
 */
const pinger = onlyInside(`
set -f
tell() {
  pair=$1
  said=$(ping -n -c 1 -W "$wait" -s "$3" "$2" 2>&1 </dev/null)
  IFS='
'
  set -- $said
  IFS='|'
  printf '\\036%s ping %s|%s\\n' "$nonce" "$pair" "$*"
}
while [ $# -gt 2 ]; do tell "$1" "$2" "$3" & shift 3; done
wait`);

/** A link that is named "if5" nowhere is meant by its index. */
const forgetter = onlyInside(`
while [ $# -gt 1 ]; do echo "neigh del $1 dev if$2"; shift 2; done | ip -force -batch - >/dev/null 2>&1
:`);

/** The script, for `runFramed`. What pings taught the neighbour tables is forgotten when all have ended. */
export function pingScript(pings: readonly PingsIn[], forget: readonly ForgetIn[], waitS: number): string {
  return [
    `nonce=$1; wait=${waitS}; LC_ALL=C; export nonce wait LC_ALL`,
    `pinger=${quoteArgv([pinger])}`,
    `forgetter=${quoteArgv([forgetter])}`,
    ...pings.map(({ place, calls }) => {
      const words = calls.flatMap(({ pair, destination, payloadBytes }) => [pair, destination, payloadBytes]);
      return within(place, '"$pinger"', words);
    }),
    'wait',
    ...forget.map(({ place, neighbours }) => {
      const words = neighbours.flatMap(({ address, ifindex }) => [address, ifindex]);
      return within(place, '"$forgetter"', words);
    }),
    'wait',
  ].join('\n');
}

function within(place: Place, program: string, words: readonly (string | number)[]): string {
  const enter = quoteArgv([...(enterNamespace(place) ?? []), 'sh', '-c']);
  return `${enter} ${program} sh ${quoteArgv([place.id, ...words.map(String)])} &`;
}

/** What `ping` said of each pair. */
export function parsePings(frames: readonly Frame[]): Map<number, ReturnType<typeof parsePing>> {
  return new Map(
    frames.map(({ header }) => {
      const [pair, ...lines] = header.slice(1).join(' ').split('|');
      return [Number(pair), parsePing({ stdout: lines.join('\n'), stderr: '' })];
    }),
  );
}
