import * as vscode from 'vscode';
import type { NodeId } from '../session/nodeRegistry.ts';
import { targetLabel } from '../session/openNode.ts';
import { targetKey } from '../session/targetKey.ts';
import type { Target } from '../transport/target.ts';
import { toDisposable, type Disposable } from '../util/disposable.ts';
import { withProgress } from '../views/progress.ts';
import type { Services } from './services.ts';

export interface OpenTargetOptions {
  readonly identityFiles?: readonly string[];
  readonly knownHostsFiles?: readonly string[];
  /** Whatever the setting says. */
  readonly openPanel?: boolean;
}

/** Connects under a progress notification, remembers the target, and opens its panel. Rejects as connecting does. */
export async function openTarget(
  services: Services,
  target: Target,
  options: OpenTargetOptions = {},
): Promise<NodeId> {
  const { openPanel = opensPanel(), ...connection } = options;
  const opening = openPanel ? openAtFirstPicture(services, targetKey(target)) : null;
  try {
    const { id } = await withProgress(vscode.l10n.t('Connecting to {0}', targetLabel(target)), (progress) =>
      services.nodes.connect(target, { ...progress, ...connection }),
    );
    await services.recents.add(target);
    if (openPanel) {
      services.panels.open(id, { focus: false });
    }
    return id;
  } finally {
    opening?.dispose();
  }
}

function opensPanel(): boolean {
  return vscode.workspace.getConfiguration('patchbay').get('panel.openOnConnect', true);
}

/** The node's own namespace is known after one round trip: people need not wait for the pods to look at it. */
function openAtFirstPicture({ nodes, panels }: Services, id: NodeId): Disposable {
  let waiting: Disposable | undefined;
  const adding = nodes.onDidAdd((entry) => {
    if (entry.id === id) {
      waiting = entry.session.onDidChangeTopology(() => {
        waiting?.dispose();
        panels.open(id, { focus: false });
      });
    }
  });
  return toDisposable(() => {
    adding.dispose();
    waiting?.dispose();
  });
}
