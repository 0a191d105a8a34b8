import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type {
  ComparisonRequest,
  ConnectionState,
  DebuggedProcess,
  FromPanel,
  PanelCommand,
  PanelState,
  PictureRequest,
  Response,
  Selection,
  ToPanel,
} from '../../protocol/messages.ts';
import type { DetailsReader } from '../../session/detailsReader.ts';
import type { Diagnoses } from '../../session/diagnoses.ts';
import type { NodeEntry, NodeId, NodeRegistry } from '../../session/nodeRegistry.ts';
import { DisposableStore, type Disposable } from '../../util/disposable.ts';
import { describeError } from '../../util/errors.ts';
import type { Event } from '../../util/event.ts';
import { Coalescer } from '../../util/scheduler.ts';
import { makePatch } from '../../protocol/makeTopologyPatch.ts';
import type { LinkId, Topology } from '../../topology/topology.ts';
import { sameSelection, type SelectionService } from '../selectionService.ts';
import { plainText } from '../text.ts';
import type { LastLooks } from './lastLooks.ts';
import { shownDiagnosis } from './panelFindings.ts';
import { panelHtml } from './panelHtml.ts';
import { parseFromPanel } from './panelMessages.ts';
import { PageRequests } from './pageRequests.ts';
import { PanelTimeline } from './panelTimeline.ts';
import { tellTraces } from './panelTraces.ts';

/** What a panel needs of the extension. */
export interface PanelServices {
  readonly extensionUri: vscode.Uri;
  readonly nodes: NodeRegistry;
  readonly selection: SelectionService;
  readonly details: DetailsReader;
  readonly diagnoses: Diagnoses;
  /** Runs a command for the page; what goes wrong in it was shown when this settles. */
  readonly run: (
    command: PanelCommand | 'patchbay.finding.mend' | 'patchbay.item.showCommands',
    argument: {
      node?: NodeId;
      selection?: Selection;
      finding?: string;
      line?: string;
      list?: boolean;
      trace?: string;
      from?: string;
      to?: string;
    },
  ) => Promise<unknown>;
  /** What a panel without its node is about: "Lab", "root@10.0.0.5". */
  readonly labelOf: (node: NodeId) => string;
  readonly looks: LastLooks;
  readonly debugged: DebuggedProcesses;
}

/** What is being debugged on a node. */
export interface DebuggedProcesses {
  readonly of: (node: NodeId) => readonly DebuggedProcess[];
  readonly onDidChange: Event<NodeId>;
}

/** How many pairs are done, of how many; of 0 until that is known. */
interface VerifyProgress {
  readonly done: number;
  readonly of: number;
}

type PanelRequest = Extract<FromPanel, { readonly type: 'request' }>;

/** A picture every tenth of a second is as much as a page can draw; in between, the latest one wins. */
const pace = { delayMs: 15, maxWaitMs: 100 };

/** What a command is not to show because the panel does. */
const panelsOwn: Readonly<Partial<Record<PanelCommand, { readonly list: boolean }>>> = {
  'patchbay.node.diagnose': { list: false },
};

/**
 * One webview panel and the node it shows; it closes when the node is closed. A page may come and go: each one is
 * told everything when it is ready.
 */
export class TopologyPanel implements Disposable {
  readonly node: NodeId | null;
  readonly #panel: vscode.WebviewPanel;
  readonly #services: PanelServices;
  readonly #owned = new DisposableStore();
  readonly #topology: Coalescer;
  readonly #times: Coalescer;
  readonly #asked: PageRequests;
  #timeline: PanelTimeline | null = null;
  /** Asked for before the page was there. */
  #toCompare: ComparisonRequest | null = null;
  #entry: NodeEntry | null = null;
  #following: Disposable | null = null;
  /** What is to be said while its node is not among the open ones. */
  #away: ConnectionState;
  /** It was there before VS Code was reloaded, with all that people have arranged in it. */
  readonly #isRestored: boolean;
  /** What the page has selected: it is brought into sight where that changes. Undefined: in any case. */
  #pageSelection: Selection | null | undefined;
  #tracing: string | null = null;
  /** One of the traces that are kept; null for the last. */
  #trace: string | null = null;
  #verifying: VerifyProgress | null = null;
  #ready = false;
  /** The topology that the page has: it is told what has changed in it. */
  #sent: Topology | null = null;

