/** Pure: the texts that a topology can be exported as. */
import type { Topology } from '../topology.ts';
import { exportDot } from './dot.ts';
import { exportMermaid } from './mermaid.ts';

/** By the word that names the format; files end in `extension`. */
export const exportFormats = {
  mermaid: { extension: 'mmd', write: exportMermaid },
  dot: { extension: 'dot', write: exportDot },
  json: { extension: 'json', write: exportJson },
} as const;

export type ExportFormat = keyof typeof exportFormats;

export const exportFormatNames = Object.keys(exportFormats) as ExportFormat[];

/** As docs/inspect.schema.json says. */
function exportJson(topology: Topology): string {
  return `${JSON.stringify(topology, null, 2)}\n`;
}
