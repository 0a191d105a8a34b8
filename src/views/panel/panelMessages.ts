/** Pure: what the page sends, checked before anything is done with it. */
import * as v from 'valibot';
import { mostCounted, type FromPanel, type PanelCommand, type PanelState } from '../../protocol/messages.ts';

/** Every command that the page may ask for; the compiler holds it against the protocol. */
const panelCommands = {
  'patchbay.node.connect': true,
  'patchbay.node.connectLab': true,
  'patchbay.node.connectLocal': true,
  'patchbay.snapshot.open': true,
  'patchbay.node.refresh': true,
  'patchbay.node.reconnect': true,
  'patchbay.node.diagnose': true,
  'patchbay.node.verify': true,
  'patchbay.pod.create': true,
  'patchbay.pod.delete': true,
  'patchbay.trace.ping': true,
  'patchbay.trace.again': true,
  'patchbay.trace.compare': true,
  'patchbay.trace.copyMarkdown': true,
  'patchbay.trace.saveCapture': true,
  'patchbay.history.mark': true,
  'patchbay.trace.from': true,
  'patchbay.namespace.openShell': true,
  'patchbay.panel.export': true,
  'patchbay.panel.showOutput': true,
} satisfies Record<PanelCommand, true>;

export const selectionSchema = v.strictObject({ kind: v.picklist(['namespace', 'link']), id: v.string() });

const idSchema = v.pipe(v.number(), v.safeInteger());

const commandSchema = v.picklist(Object.keys(panelCommands) as PanelCommand[]);

const comparisonSchema = v.strictObject({ from: idSchema, to: v.nullable(idSchema) });

const fromPanelSchema = v.union([
  v.strictObject({ type: v.literal('ready') }),
  v.strictObject({ type: v.literal('selected'), selection: v.nullable(selectionSchema) }),
  v.strictObject({
    type: v.literal('response'),
    id: idSchema,
    error: v.nullable(v.string()),
    picture: v.exactOptional(v.instance(Uint8Array)),
  }),
  v.strictObject({
    type: v.literal('request'),
    id: idSchema,
    command: commandSchema,
    selection: v.nullable(selectionSchema),
    trace: v.exactOptional(v.string()),
  }),
  v.strictObject({ type: v.literal('request'), id: idSchema, recall: v.string() }),
  v.strictObject({ type: v.literal('request'), id: idSchema, copy: v.string() }),
  v.strictObject({
    type: v.literal('request'),
    id: idSchema,
    ping: v.strictObject({ from: v.string(), to: v.string() }),
  }),
  v.strictObject({ type: v.literal('request'), id: idSchema, moment: idSchema }),
  v.strictObject({ type: v.literal('request'), id: idSchema, compare: comparisonSchema }),
  v.strictObject({ type: v.literal('request'), id: idSchema, looked: v.literal(true) }),
  v.strictObject({
    type: v.literal('request'),
    id: idSchema,
    run: v.string(),
    selection: v.nullable(selectionSchema),
  }),
  v.strictObject({
    type: v.literal('request'),
    id: idSchema,
    counters: v.pipe(v.array(v.string()), v.maxLength(mostCounted)),
  }),
  v.strictObject({ type: v.literal('request'), id: idSchema, details: v.string() }),
  v.strictObject({ type: v.literal('request'), id: idSchema, mend: v.string() }),
]);

/** A request that asks for something else: it is answered all the same. */
export interface Refused {
  readonly type: 'refused';
  readonly id: number;
}

/** Reads a message of the page; null for what can neither be understood nor answered. */
export function parseFromPanel(message: unknown): FromPanel | Refused | null {
  const parsed = v.safeParse(fromPanelSchema, message);
  if (parsed.success) {
    return parsed.output;
  }
  const request = v.safeParse(v.object({ type: v.literal('request'), id: idSchema }), message);
  return request.success ? { type: 'refused', id: request.output.id } : null;
}

const panelStateSchema = v.object({
  node: v.fallback(v.nullable(v.string()), null),
  selection: v.fallback(v.nullable(selectionSchema), null),
});

/** What a page showed before a reload; nulls where it showed nothing. */
export function parsePanelState(state: unknown): PanelState {
  const parsed = v.safeParse(panelStateSchema, state);
  return parsed.success ? parsed.output : { node: null, selection: null };
}
