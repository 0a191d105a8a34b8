/** Pure: the arguments of commands: from menus, the panel, keybindings and other extensions. */
import * as v from 'valibot';
import { selectionSchema } from '../views/panel/panelMessages.ts';
import { targetSchema } from '../views/targetSchema.ts';
import { exportFormatNames } from '../topology/export/formats.ts';
import { PatchbayError } from '../util/errors.ts';

/** Every command takes these: the node it is about (default: the active one), and the thing on it. */
const itemEntries = {
  node: v.exactOptional(v.string()),
  selection: v.optional(v.nullable(selectionSchema)),
  /** The address of an entry of a forwarding table, whose selection is its port. */
  mac: v.exactOptional(v.string()),
  /** The id of a finding. */
  finding: v.exactOptional(v.string()),
};

export const itemArgument = v.strictObject(itemEntries);
export type ItemArgument = v.InferOutput<typeof itemArgument>;

export const connectArgument = v.strictObject({
  ...itemEntries,
  target: v.exactOptional(targetSchema),
  /** Private keys to try first, and files in place of the usual known_hosts. */
  identityFiles: v.exactOptional(v.array(v.string())),
  knownHostsFiles: v.exactOptional(v.array(v.string())),
});
export type ConnectArgument = v.InferOutput<typeof connectArgument>;

export const openSnapshotArgument = v.strictObject({ ...itemEntries, path: v.exactOptional(v.string()) });

export const saveSnapshotArgument = v.strictObject({
  ...itemEntries,
  path: v.exactOptional(v.string()),
  /** Whether to replace addresses and names; asked for where neither this nor `path` is given. */
  redact: v.exactOptional(v.boolean()),
});

export const diagnoseArgument = v.strictObject({
  ...itemEntries,
  /** False: only returns what was found. */
  list: v.exactOptional(v.boolean()),
});

export const verifyArgument = v.strictObject({
  ...itemEntries,
  /** One family of addresses alone. */
  family: v.exactOptional(v.picklist([4, 6])),
  /** Above so many pairs a sample is probed; the same seed chooses the same one. */
  limit: v.exactOptional(v.number()),
  seed: v.exactOptional(v.number()),
  /** The pods that are meant, by the ids of their namespaces. */
  pods: v.exactOptional(v.array(v.string())),
});

export const mendFindingArgument = v.strictObject({
  ...itemEntries,
  /** True: run without asking. */
  confirmed: v.exactOptional(v.boolean()),
});

export const createPodArgument = v.strictObject({
  ...itemEntries,
  /** One name, or one for each pod. */
  name: v.exactOptional(v.union([v.string(), v.array(v.string())])),
  /** How many pods with suggested names. */
  count: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** The name of a bridge of the node; one that does not exist is made, with `subnet`. */
  bridge: v.exactOptional(v.string()),
  subnet: v.exactOptional(v.string()),
  /** The first pod's address; the other pods get the next free ones. */
  address: v.exactOptional(v.string()),
  /** True: run without showing the commands first. */
  confirmed: v.exactOptional(v.boolean()),
});
export type CreatePodArgument = v.InferOutput<typeof createPodArgument>;

export const deletePodArgument = v.strictObject({
  ...itemEntries,
  name: v.exactOptional(v.string()),
  withBridge: v.exactOptional(v.boolean()),
  /** True: run without asking. */
  confirmed: v.exactOptional(v.boolean()),
});
export type DeletePodArgument = v.InferOutput<typeof deletePodArgument>;

export const exportArgument = v.strictObject({
  ...itemEntries,
  path: v.exactOptional(v.string()),
  format: v.exactOptional(v.picklist([...exportFormatNames, 'svg', 'png'])),
  /** Of a picture: what the panel shows as it looks there, or the whole graph; the whole where it is left out. */
  part: v.exactOptional(v.picklist(['seen', 'whole'])),
});

export const setLinkArgument = v.strictObject({
  ...itemEntries,
  /** True: run without asking. */
  confirmed: v.exactOptional(v.boolean()),
});

export const showCommandsArgument = v.strictObject({
  ...itemEntries,
  /** One of the commands, as it is listed: runs without asking which. */
  line: v.exactOptional(v.string()),
});

export const tracePingArgument = v.strictObject({
  ...itemEntries,
  /** "web", "node", a namespace's id, or an address. */
  from: v.exactOptional(v.string()),
  to: v.exactOptional(v.string()),
});
export type TracePingArgument = v.InferOutput<typeof tracePingArgument>;

export const tracePacketArgument = v.strictObject({
  ...tracePingArgument.entries,
  /** What to send; asked for where it is left out. */
  probe: v.exactOptional(
    v.variant('kind', [
      v.strictObject({
        kind: v.literal('icmp'),
        payloadBytes: v.exactOptional(v.number()),
        dontFragment: v.exactOptional(v.boolean()),
        count: v.exactOptional(v.number()),
        intervalMs: v.exactOptional(v.number()),
        ttl: v.exactOptional(v.number()),
      }),
      v.strictObject({ kind: v.picklist(['tcp', 'udp']), port: v.number() }),
    ]),
  ),
});

export const traceAgainArgument = v.strictObject({
  ...itemEntries,
  /** The id of a trace; the last one where it is left out. */
  trace: v.exactOptional(v.string()),
});

export const traceArgument = v.strictObject({
  ...traceAgainArgument.entries,
  /** Where to save; asked for where it is left out. */
  path: v.exactOptional(v.string()),
});
export type TraceArgument = v.InferOutput<typeof traceArgument>;

export const markArgument = v.strictObject({
  ...itemEntries,
  label: v.exactOptional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200))),
});

export const compareArgument = v.strictObject({
  ...itemEntries,
  /** Ids of moments of the session's history; the present where `to` is left out. */
  from: v.exactOptional(v.number()),
  to: v.exactOptional(v.number()),
});

/**
 * Reads a command's argument. The palette gives none; a menu of the tree gives a row, and one of the panel the context
 * that its page names: both count as the node and selection they stand for. Throws `bad-input` that says which part is wrong.
 */
export function parseArgument<T>(schema: v.GenericSchema<unknown, T>, argument: unknown): T {
  const parsed = v.safeParse(schema, withoutMenu(argument) ?? {});
  if (parsed.success) {
    return parsed.output;
  }
  const [issue] = parsed.issues;
  const place = v.getDotPath(issue);
  throw new PatchbayError('bad-input', `The command's argument is not right: ${issue.message}`, {
    ...(place === null ? {} : { hint: `Look at "${place}".` }),
  });
}

const menuSchema = v.object({
  ...itemEntries,
  node: v.exactOptional(v.nullable(v.string())),
  subject: v.optional(v.object({ entry: v.optional(v.object({ mac: v.optional(v.string()) })) })),
});
const rowSchema = v.object({ key: v.string(), parent: v.nullable(v.string()), ...menuSchema.entries });
/** VS Code names the webview's type; the rest is the page's `data-vscode-context`. */
const pageSchema = v.object({ webview: v.string(), ...menuSchema.entries });

function withoutMenu(argument: unknown): unknown {
  const menu = v.safeParse(v.union([rowSchema, pageSchema]), argument);
  if (!menu.success) {
    return argument;
  }
  const { node, selection, subject, finding } = menu.output;
  const mac = subject?.entry?.mac;
  return {
    ...(node === null || node === undefined ? {} : { node }),
    selection,
    ...(mac === undefined ? {} : { mac }),
    ...(finding === undefined ? {} : { finding }),
  };
}
