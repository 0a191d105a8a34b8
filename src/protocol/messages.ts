/** Every message between the extension host and the topology panel. Plain data, structured-clone safe. */
import type { Comparison } from '../topology/comparison.ts';
import type { Finding, Proof } from '../topology/finding.ts';
import type { LinkId, LinkStatistics, NamespaceId, Topology } from '../topology/topology.ts';
import type { Trace } from '../trace/trace.ts';
import type { Verification } from '../verify/verification.ts';
import type { TopologyPatch } from './topologyPatch.ts';

/** What is selected in tree and panel: a namespace's box or a link. */
export type Selection =
  { readonly kind: 'namespace'; readonly id: NamespaceId } | { readonly kind: 'link'; readonly id: LinkId };

export type ConnectionState =
  | { readonly kind: 'empty' }
  | { readonly kind: 'connecting'; readonly label: string }
  | { readonly kind: 'live'; readonly label: string }
  | { readonly kind: 'recording'; readonly label: string }
  | { readonly kind: 'lost'; readonly label: string; readonly message: string; readonly since: string }
  | { readonly kind: 'failed'; readonly label: string; readonly message: string };

/** When something changed. Instants are milliseconds since the epoch, by the clock of the machine of the extension host. */
export interface TimelineMoment {
  /** Rises with time. */
  readonly id: number;
  readonly atMs: number;
  /** What somebody changed, and what tables learned from traffic by themselves. */
  readonly changes: number;
  readonly learned: number;
}

export interface TimelineMark {
  readonly id: number;
  readonly atMs: number;
  readonly label: string;
  readonly by: 'user' | 'debugger';
  /** The moment it stands for; null where that is before all that is kept. */
  readonly moment: TimelineMoment['id'] | null;
}

export interface Timeline {
  /** Those after the last ones that were told, or all of them where `whole`. */
  readonly moments: readonly TimelineMoment[];
  readonly whole: boolean;
  /** Older ones are no longer kept. */
  readonly firstId: TimelineMoment['id'];
  readonly marks: readonly TimelineMark[];
  /** Times without a connection; `toMs` is null while it lasts. */
  readonly gaps: readonly { readonly fromMs: number; readonly toMs: number | null }[];
  /** What was before this had to go to stay within the memory; null where nothing had. */
  readonly droppedUntilMs: number | null;
  /** The moment that was the newest when people last looked away; null where they did not. */
  readonly lookedAt: TimelineMoment['id'] | null;
}

/** A process that is being debugged, and where it is. */
export interface DebuggedProcess {
  readonly namespace: NamespaceId;
  /** "server.js [4711]". */
  readonly label: string;
}

/** What is compared: the topology of a moment with that of a later one, or with what is now. */
export interface ComparisonRequest {
  readonly from: TimelineMoment['id'];
  readonly to: TimelineMoment['id'] | null;
}

/** A finding as the page shows it: its records are in the topology, and its mend is the host's to carry out. */
export interface ShownFinding extends Omit<Finding, 'evidence' | 'mend'> {
  readonly evidence: readonly Pick<Proof, 'text'>[];
  readonly mend: {
    readonly title: string;
    /** As one would type them. */
    readonly commands: readonly string[];
  } | null;
}

/** Something that was not looked at, and in how many namespaces. */
export interface ShownGap {
  readonly what: string;
  readonly namespaces: number;
  readonly reason: string;
  readonly remedy: string | null;
}

/** What is wrong with the topology on screen. */
export interface ShownDiagnosis {
  /** Worst first. */
  readonly findings: readonly ShownFinding[];
  readonly unchecked: readonly ShownGap[];
}

/** One of the traces that are kept, as it is chosen from a list. */
export interface KeptTrace {
  readonly id: Trace['id'];
  /** ISO 8601. */
  readonly startedAt: string;
  readonly title: string;
  readonly end: 'delivered' | 'lost' | 'predicted';
}

/** Where a trace first differs from the last that was delivered between its ends. */
export interface TraceDifference {
  readonly text: string;
  /** Those of the step; empty where the way as foretold ends there. */
  readonly links: readonly LinkId[];
}

/** What the host can do with a trace, beside copying it. */
export interface TraceAbilities {
  /** There is one that was delivered between the same ends before. */
  readonly compare: boolean;
  readonly saveCapture: boolean;
}

/** A picture of the graph: what the panel shows of it, as it looks there, or all of it. */
export interface PictureRequest {
  readonly format: 'svg' | 'png';
  readonly part: 'seen' | 'whole';
}

/** What the page is asked to do; each is answered by one `response` with its id. */
export type PageRequest =
  | { readonly draw: PictureRequest }
  /** Put what the panel shows on the clipboard, as a PNG. */
  | { readonly copyPicture: true };

