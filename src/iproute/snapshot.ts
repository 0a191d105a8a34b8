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
  ovsPortSchema,
  portVlansSchema,
  processSchema,
  routeSchema,
  rulesetSchema,
  ruleSchema,
  socketSchema,
  sysctlsSchema,
  teamSchema,
  wireguardSchema,
} from './records.ts';

const section = <T extends v.GenericSchema>(schema: T) => v.nullable(v.array(schema));

/**
 * What is read beside the wiring (state.ts): for the node's own namespace with the node, for the others as far as it costs
 * no process each, and whole on demand. A part is null where it was not read.
 */
const stateSchema = v.looseObject({
  rules6: section(ruleSchema),
  sysctls: v.nullable(sysctlsSchema),
  sockets: section(socketSchema),
  /** The lines of resolv.conf that programs in the namespace go by. */
  resolvConf: v.nullable(v.string()),
  netfilter: section(rulesetSchema),
  /** When all of it was read at once, on demand; null where that was not so. */
  detailsReadAt: v.optional(v.nullable(v.string()), null),
});
export type NamespaceState = v.InferOutput<typeof stateSchema>;

/** One namespace as read. A section that could not be read is null, and `unknown` says why. */
const namespaceSchema = v.looseObject({
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
  /** What programs of user space tell (overlays.ts); null where none was asked. */
  wireguard: v.optional(section(wireguardSchema), null),
  ovsPorts: v.optional(section(ovsPortSchema), null),
  teams: v.optional(section(teamSchema), null),
});
export type NamespaceSnapshot = v.InferOutput<typeof namespaceSchema>;

const unknownSchema = v.looseObject({
  namespace: v.nullable(v.string()),
  what: v.string(),
  reason: v.string(),
  remedy: v.nullable(v.string()),
});

export type UnknownRecord = v.InferOutput<typeof unknownSchema>;

const nodeSchema = v.looseObject({
  hostname: v.string(),
  kernel: v.string(),
  os: v.string(),
  iproute2: v.string(),
  privilege: v.picklist(['root', 'sudo', 'none']),
});
export type NodeRecord = v.InferOutput<typeof nodeSchema>;

/** A container runtime that was asked for names. */
const runtimeSchema = v.looseObject({
  name: v.picklist(['podman', 'docker', 'crictl', 'nerdctl']),
  /** Why it did not answer; null where it did. */
  problem: v.nullable(v.string()),
  askedAt: v.string(),
});
export type RuntimeRecord = v.InferOutput<typeof runtimeSchema>;

/** A process that holds the other end of a tun or tap device; the device's namespace is not told. */
const tunHolderSchema = v.looseObject({ link: v.string(), pid: v.number(), name: v.string() });
export type TunHolderRecord = v.InferOutput<typeof tunHolderSchema>;

/** A trace (docs/trace.schema.json), and the frames that it captured: a pcapng file in base64, null without one. */
const tracedSchema = v.looseObject({ trace: v.unknown(), capture: v.nullable(v.string()) });

/** What this release writes, and the only one it reads. A later one may mean something else by the same fields. */
const snapshotVersion = 1;

const header = {
  format: v.literal('patchbay-snapshot'),
  version: v.literal(snapshotVersion),
  /** ISO 8601 instant, by the clock of the machine Patchbay ran on. */
  takenAt: v.string(),
};

/** Everything read from one node at one moment. Fields that this release does not know are kept as they came. */
const snapshotSchema = v.looseObject({
  ...header,
  node: nodeSchema,
  namespaces: v.array(namespaceSchema),
  containers: v.optional(v.array(containerSchema), []),
  runtimes: v.optional(v.array(runtimeSchema), []),
  tunHolders: v.optional(v.array(tunHolderSchema), []),
  /** When what is in `state` was read; null where it was not. */
  stateReadAt: v.optional(v.nullable(v.string()), null),
  /** Traces, checked by whoever shows them. */
  traces: v.exactOptional(v.array(tracedSchema)),
  /** Verifications (docs/verify.schema.json), likewise. */
  verifications: v.exactOptional(v.array(v.unknown())),
  unknown: v.array(unknownSchema),
});
export type Snapshot = v.InferOutput<typeof snapshotSchema>;

/** A snapshot made small: `data` is its JSON text, gzipped (RFC 1952), in lines of base64 (RFC 4648, section 4). */
const packedSnapshotSchema = v.looseObject({
  ...header,
  encoding: v.literal('gzip-base64'),
  data: v.array(v.string()),
});
export type PackedSnapshot = v.InferOutput<typeof packedSnapshotSchema>;

/** The `.patchbay.json` file: a snapshot as it is, or packed. */
export const snapshotFileSchema = v.union([packedSnapshotSchema, snapshotSchema]);

/**
 * Reads the text of a `.patchbay.json` file; throws PatchbayError `bad-file` that says what is wrong with it: also
 * where a later release wrote it.
 */
export function parseSnapshotFile(text: string): Snapshot | PackedSnapshot {
  const value = parseJson(text);
  requireVersion(value);
  const schema = isPacked(value) ? packedSnapshotSchema : snapshotSchema;
  const result = v.safeParse<typeof packedSnapshotSchema | typeof snapshotSchema>(schema, value);
  if (!result.success) {
    const [issue] = result.issues;
    throw new PatchbayError('bad-file', `The recording is not a Patchbay snapshot: ${issue.message}`, {
      hint: `Look at ${v.getDotPath(issue) ?? 'the top level'} of the file.`,
    });
  }
  return result.output;
}

/** Reads the text of a snapshot that is not packed; throws as {@link parseSnapshotFile} does. */
export function parseSnapshot(text: string): Snapshot {
  const file = parseSnapshotFile(text);
  if (isPacked(file)) {
    throw new PatchbayError('bad-file', 'The recording holds another recording in place of a snapshot.');
  }
  return file;
}

/** Tells the two forms of the file apart. */
export function isPacked(file: unknown): file is PackedSnapshot {
  return typeof file === 'object' && file !== null && 'encoding' in file;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PatchbayError('bad-file', 'The recording is not valid JSON.', {
      cause: error,
      detail: String(error),
    });
  }
}

/** Before anything else is looked at: what a later release wrote must not read as damaged. */
function requireVersion(value: unknown): void {
  const result = v.safeParse(v.looseObject({ format: header.format, version: v.number() }), value);
  if (result.success && result.output.version > snapshotVersion) {
    throw new PatchbayError(
      'bad-file',
      `The recording has version ${result.output.version}; this Patchbay reads version ${snapshotVersion}.`,
      { hint: 'A later release of Patchbay wrote it: update Patchbay to open it.' },
    );
  }
}

/** The text of a snapshot that is not packed. */
export function formatSnapshot(snapshot: Snapshot): string {
  return `${JSON.stringify(snapshot)}\n`;
}
