/** Finds out what of a node's own programs can probe, best first. */
import type { CaptureTool } from '../trace/capture.ts';
import type { Transport } from '../transport/transport.ts';
import { PingProber } from './pingProber.ts';
import type { Prober, Site } from './prober.ts';
import { socketPrograms, type Interpreter } from './socketPrograms.ts';
import { SocketProber } from './socketProber.ts';

/** The prober that can do most, and why not a better one; null where nothing can be sent. */
export interface StartedProber {
  readonly prober: Prober | null;
  readonly notes: readonly string[];
}

const interpreters = Object.keys(socketPrograms) as Interpreter[];
const lookedFor = [...interpreters, 'ping', 'tcpdump', 'dumpcap'] as const;
type Tool = (typeof lookedFor)[number];

/** Starts to watch the stations; what is sent from then on is seen. Rejects with `cancelled` or `connection-lost`. */
export async function startProber(
  transport: Transport,
  site: Site,
  signal: AbortSignal | undefined,
): Promise<StartedProber> {
  const tools = await toolsOf(transport, signal);
  const isRoot = transport.privilege.way !== 'none';
  const why: string[] = [];
  for (const interpreter of interpreters.filter((tool) => isRoot && tools.has(tool))) {
    const prober = await SocketProber.start(transport, site, interpreter, signal);
    if (typeof prober !== 'string') {
      return { prober, notes: [] };
    }
    why.push(`${interpreter} cannot probe here. ${prober}`);
  }
  if (!tools.has('ping')) {
    return { prober: null, notes: [...why, ...withoutPing(isRoot)] };
  }
  const captures = (['tcpdump', 'dumpcap'] as const satisfies readonly CaptureTool[]).filter((tool) =>
    tools.has(tool),
  );
  const { prober, complaints } = await PingProber.start(transport, site, isRoot ? captures : [], signal);
  const blind = prober.probedBy === 'ping' ? withoutEyes(isRoot) : [];
  return { prober, notes: [...why, ...complaints, ...blind] };
}

function withoutPing(isRoot: boolean): string[] {
  return [
    isRoot
      ? 'Nothing was sent: the node has neither perl, python3 nor ping. Install one of them there.'
      : 'Nothing was sent: the node has no ping, and all else needs root, or sudo -n.',
  ];
}

function withoutEyes(isRoot: boolean): string[] {
  return [
    isRoot
      ? 'What receivers see was not watched. Install perl, python3 or tcpdump (4.99 or newer) on the node.'
      : 'Pods can only be sent from and watched with root rights, or where sudo -n works.',
  ];
}

async function toolsOf(transport: Transport, signal: AbortSignal | undefined): Promise<ReadonlySet<Tool>> {
  const script = 'for tool; do command -v "$tool" >/dev/null 2>&1 && echo "$tool"; done';
  const { stdout } = await transport.exec(['sh', '-c', script, 'sh', ...lookedFor], {
    privileged: true,
    timeoutMs: 10_000,
    ...(signal && { signal }),
  });
  const found = new Set(stdout.split('\n'));
  return new Set(lookedFor.filter((tool) => found.has(tool)));
}
