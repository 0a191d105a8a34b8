/** The ways to read a namespace: what each reads must be the same. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { collectSnapshot } from '../../../src/iproute/collect.ts';
import type { NamespaceSnapshot, Snapshot } from '../../../src/iproute/snapshot.ts';
import { withoutCounters } from '../../../src/topology/counters.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { without } from '../support/hide.ts';

export interface Readers {
  readonly perl: Transport;
  readonly python3: Transport;
  readonly ip: Transport;
}

/** Transports on which the collector has nothing but this way. */
export async function readersOf(transport: Transport): Promise<Readers> {
  return {
    perl: transport,
    python3: await without(transport, 'perl'),
    ip: await without(transport, 'perl', 'python3'),
  };
}

/**
 * Reads by both until they agree, and returns the last two readings: the kernel goes on by itself (duplicate address
 * detection, neighbours that age), so two readings of the same may differ for a while.
 */
export async function readUntilAlike(
  one: Transport,
  other: Transport,
  isAlike: (one: Snapshot, other: Snapshot) => boolean,
): Promise<[Snapshot, Snapshot]> {
  for (let turn = 1; ; turn++) {
    const read = [await collectSnapshot(one), await collectSnapshot(other)] as const;
    if (turn === 40 || isAlike(...read)) {
      return [...read];
    }
  }
}

/** Demands that both read the same of the pods, and all of it; gives what the first read. */
export async function assertReadAlike(reader: Transport, ip: Transport, name: string): Promise<Snapshot> {
  const isAlike = (one: Snapshot, other: Snapshot): boolean => isDeepStrictEqual(podsOf(one), podsOf(other));
  const [read, truth] = await readUntilAlike(reader, ip, isAlike);
  assert.deepEqual(podsOf(read), podsOf(truth), name);
  assert.deepEqual(fieldsOf(read), fieldsOf(truth), name);
  assert.deepEqual([...read.unknown, ...truth.unknown], []);
  return read;
}

/** The pods of a snapshot without what only counts or ages: the node's own namespace is read in one way only. */
export function podsOf(snapshot: Snapshot): unknown[] {
  return withoutCounters(namespacesOf(snapshot));
}

/** The names of all fields in them, counters among them. */
export function fieldsOf(snapshot: Snapshot): string[] {
  const names = (value: unknown): string[] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, field]) => [key, ...names(field)])
      : [];
  return names(namespacesOf(snapshot)).sort();
}

function namespacesOf({ namespaces }: Snapshot): NamespaceSnapshot[] {
  return namespaces.filter(({ root }) => !root);
}
