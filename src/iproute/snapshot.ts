/** A snapshot: everything read from one node at one moment, as validated records. */
import * as v from 'valibot';
import { PatchbayError } from '../util/errors.ts';
import {
  fdbSchema,
  linkSchema,
  neighbourSchema,
  nsidSchema,
  processSchema,
  routeSchema,
  ruleSchema,
} from './records.ts';

const section = <T extends v.GenericSchema>(schema: T) => v.nullable(v.array(schema));

/** One namespace as read. A section that could not be read is null, and `unknown` says why. */
const namespaceSchema = v.object({
  id: v.string(),
  root: v.boolean(),
  /** Bind mounts of the namespace, such as /run/netns/web. */
  paths: v.array(v.string()),
  processes: v.array(processSchema),
  links: section(linkSchema),
  routes: section(routeSchema),
  rules: section(ruleSchema),
  neighbours: section(neighbourSchema),
  fdb: section(fdbSchema),
  /** The ids by which this namespace knows others; read where they are needed to prove a pairing. */
  nsids: section(nsidSchema),
});
export type NamespaceSnapshot = v.InferOutput<typeof namespaceSchema>;

const unknownSchema = v.object({
  namespace: v.nullable(v.string()),
  what: v.string(),
  reason: v.string(),
  remedy: v.nullable(v.string()),
});

const nodeSchema = v.object({
  hostname: v.string(),
  kernel: v.string(),
  os: v.string(),
  iproute2: v.string(),
  privilege: v.picklist(['root', 'sudo', 'none']),
});
export type NodeRecord = v.InferOutput<typeof nodeSchema>;

/** The `.patchbay.json` file. */
export const snapshotSchema = v.object({
  format: v.literal('patchbay-snapshot'),
  version: v.literal(1),
  takenAt: v.string(),
  node: nodeSchema,
  namespaces: v.array(namespaceSchema),
  unknown: v.array(unknownSchema),
});
export type Snapshot = v.InferOutput<typeof snapshotSchema>;

/** Reads the text of a `.patchbay.json` file; throws PatchbayError `bad-file` that says what is wrong with it. */
export function parseSnapshot(text: string): Snapshot {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PatchbayError('bad-file', 'The recording is not valid JSON.', {
      cause: error,
      detail: String(error),
    });
  }
  const result = v.safeParse(snapshotSchema, value);
  if (!result.success) {
    const [issue] = result.issues;
    throw new PatchbayError('bad-file', `The recording is not a Patchbay snapshot: ${issue.message}`, {
      hint: `Look at ${v.getDotPath(issue) ?? 'the top level'} of the file.`,
    });
  }
  return result.output;
}

/** The text of a `.patchbay.json` file. */
export function formatSnapshot(snapshot: Snapshot): string {
  return `${JSON.stringify(snapshot)}\n`;
}