  /** `kept` is what its page has kept over a reload. */
  constructor(panel: vscode.WebviewPanel, node: NodeId | null, services: PanelServices, kept?: PanelState) {
    this.#panel = panel;
    this.node = node;
    this.#services = services;
    this.#away = node === null ? { kind: 'empty' } : awaySinceRestart(services.labelOf(node));
    this.#isRestored = kept !== undefined;
    this.#pageSelection = kept?.selection ?? null;
    this.#topology = this.#owned.add(new Coalescer(() => this.#postTopology(), pace));
    this.#times = this.#owned.add(new Coalescer(() => this.#postTimeline(), pace));
    this.#asked = this.#owned.add(new PageRequests((message) => this.#post(message)));
    this.#owned.add(panel.webview.onDidReceiveMessage((message) => void this.#receive(message)));
    this.#owned.add(panel.onDidChangeViewState(() => this.#changedView()));
    this.#owned.add(services.nodes.onDidAdd((entry) => this.#adopt(entry)));
    this.#owned.add(services.nodes.onDidRemove((entry) => this.#closeWith(entry)));
    this.#owned.add(services.nodes.onDidChangeState((entry) => entry === this.#entry && this.#postState()));
    this.#owned.add(
      services.selection.onDidChange(
        (change) => change.origin !== 'panel' && this.#postSelection(change.node),
      ),
    );
    this.#owned.add(vscode.window.onDidChangeWindowState(() => this.#look()));
    this.#owned.add(services.debugged.onDidChange((on) => on === this.node && this.#postDebugged()));
    this.#owned.add(
      services.diagnoses.onDidChange((of) => of === this.#entry?.session && this.#postFindings()),
    );
    this.#adopt(node === null ? undefined : services.nodes.get(node));
    this.#showTitle();
    panel.iconPath = icon(services.extensionUri);
    panel.webview.options = { enableScripts: true, localResourceRoots: resourceRoots(services.extensionUri) };
    panel.webview.html = this.#html();
  }

  /** True while its page can be seen. */
  get visible(): boolean {
    return this.#panel.visible;
  }

  get active(): boolean {
    return this.#panel.active;
  }

  reveal(options: { readonly focus: boolean }): void {
    this.#panel.reveal(undefined, !options.focus);
  }

  /** Shows that a trace is under way; null when it ended without a result. */
  showTracing(title: string | null): void {
    this.#tracing = title;
    this.#postTrace();
  }

  #showTrace(id: string | null): void {
    this.#trace = id;
    this.showTracing(null);
  }

  /** Shows how far a verification is; null when it ended. */
  showVerifying(progress: VerifyProgress | null): void {
    this.#verifying = progress;
    this.#postVerification();
  }

  #adopt(entry: NodeEntry | undefined): void {
    if (entry?.id === undefined || entry.id !== this.node) {
      return;
    }
    const listening = new DisposableStore();
    this.#timeline = new PanelTimeline(entry.session);
    listening.add(entry.session.history.onDidChange(() => this.#times.ask()));
    listening.add(entry.session.onDidChangeTopology(() => this.#topology.ask()));
    listening.add(entry.session.onDidTrace(() => this.#showTrace(null)));
    listening.add(entry.session.onDidVerify(() => this.showVerifying(null)));
    this.#following?.dispose();
    this.#following = listening;
    this.#entry = entry;
    this.#replay();
  }

  #closeWith(entry: NodeEntry): void {
    if (entry !== this.#entry) {
      return;
    }
    if (this.#isRestored && entry.state.kind === 'failed') {
      // What people have arranged is not lost because connecting again did not work at once.
      this.#away = connectionState(entry);
      this.#entry = this.#timeline = null;
      this.#postState();
    } else {
      this.#panel.dispose();
    }
  }

  /** A hidden page is gone; it says again when it is ready. */
  #changedView(): void {
    this.#ready &&= this.#panel.visible;
    if (this.#panel.active && this.node !== null) {
      this.#services.nodes.activate(this.node);
    }
    this.#look();
  }

  /** People look at it while it is the active one of a window that has the focus. */
  #look(): void {
    if (this.node !== null) {
      this.#services.looks.set(this.node, this.#panel.active && vscode.window.state.focused);
      this.#times.ask();
    }
  }

  async #receive(message: unknown): Promise<void> {
    const parsed = parseFromPanel(message);
    switch (parsed?.type) {
      case 'ready':
        this.#ready = true;
        this.#timeline?.forget();
        this.#sent = null;
        this.#replay();
        this.#asked.repeat();
        break;
      case 'response':
        this.#asked.settle(parsed);
        break;
      case 'selected':
        this.#select(parsed.selection);
        break;
      case 'request':
        this.#post({ type: 'response', id: parsed.id, ...(await this.#settle(parsed)) });
        break;
      case 'refused':
        this.#post({ type: 'response', id: parsed.id, error: vscode.l10n.t('The panel may not do that.') });
        break;
      case undefined:
        break;
    }
  }

  #select(selection: Selection | null): void {
    this.#pageSelection = selection;
    if (this.node !== null) {
      this.#services.selection.select(this.node, selection, 'panel');
    }
  }

  async #settle(request: PanelRequest): Promise<Omit<Response, 'type' | 'id'>> {
    try {
      return { error: null, ...(await this.#answer(request)) };
    } catch (error) {
      return { error: describeError(error) };
    }
  }

  async #answer(request: PanelRequest): Promise<Omit<Response, 'type' | 'id' | 'error'>> {
    const node = this.node === null ? {} : { node: this.node };
    if ('copy' in request) {
      await vscode.env.clipboard.writeText(request.copy);
    } else if ('ping' in request) {
      await this.#services.run('patchbay.trace.ping', { ...node, ...request.ping });
    } else if ('details' in request) {
      await (this.#entry && this.#services.details.read(this.#entry.session, request.details));
    } else if ('counters' in request) {
      await this.#postCounters(request.counters);
    } else if ('moment' in request) {
      return (await this.#timeline?.moment(request.moment)) ?? {};
    } else if ('compare' in request) {
      return (await this.#timeline?.compare(request.compare)) ?? {};
    } else if ('looked' in request) {
      this.#looked();
    } else if ('recall' in request) {
      this.#showTrace(request.recall);
    } else if ('mend' in request) {
      await this.#services.run('patchbay.finding.mend', { ...node, finding: request.mend });
    } else {
      const selection = request.selection === null ? {} : { selection: request.selection };
      const about = { ...node, ...selection };
      await ('run' in request
        ? this.#services.run('patchbay.item.showCommands', { ...about, line: request.run })
        : this.#services.run(request.command, {
            ...about,
            ...panelsOwn[request.command],
            ...(request.trace === undefined ? {} : { trace: request.trace }),
          }));
    }
    return {};
  }

  /** A picture of the graph as the content of a file. The panel has to be in sight: a hidden page does not live. */
  async draw(picture: PictureRequest): Promise<Uint8Array> {
    const response = await this.#asked.ask({ draw: picture });
    return response.picture ?? new Uint8Array();
  }

  /** Puts what the panel shows on the clipboard. Rejects where the browser does not let it. */
  async copyPicture(): Promise<void> {
    await this.#asked.ask({ copyPicture: true });
  }

  #looked(): void {
    if (this.node !== null) {
      this.#services.looks.endNow(this.node);
      this.#times.ask();
    }
  }

  /** Shows what changed from a moment on, now or as soon as there is a page. */
  compare(request: ComparisonRequest): void {
    this.#toCompare = request;
    this.#times.ask();
  }

  async #postCounters(ids: readonly LinkId[]): Promise<void> {
    const read = (await this.#entry?.session.readCounters(ids)) ?? [];
    const links = [...read].map(([link, statistics]) => ({ link, statistics }));
    await this.#deliver({ type: 'counters', atMs: Date.now(), links });
  }

  /** Tells a page all there is to know. */
  #replay(): void {
    this.#postState();
    this.#topology.ask();
    if (this.node !== null) {
      this.#postSelection(this.node);
    }
    this.#postTrace();
    this.#postVerification();
    this.#times.ask();
    this.#postDebugged();
    this.#postFindings();
  }

  #postDebugged(): void {
    if (this.node !== null) {
      this.#post({ type: 'debugged', processes: this.#services.debugged.of(this.node) });
    }
  }

  /** To ask is to look: from then on findings are found after each change of the node. */
  #postFindings(): void {
    const diagnosis = this.#ready && this.#entry && this.#services.diagnoses.of(this.#entry.session);
    if (diagnosis) {
      this.#post({ type: 'findings', diagnosis: shownDiagnosis(diagnosis) });
    }
  }

  async #postTimeline(): Promise<void> {
    if (!this.#ready || !this.#timeline || this.node === null) {
      return;
    }
    const timeline = this.#timeline.next(this.#services.looks.endedMs(this.node));
    await this.#deliver({ type: 'timeline', timeline });
    if (this.#toCompare) {
      const request = this.#toCompare;
      this.#toCompare = null;
      await this.#deliver({ type: 'compare', ...request });
    }
  }

  #postState(): void {
    this.#showTitle();
    this.#post({ type: 'state', state: this.#state(), node: this.node });
  }

  async #postTopology(): Promise<void> {
    const session = this.#entry?.session;
    const topology = session?.topology;
    if (!session || !topology || !this.#ready) {
      return;
    }
    const patch = this.#sent === null ? null : makePatch(this.#sent, topology);
    const { complete } = session;
    this.#sent = topology;
    await this.#deliver(
      patch === null ? { type: 'topology', topology, complete } : { type: 'topologyPatch', patch, complete },
    );
  }

  /** Brings what is selected into sight, now or as soon as there is a page. */
  revealSelection(): void {
    this.#pageSelection = undefined;
    if (this.node !== null) {
      this.#postSelection(this.node);
    }
  }

  #postSelection(node: NodeId): void {
    if (node === this.node && this.#ready) {
      const selection = this.#services.selection.of(node);
      const isNew = this.#pageSelection === undefined || !sameSelection(selection, this.#pageSelection);
      this.#pageSelection = selection;
      this.#post({ type: 'select', selection, reveal: isNew });
    }
  }

  #postTrace(): void {
    if (this.#tracing !== null) {
      this.#post({ type: 'traceRunning', title: this.#tracing });
    } else {
      this.#post(tellTraces(this.#entry?.session, this.#trace));
    }
  }

  #postVerification(): void {
    const verification = this.#entry?.session.verifications.at(-1) ?? null;
    this.#post(
      this.#verifying === null
        ? { type: 'verification', verification }
        : { type: 'verifying', ...this.#verifying },
    );
  }

  #post(message: ToPanel): void {
    void this.#deliver(message);
  }

  /** What a page that is not ready missed is told to the next one. */
  async #deliver(message: ToPanel): Promise<void> {
    if (this.#ready && !this.#owned.disposed) {
      await this.#panel.webview.postMessage(message);
    }
  }

  #state(): ConnectionState {
    return this.#entry ? connectionState(this.#entry) : this.#away;
  }

  #showTitle(): void {
    const state = this.#state();
    const label = 'label' in state ? state.label : undefined;
    this.#panel.title =
      label === undefined ? vscode.l10n.t('Topology') : vscode.l10n.t('Topology: {0}', plainText(label));
  }

  #html(): string {
    const { webview } = this.#panel;
    const uri = (name: string): string =>
      webview
        .asWebviewUri(vscode.Uri.joinPath(this.#services.extensionUri, 'dist', 'webview', name))
        .toString();
    const assets = { cspSource: webview.cspSource, script: uri('panel.js'), style: uri('style.css') };
    const nonce = randomBytes(24).toString('base64url');
    return panelHtml(assets, { nonce, language: vscode.env.language, title: vscode.l10n.t('Topology') });
  }

  dispose(): void {
    if (this.node !== null) {
      this.#services.looks.set(this.node, false);
    }
    this.#following?.dispose();
    this.#owned.dispose();
  }
}

