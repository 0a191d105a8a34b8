/** The verification: its pane beside the graph, and the pair that is pointed at in the picture. */
import { outcomeOf, type Outcome } from '../../src/verify/summary.ts';
import type { Verification } from '../../src/verify/verification.ts';
import { selectNamespace } from '../graph/selection.ts';
import { VerifyPane } from '../ui/verifyPane.ts';
import type { PanelParts } from './parts.ts';

const outcomeWords: Readonly<Record<Outcome, string>> = {
  holds: 'it holds',
  broken: 'it does not hold',
  unverified: 'it could not be verified',
};

/** Adds the verification; returns the pane's element. */
export function addVerifying(parts: PanelParts): HTMLElement {
  const { announcer, host, keys, model, selecting, toolbar, view } = parts;
  let last: Verification | null = null;
  const pane = new VerifyPane({
    onVerify: () => parts.run('patchbay.node.verify', null),
    onClose: () => {
      setOpen(false);
      view.focus();
    },
    onPoint: (cell) =>
      model.pair.set(cell === null ? null : { from: cell.from.namespace, to: cell.to.namespace }),
    onTrace: ({ from, to, destination }) => parts.ping(from.namespace, destination ?? to.namespace),
    onSelect: (namespace) => selecting.select(selectNamespace(namespace), { reveal: true }),
  });
  const setOpen = (open: boolean): void => {
    pane.element.hidden = !open;
    host.keep({ verifyOpen: open });
  };
  const show = (): void => {
    if (last === null) {
      pane.showNone(['live', 'recording'].includes(model.connection.value.kind));
    } else {
      pane.show(last);
    }
  };
  const toggle = (): void => {
    const open = pane.element.hidden !== false;
    setOpen(open);
    if (open) {
      pane.focus();
    }
  };
  setOpen(host.state.verifyOpen ?? false);
  show();
  toolbar.addView('Kubernetes network model (V)', 'matrix', toggle);
  keys.add({
    keys: ['v'],
    where: 'page',
    run: toggle,
    help: { keys: 'V', meaning: 'Kubernetes network model: who reaches whom' },
  });
  host.on('verifying', ({ done, of }) => {
    setOpen(true);
    pane.showRunning(done, of);
  });
  host.on('verification', ({ verification }) => {
    const isNew = verification !== null && verification.id !== last?.id;
    last = verification;
    show();
    if (isNew && !pane.element.hidden) {
      announcer.say(`Kubernetes network model: ${outcomeWords[outcomeOf(verification)]}`);
    }
  });
  model.connection.onDidChange(() => last === null && show());
  return pane.element;
}
