import * as vscode from 'vscode';
import type { Verification } from '../verify/verification.ts';
import { withProgress } from '../views/progress.ts';
import { parseArgument, verifyArgument } from './arguments.ts';
import { requireNode, requireTopology } from './nodeArgument.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

/** News of a probe are told so often at most. */
const paceMs = 100;

/** Puts the Kubernetes network model to the test; the panel shows the result, which is returned. */
export async function verifyNode(services: Services, argument: unknown): Promise<Verification> {
  const { node, ...wish } = parseArgument(verifyArgument, argument);
  const entry = requireNode(services, node === undefined ? {} : { node });
  requireTopology(entry);
  const panel = services.panels.open(entry.id, { focus: false });
  panel.showVerifying({ done: 0, of: 0 });
  try {
    return await withProgress(t('Verifying {0}', entry.label), ({ signal, onProgress }) => {
      let toldAt = -Infinity;
      const tell = (done: number, of: number): void => {
        if (performance.now() - toldAt >= paceMs) {
          toldAt = performance.now();
          onProgress(t('{0} of {1} pairs', done, of));
          panel.showVerifying({ done, of });
        }
      };
      return entry.session.verify({ ...wish, signal, onProgress: tell });
    });
  } finally {
    panel.showVerifying(null);
  }
}
