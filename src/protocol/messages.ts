/** Every message between the extension host and the topology panel. Plain data, structured-clone safe. */
import type { LinkId, NamespaceId, Topology } from '../topology/topology.ts';
import type { Trace } from '../trace/trace.ts';

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

/** Extension host → page. */
export type ToPanel =
  /** `node` is the key under which the host finds this node again after a reload; the page keeps it. */
  | { readonly type: 'state'; readonly state: ConnectionState; readonly node?: string | null }
  /** `complete` is false while namespaces are still arriving. */
  | { readonly type: 'topology'; readonly topology: Topology; readonly complete: boolean }
  | { readonly type: 'select'; readonly selection: Selection | null; readonly reveal: boolean }
  | { readonly type: 'trace'; readonly trace: Trace | null }
  | { readonly type: 'traceRunning'; readonly title: string }
  | { readonly type: 'response'; readonly id: number; readonly error: string | null };

/** Commands the page may ask for; the host checks them against this list again. */
export type PanelCommand =
  | 'patchbay.node.connect'
  | 'patchbay.node.connectLab'
  | 'patchbay.node.connectLocal'
  | 'patchbay.snapshot.open'
  | 'patchbay.node.refresh'
  | 'patchbay.node.reconnect'
  | 'patchbay.pod.create'
  | 'patchbay.pod.delete'
  | 'patchbay.trace.ping'
  | 'patchbay.panel.showOutput';

/** Page → extension host. Each `request` is answered by one `response` with its id. */
export type FromPanel =
  | { readonly type: 'ready' }
  | { readonly type: 'selected'; readonly selection: Selection | null }
  | {
      readonly type: 'request';
      readonly id: number;
      readonly command: PanelCommand;
      readonly selection: Selection | null;
    }
  | { readonly type: 'request'; readonly id: number; readonly copy: string }
  /** Read what of a namespace is read on demand: the answer comes after the topology that has it. */
  | { readonly type: 'request'; readonly id: number; readonly details: NamespaceId };

/** What the page keeps across reloads through `setState`. */
export interface PanelState {
  /** As the host named it in the last `state` message; null where no node was shown. */
  readonly node: string | null;
}
