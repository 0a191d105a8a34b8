import * as vscode from 'vscode';
import type { Selection } from '../protocol/messages.ts';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import type { Link, Namespace, Topology } from '../topology/topology.ts';
import type { Transport } from '../transport/transport.ts';
import { PatchbayError } from '../util/errors.ts';
import { indexOf } from '../views/topologyIndex.ts';
import type { ItemArgument } from './arguments.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

/** The node a command is about: the one it names, else the active one. Throws `not-found`. */
export function requireNode({ nodes }: Services, { node }: ItemArgument): NodeEntry {
  const entry = node === undefined ? nodes.active : nodes.get(node);
  if (!entry) {
    throw new PatchbayError('not-found', t('No node is connected.'), { hint: t('Connect to one first.') });
  }
  return entry;
}

/** Refuses a recording (`read-only`) and a lost connection (`connection-lost`) before anybody is asked anything. */
export function requireLive({ session }: NodeEntry): Transport {
  return session.transport;
}

/** Refuses a lost connection (`connection-lost`); of a recording ways can be foretold. */
export function requireTraceable(entry: NodeEntry): void {
  if (entry.session.state.kind !== 'recording') {
    requireLive(entry);
  }
}

/** Refuses, beside that, where there is no way to root (`not-privileged`): nothing on the node can be changed then. */
export function requireRoot(entry: NodeEntry): Transport {
  const transport = requireLive(entry);
  if (transport.privilege.way === 'none') {
    throw new PatchbayError('not-privileged', t('Changing {0} takes root.', entry.label), {
      hint: t('Connect as root, or as a user who may run sudo without a password.'),
    });
  }
  return transport;
}

/** The topology of a node that was read. Throws `not-found`. */
export function requireTopology({ session, label }: NodeEntry): Topology {
  if (!session.topology) {
    throw new PatchbayError('not-found', t('{0} has not been read yet.', label), {
      hint: t('Wait until it is connected, or connect again.'),
    });
  }
  return session.topology;
}

/** What a command is about: what it names, else what is selected in the tree and on the panel. */
export function selectionFor(
  { selection }: Services,
  entry: NodeEntry,
  argument: ItemArgument,
): Selection | null {
  return argument.selection ?? selection.of(entry.id);
}

/** The thing behind a selection; null where it is gone. */
export function selected(
  topology: Topology,
  selection: Selection | null,
): { link: Link | null; namespace: Namespace } | null {
  const index = indexOf(topology);
  const link = selection?.kind === 'link' ? (index.link(selection.id) ?? null) : null;
  const namespace = index.namespace(link?.namespace ?? selection?.id ?? '');
  return namespace ? { link, namespace } : null;
}
