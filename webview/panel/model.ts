/** What the panel shows at the moment. The parts write to it and listen to it, and so need not know each other. */
import type {
  ConnectionState,
  DebuggedProcess,
  KeptTrace,
  Selection,
  TraceAbilities,
  TraceDifference,
} from '../../src/protocol/messages.ts';
import type { ChangeEntry } from '../../src/topology/changeEntry.ts';
import type { LinkId, Topology } from '../../src/topology/topology.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { noFindings, type FindingIndex } from '../graph/findings.ts';
import type { Matches } from '../graph/search.ts';
import type { Moves } from '../layout/moves.ts';
import type { NamespacePair, Picture } from '../render/emphasis.ts';
import { Observable } from './observable.ts';

export type TraceView =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly title: string }
  | {
      readonly kind: 'done';
      readonly trace: Trace;
      /** All that are kept, newest first. */
      readonly kept: readonly KeptTrace[];
      readonly can: TraceAbilities;
      /** From the last trace between the same ends that was delivered. */
      readonly difference: TraceDifference | null;
    };

/** What is on screen in place of the present, with what was wrong then; of two moments, at the later one. */
export type Past = { readonly topology: Topology; readonly findings: FindingIndex } & (
  | { readonly kind: 'moment'; readonly atMs: number }
  | {
      readonly kind: 'comparison';
      readonly fromMs: number;
      /** Null for the present. */
      readonly toMs: number | null;
      readonly entries: readonly ChangeEntry[];
    }
);

export class PanelModel {
  readonly connection = new Observable<ConnectionState>({ kind: 'empty' });
  /** What came last of the node that is shown; its picture follows when it is laid out. */
  readonly topology = new Observable<Topology | null>(null);
  /** Null while the present is shown: news of it move the picture only then. */
  readonly past = new Observable<Past | null>(null);
  readonly debugged = new Observable<readonly DebuggedProcess[]>([]);
  readonly picture = new Observable<Picture | null>(null);
  readonly selection = new Observable<Selection | null>(null);
  readonly hover = new Observable<Selection | null>(null);
  readonly matches = new Observable<Matches | null>(null);
  /** True where what a search did not find is not drawn; else it is dimmed. */
  readonly hideOthers = new Observable(false);
  /** Ids of the groups and namespaces that are collapsed. */
  readonly collapsed = new Observable<ReadonlySet<string>>(new Set());
  readonly moves = new Observable<Moves>({});
  /** What alone is shown, with what it reaches; null for everything. */
  readonly focus = new Observable<Selection | null>(null);
  /** Of what is on screen. */
  readonly findings = new Observable<FindingIndex>(noFindings);
  readonly trace = new Observable<TraceView>({ kind: 'none' });
  /** The ends of the cell of the verification's matrix that is pointed at. */
  readonly pair = new Observable<NamespacePair | null>(null);
  /** Links of the step of the trace that is told. */
  readonly traceRow = new Observable<readonly LinkId[] | null>(null);
}