function awaySinceRestart(label: string): ConnectionState {
  const message = vscode.l10n.t('VS Code was restarted. What you have arranged here is kept.');
  return { kind: 'lost', label, message, since: new Date().toISOString() };
}

/** The state for the page. Where connecting again failed, the last picture is still worth looking at. */
function connectionState({ state, label, session }: NodeEntry): ConnectionState {
  switch (state.kind) {
    case 'lost':
      return { kind: 'lost', label, message: state.message, since: state.since.toISOString() };
    case 'failed':
      return session.topology
        ? { kind: 'lost', label, message: state.message, since: session.topology.takenAt }
        : { kind: 'failed', label, message: state.message };
    case 'connecting':
    case 'live':
    case 'recording':
      return { kind: state.kind, label };
  }
}

function resourceRoots(extensionUri: vscode.Uri): vscode.Uri[] {
  return [vscode.Uri.joinPath(extensionUri, 'dist', 'webview'), vscode.Uri.joinPath(extensionUri, 'media')];
}

function icon(extensionUri: vscode.Uri): { light: vscode.Uri; dark: vscode.Uri } {
  const file = (theme: string): vscode.Uri =>
    vscode.Uri.joinPath(extensionUri, 'media', `panel-${theme}.svg`);
  return { light: file('light'), dark: file('dark') };
}
