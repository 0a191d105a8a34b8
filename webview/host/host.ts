/** The page's end of the protocol: typed messages, and requests that are always settled. */
import type {
  ComparisonRequest,
  FromPanel,
  PageRequest,
  PageResponse,
  PanelCommand,
  PanelState,
  Response,
  Selection,
  ToPanel,
} from '../../src/protocol/messages.ts';
import type { LinkId, NamespaceId } from '../../src/topology/topology.ts';
import type { Trace } from '../../src/trace/trace.ts';
import type { LayoutMemory } from '../layout/slots.ts';
import type { Moves } from '../layout/moves.ts';
import type { View } from '../render/renderer.ts';

/** What the page keeps across reloads, beside what the host needs to restore it. */
export interface PageState extends PanelState {
  readonly hostname?: string;
  readonly view?: View;
  readonly query?: string;
  /** What the search did not find is hidden, not only dimmed. */
  readonly hideOthers?: boolean;
  readonly inspector?: { readonly open: boolean; readonly width: number };
  readonly memory?: LayoutMemory;
  /** Ids of collapsed groups and namespaces. */
  readonly collapsed?: readonly string[];
  /** Where things were dragged to. */
  readonly moves?: Moves;
  /** What alone is shown. */
  readonly focus?: Selection | null;
  /** The view of the whole, while only a part is shown; null where it followed the picture. */
  readonly viewAside?: View | null;
  /** How traces are played. */
  readonly player?: { readonly speed: number; readonly follow: boolean };
  /** The matrix of the verification is open. */
  readonly verifyOpen?: boolean;
  /** The time line is folded away. */
  readonly timeFolded?: boolean;
}

interface VsCodeApi {
  postMessage(message: FromPanel): void;
  getState(): unknown;
  setState(state: PageState): void;
}

declare const acquireVsCodeApi: () => VsCodeApi;

const saveDelayMs = 250;

type Settle = (response: Response) => void;

type Told = Exclude<ToPanel, { type: 'response' }>;
type Message<T extends Told['type']> = Extract<Told, { readonly type: T }>;

/** Talks to the extension host. */
export class Host {
  readonly #api = acquireVsCodeApi();
  readonly #requests = new Map<number, Settle>();
  readonly #listeners = new Map<Told['type'], ((message: Told) => void)[]>();
  #nextId = 0;
  #state: PageState;
  #saveTimer = 0;

  constructor() {
    const kept = this.#api.getState();
    this.#state = isPageState(kept) ? kept : { node: null };
    window.addEventListener('message', (event: MessageEvent<ToPanel>) => {
      const message = event.data;
      if (message.type === 'response') {
        this.#settle(message);
      } else {
        this.#listeners.get(message.type)?.forEach((listener) => listener(message));
      }
    });
    window.addEventListener('pagehide', () => this.#save());
  }

  /** Listens to one kind of message for as long as the page lives. Nothing is told before `ready`. */
  on<T extends Told['type']>(type: T, listener: (message: Message<T>) => void): void {
    const listeners = this.#listeners.get(type) ?? [];
    this.#listeners.set(type, [...listeners, listener as (message: Told) => void]);
  }

  /** Answers what the host asks of the page, for as long as the page lives: what `answer` rejects with is told as the error. */
  serve(answer: (request: PageRequest) => Promise<Pick<PageResponse, 'picture'>>): void {
    this.on('request', ({ id, ...request }) => {
      void answer(request)
        .catch((error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }))
        .then((told) => this.#api.postMessage({ type: 'response', id, error: null, ...told }));
    });
  }

  get state(): PageState {
    return this.#state;
  }

  /** Keeps a change across reloads. */
  keep(change: Partial<PageState>): void {
    this.#state = { ...this.#state, ...change };
    window.clearTimeout(this.#saveTimer);
    this.#saveTimer = window.setTimeout(() => this.#save(), saveDelayMs);
  }

  ready(): void {
    this.#api.postMessage({ type: 'ready' });
  }

  selected(selection: Selection | null): void {
    this.#api.postMessage({ type: 'selected', selection });
  }

  /** Asks for a command. Resolves with what went wrong, or null. */
  request(command: PanelCommand, selection: Selection | null): Promise<string | null> {
    return this.#ask((id) => ({ type: 'request', id, command, selection }));
  }

  /** Asks for a command about a trace. */
  requestOf(trace: Trace['id'], command: PanelCommand): Promise<string | null> {
    return this.#ask((id) => ({ type: 'request', id, command, selection: null, trace }));
  }

  /** Asks to be shown another of the traces that are kept, which comes as a message of its own. */
  recall(trace: Trace['id']): Promise<string | null> {
    return this.#ask((id) => ({ type: 'request', id, recall: trace }));
  }

  /** Asks for the trace of a ping. */
  ping(from: NamespaceId, to: string): Promise<string | null> {
    return this.#ask((id) => ({ type: 'request', id, ping: { from, to } }));
  }

  /** Asks to run one of an item's own commands; the host knows them by their lines. */
  runLine(line: string, selection: Selection | null): Promise<string | null> {
    return this.#ask((id) => ({ type: 'request', id, run: line, selection }));
  }

  /** Asks for the counters of links, which come as a message of their own before this resolves. */
  counters(links: readonly LinkId[]): Promise<string | null> {
    return this.#ask((id) => ({ type: 'request', id, counters: links }));
  }

  copy(text: string): Promise<string | null> {
    return this.#ask((id) => ({ type: 'request', id, copy: text }));
  }

  /** Asks for the mend of a finding. */
  mend(finding: string): Promise<string | null> {
    return this.#ask((id) => ({ type: 'request', id, mend: finding }));
  }

  /** Asks for what of a namespace is read on demand. Resolves with what went wrong, or null. */
  details(namespace: NamespaceId): Promise<string | null> {
    return this.#ask((id) => ({ type: 'request', id, details: namespace }));
  }

  /** Asks what was at a moment. */
  moment(moment: number): Promise<Response> {
    return this.#askFor((id) => ({ type: 'request', id, moment }));
  }

  /** Asks what changed between two moments. */
  compare(compare: ComparisonRequest): Promise<Response> {
    return this.#askFor((id) => ({ type: 'request', id, compare }));
  }

  /** Says that all there is now has been seen. */
  looked(): Promise<string | null> {
    return this.#ask((id) => ({ type: 'request', id, looked: true }));
  }

  async #ask(message: (id: number) => FromPanel): Promise<string | null> {
    return (await this.#askFor(message)).error;
  }

  #askFor(message: (id: number) => FromPanel): Promise<Response> {
    const id = ++this.#nextId;
    return new Promise((resolve) => {
      this.#requests.set(id, resolve);
      this.#api.postMessage(message(id));
    });
  }

  #settle(response: Response): void {
    this.#requests.get(response.id)?.(response);
    this.#requests.delete(response.id);
  }

  #save(): void {
    window.clearTimeout(this.#saveTimer);
    this.#api.setState(this.#state);
  }
}

function isPageState(value: unknown): value is PageState {
  return typeof value === 'object' && value !== null && 'node' in value;
}
