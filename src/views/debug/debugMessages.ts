/** Pure: what passes between VS Code and a debug adapter (Debug Adapter Protocol), as far as it is of use here. */
import * as v from 'valibot';

/** The debugger stopped; `located` follows as soon as VS Code has asked where. */
export interface DebugStop {
  /** Counts the stops of one session. */
  readonly number: number;
  /** "breakpoint", "step", "exception" … */
  readonly reason: string;
}

export interface DebugListener {
  stopped(stop: DebugStop): void;
  /** "server.js:42": the innermost frame that has a source. */
  located(stop: DebugStop, place: string): void;
  started(process: { readonly pid: number; readonly program: string }): void;
}

const stoppedSchema = v.object({
  type: v.literal('event'),
  event: v.literal('stopped'),
  body: v.object({ reason: v.string(), threadId: v.optional(v.number()) }),
});

const processSchema = v.object({
  type: v.literal('event'),
  event: v.literal('process'),
  body: v.object({
    name: v.string(),
    systemProcessId: v.pipe(v.number(), v.integer(), v.minValue(1)),
    isLocalProcess: v.optional(v.boolean(), true),
  }),
});

const stackRequestSchema = v.object({
  type: v.literal('request'),
  seq: v.number(),
  command: v.literal('stackTrace'),
  arguments: v.object({ threadId: v.number(), startFrame: v.optional(v.number(), 0) }),
});

const stackResponseSchema = v.object({
  type: v.literal('response'),
  request_seq: v.number(),
  command: v.literal('stackTrace'),
  body: v.object({
    stackFrames: v.array(
      v.object({
        line: v.number(),
        source: v.optional(v.object({ name: v.optional(v.string()), path: v.optional(v.string()) })),
      }),
    ),
  }),
});

/** Follows one session by what VS Code and its adapter say to each other anyway: nothing is asked on top of it. */
export class DebugReader {
  readonly #listener: DebugListener;
  #count = 0;
  #waiting: { readonly stop: DebugStop; readonly threadId: number | undefined } | null = null;
  readonly #asked = new Map<number, DebugStop>();

  constructor(listener: DebugListener) {
    this.#listener = listener;
  }

  toAdapter(message: unknown): void {
    const waiting = this.#waiting;
    const request = waiting && v.safeParse(stackRequestSchema, message);
    if (request?.success !== true) {
      return;
    }
    const { threadId, startFrame } = request.output.arguments;
    if (startFrame === 0 && (waiting?.threadId ?? threadId) === threadId && waiting) {
      this.#asked.set(request.output.seq, waiting.stop);
    }
  }

  fromAdapter(message: unknown): void {
    if (v.is(stoppedSchema, message)) {
      const stop = { number: ++this.#count, reason: message.body.reason };
      this.#waiting = { stop, threadId: message.body.threadId };
      this.#asked.clear();
      this.#listener.stopped(stop);
    } else if (v.is(stackResponseSchema, message)) {
      this.#locate(message);
    } else {
      this.#start(message);
    }
  }

  #locate({ request_seq, body }: v.InferOutput<typeof stackResponseSchema>): void {
    const stop = this.#asked.get(request_seq);
    const frame = body.stackFrames.find(({ source }) => source?.path ?? source?.name);
    if (stop && frame?.source && this.#waiting?.stop === stop) {
      this.#waiting = null;
      this.#asked.clear();
      const file = frame.source.name ?? frame.source.path ?? '';
      this.#listener.located(stop, `${file.split(/[\\/]/).at(-1) ?? file}:${frame.line}`);
    }
  }

  #start(message: unknown): void {
    const parsed = v.safeParse(processSchema, message);
    if (parsed.success && parsed.output.body.isLocalProcess) {
      const { systemProcessId: pid, name: program } = parsed.output.body;
      this.#listener.started({ pid, program });
    }
  }
}

/**
 * The process of a session of VS Code's own JavaScript debugger, which sends no `process` event: it names a session of a
 * process "server.js [4711]" (vscode-js-debug, NodeTarget), and VS Code adds the name of the session above it: " « Launch". Null for any other.
 */
export function processOfSessionName(
  type: string,
  name: string,
): { readonly pid: number; readonly program: string } | null {
  const [, program, pid] = type === 'pwa-node' ? (/^(\S.*?) \[([1-9]\d*)\](?: « .*)?$/.exec(name) ?? []) : [];
  return program === undefined ? null : { program, pid: Number(pid) };
}
