import type { TopologyChange } from '../session/nodeSession.ts';
import { changeLine } from '../topology/changeEntry.ts';
import { describeChanges } from '../topology/changeWords.ts';
import type { Topology } from '../topology/topology.ts';
import { printable } from './inspectText.ts';

/** What a change says, a line each: "14:03:12  ~ eth0 of web: up → down". In the words of the panel's list. */
export function changesText(before: Topology, { topology, diff }: TopologyChange): string[] {
  const time = new Date(topology.takenAt).toTimeString().slice(0, 8);
  const entries = diff ? describeChanges(diff, before, topology) : [];
  return entries.map((entry) => printable(`${time}  ${changeLine(entry)}`));
}
