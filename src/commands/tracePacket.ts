import type { Trace } from '../trace/trace.ts';
import { parseArgument, tracePacketArgument } from './arguments.ts';
import { askProbe } from './askProbe.ts';
import { traceGiven } from './tracePing.ts';
import type { Services } from './services.ts';

/** Traces a packet of any kind. What the argument leaves open is asked for, first what to send. */
export async function tracePacket(services: Services, argument: unknown): Promise<Trace | undefined> {
  const { probe: given, ...ends } = parseArgument(tracePacketArgument, argument);
  const probe = given ?? (await askProbe());
  return probe && traceGiven(services, ends, probe);
}
