/** A snapshot: everything read from one node at one moment, as validated records. */
import * as v from 'valibot';
import { PatchbayError } from '../util/errors.ts';
import {
  containerSchema,
  fdbSchema,
  linkSchema,
  neighbourSchema,
  netconfSchema,
  nsidSchema,
  portVlansSchema,
  processSchema,
  routeSchema,
  rulesetSchema,
  ruleSchema,
  socketSchema,
  sysctlsSchema,
} from './records.ts';

const section = <T extends v.GenericSchema>(schema: T) => v.nullable(v.array(schema));

/**
 * What is read beside the wiring (state.ts): for the node's own namespace with the node, for the others as far as it costs
 * no process each, and whole on demand. A part is null where it was not read.
 */
const stateSchema = v.object({
  rules6: section(ruleSchema),
  sysctls: v.nullable(sysctlsSchema),
  sockets: section(socketSchema),
  /** The lines of resolv.conf that programs in the namespace go by. */
  resolvConf: v.nullable(v.string()),
  netfilter: section(rulesetSchema),
});
export type NamespaceState = v.InferOutput<typeof stateSchema>;

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
  // Recordings of earlier releases have none of these.
  netconf: v.optional(section(netconfSchema), null),
  vlans: v.optional(section(portVlansSchema), null),
  state: v.optional(v.nullable(stateSchema), null),
});
export type NamespaceSnapshot = v.InferOutput<typeof namespaceSchema>;

const unknownSchema = v.object({
  namespace: v.nullable(v.string()),
  what: v.string(),
  reason: v.string(),
  remedy: v.nullable(v.string()),
});

export type UnknownRecord = v.InferOutput<typeof unknownSchema>;

const nodeSchema = v.object({
  hostname: v.string(),
  kernel: v.string(),
  os: v.string(),
  iproute2: v.string(),
  privilege: v.picklist(['root', 'sudo', 'none']),
});
export type NodeRecord = v.InferOutput<typeof nodeSchema>;

/** A container runtime that was asked for names. */
const runtimeSchema = v.object({
  name: v.picklist(['podman', 'docker', 'crictl', 'nerdctl']),
  /** Why it did not answer; null where it did. */
  problem: v.nullable(v.string()),
  askedAt: v.string(),
});
export type RuntimeRecord = v.InferOutput<typeof runtimeSchema>;

/** A process that holds the other end of a tun or tap device; the device's namespace is not told. */
const tunHolderSchema = v.object({ link: v.string(), pid: v.number(), name: v.string() });
export type TunHolderRecord = v.InferOutput<typeof tunHolderSchema>;

/** The `.patchbay.json` file. */
export const snapshotSchema = v.object({
  format: v.literal('patchbay-snapshot'),
  version: v.literal(1),
  takenAt: v.string(),
  node: nodeSchema,
  namespaces: v.array(namespaceSchema),
  containers: v.optional(v.array(containerSchema), []),
  runtimes: v.optional(v.array(runtimeSchema), []),
  tunHolders: v.optional(v.array(tunHolderSchema), []),
  /** When what is in `state` was read; null where it was not. */
  stateReadAt: v.optional(v.nullable(v.string()), null),
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