/** Extension host → page. */
export type ToPanel =
  /** `node` is the key under which the host finds this node again after a reload; the page keeps it. */
  | { readonly type: 'state'; readonly state: ConnectionState; readonly node?: string | null }
  /** `complete` is false while namespaces are still arriving. */
  | { readonly type: 'topology'; readonly topology: Topology; readonly complete: boolean }
  /** The same for the topology that the page was sent last; one that has none asks for all by `ready`. */
  | { readonly type: 'topologyPatch'; readonly patch: TopologyPatch; readonly complete: boolean }
  | { readonly type: 'select'; readonly selection: Selection | null; readonly reveal: boolean }
  /** The trace that is shown; `kept` are all there are, newest first, and `difference` is told of one that was lost. */
  | {
      readonly type: 'trace';
      readonly trace: Trace | null;
      readonly kept?: readonly KeptTrace[];
      readonly can?: TraceAbilities;
      readonly difference?: TraceDifference | null;
    }
  | { readonly type: 'traceRunning'; readonly title: string }
  /** The last one; null before the first. */
  | { readonly type: 'verification'; readonly verification: Verification | null }
  /** One is under way; `of` is 0 until it is known. */
  | { readonly type: 'verifying'; readonly done: number; readonly of: number }
  /** The counters of links as of `atMs`, by the clock of the extension host; those that could not be read are left out. */
  | {
      readonly type: 'counters';
      readonly atMs: number;
      readonly links: readonly { readonly link: LinkId; readonly statistics: LinkStatistics }[];
    }
  /** Comes with each change of it. */
  | { readonly type: 'timeline'; readonly timeline: Timeline }
  /** Compare these moments; `to` is null for the present. */
  | ({ readonly type: 'compare' } & ComparisonRequest)
  | { readonly type: 'debugged'; readonly processes: readonly DebuggedProcess[] }
  /** Of the topology as it is now; comes with each change of it. */
  | { readonly type: 'findings'; readonly diagnosis: ShownDiagnosis }
  | ({ readonly type: 'request'; readonly id: number } & PageRequest)
  | Response;

/** The answer to one request. `error` says why there is no other. */
export interface Response {
  readonly type: 'response';
  readonly id: number;
  readonly error: string | null;
  /** To `moment`. */
  readonly topology?: Topology;
  /** To `compare`. */
  readonly comparison?: Comparison;
  /** To both: what was wrong at the moment, or at the later of the two. */
  readonly diagnosis?: ShownDiagnosis;
}

/** The page's answer to one request. */
export interface PageResponse {
  readonly type: 'response';
  readonly id: number;
  readonly error: string | null;
  /** To `draw`: the file's content. */
  readonly picture?: Uint8Array;
}

/** Commands the page may ask for; the host checks them against this list again. */
export type PanelCommand =
  | 'patchbay.node.connect'
  | 'patchbay.node.connectLab'
  | 'patchbay.node.connectLocal'
  | 'patchbay.snapshot.open'
  | 'patchbay.node.refresh'
  | 'patchbay.node.reconnect'
  | 'patchbay.node.diagnose'
  | 'patchbay.node.verify'
  | 'patchbay.pod.create'
  | 'patchbay.pod.delete'
  | 'patchbay.trace.ping'
  | 'patchbay.trace.again'
  | 'patchbay.trace.compare'
  | 'patchbay.trace.copyMarkdown'
  | 'patchbay.trace.saveCapture'
  | 'patchbay.history.mark'
  | 'patchbay.trace.from'
  | 'patchbay.namespace.openShell'
  | 'patchbay.panel.export'
  | 'patchbay.panel.showOutput';

/** Page → extension host. Each `request` is answered by one `response` with its id. */
export type FromPanel =
  | { readonly type: 'ready' }
  | { readonly type: 'selected'; readonly selection: Selection | null }
  | PageResponse
  | {
      readonly type: 'request';
      readonly id: number;
      readonly command: PanelCommand;
      readonly selection: Selection | null;
      /** The trace that it is about. */
      readonly trace?: Trace['id'];
    }
  /** Show another of the traces that are kept. */
  | { readonly type: 'request'; readonly id: number; readonly recall: Trace['id'] }
  | { readonly type: 'request'; readonly id: number; readonly copy: string }
  /** Trace a ping from a namespace to another, or to an address. */
  | {
      readonly type: 'request';
      readonly id: number;
      readonly ping: { readonly from: NamespaceId; readonly to: string };
    }
  /** What was at a moment. */
  | { readonly type: 'request'; readonly id: number; readonly moment: TimelineMoment['id'] }
  | { readonly type: 'request'; readonly id: number; readonly compare: ComparisonRequest }
  /** All there is now has been seen. */
  | { readonly type: 'request'; readonly id: number; readonly looked: true }
  /** Show the commands that mend a finding, a cause of a trace among them, and run them when people say so. */
  | { readonly type: 'request'; readonly id: number; readonly mend: string }
  /** Run the command that the item's list of them has under this line; nothing else runs. */
  | {
      readonly type: 'request';
      readonly id: number;
      readonly run: string;
      readonly selection: Selection | null;
    }
  /** Tell the counters of so many links at most, in a message of their own. */
  | { readonly type: 'request'; readonly id: number; readonly counters: readonly LinkId[] }
  /** Read what of a namespace is read on demand: the answer comes after the topology that has it. */
  | { readonly type: 'request'; readonly id: number; readonly details: NamespaceId };

/** No request for counters names more links: each namespace of theirs takes a process on the node. */
export const mostCounted = 128;

/** What the page keeps across reloads through `setState`. */
export interface PanelState {
  /** As the host named it in the last `state` message; null where no node was shown. */
  readonly node: string | null;
  readonly selection?: Selection | null;
}
