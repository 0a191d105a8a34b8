import { readFile, readlink } from 'node:fs/promises';
import {
  bootIdPath,
  parseProcessPlace,
  pidNamespacePath,
  processPlaceCommand,
  runsProgram,
  type ProcessSpace,
} from '../iproute/processPlace.ts';
import type { NamespaceId } from '../topology/topology.ts';
import type { Transport } from '../transport/transport.ts';

/** A process by the number that this machine knows it by. */
export interface LocalProcess {
  readonly pid: number;
  /** Its program, or the script that it runs: a path or a name. */
  readonly program: string;
}

/**
 * The network namespace that a process of this machine is in, where the node is this machine: known for certain by its boot and
 * its numbering of processes, however the node was reached. Null elsewhere, and where there is no such process.
 */
export async function namespaceOfLocalProcess(
  transport: Transport,
  process: LocalProcess,
): Promise<NamespaceId | null> {
  const here = await readOwnSpace();
  if (!here) {
    return null;
  }
  const { stdout } = await transport.exec(processPlaceCommand(process.pid), { privileged: true });
  const place = parseProcessPlace(stdout);
  const isHere = place?.bootId === here.bootId && place.pidNamespace === here.pidNamespace;
  return isHere && runsProgram(place, process.program) ? place.namespace : null;
}

/** Null on what is not Linux. */
async function readOwnSpace(): Promise<ProcessSpace | null> {
  try {
    const [bootId, pidNamespace] = await Promise.all([
      readFile(bootIdPath, 'utf8'),
      readlink(pidNamespacePath),
    ]);
    return { bootId: bootId.trim(), pidNamespace };
  } catch {
    return null;
  }
}
