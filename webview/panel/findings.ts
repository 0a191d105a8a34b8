/** What is wrong with what is on screen: counted in the toolbar, and listed beside the graph for who asks. */
import { FindingIndex, noFindings } from '../graph/findings.ts';
import { FindingList } from '../ui/findingList.ts';
import { FindingsButton } from '../ui/findingsButton.ts';
import type { PanelParts } from './parts.ts';

/** Adds the findings; returns the element of their list. */
export function addFindings(parts: PanelParts): HTMLElement {
  const { host, keys, model, selecting, toolbar, view } = parts;
  let present = noFindings;
  const turn = (): void => model.findings.set(model.past.value?.findings ?? present);
  const list = new FindingList({
    onSelect: (selection) => selecting.select(selection, { reveal: true }),
    onCopy: (text) => parts.copy(text),
    onDiagnose: () => parts.run('patchbay.node.diagnose', null),
    onClose: () => leave(),
  });
  const count = new FindingsButton(() => toggle());
  const show = (): void => {
    count.show(model.findings.value, list.open);
    if (list.open) {
      const isLive = model.connection.value.kind === 'live' && model.past.value === null;
      list.show(model.findings.value, isLive);
    }
  };
  const setOpen = (open: boolean): void => {
    list.setOpen(open);
    show();
  };
  const toggle = (): void => {
    const open = !list.open && model.findings.value.known;
    setOpen(open);
    if (open) {
      list.focus();
    }
  };
  const leave = (): boolean => {
    const { open } = list;
    setOpen(false);
    if (open) {
      view.focus();
    }
    return open;
  };
  host.on('findings', ({ diagnosis }) => {
    present = new FindingIndex(diagnosis);
    turn();
  });
  model.past.onDidChange(turn);
  model.connection.onDidChange(({ kind }) => {
    if (kind === 'empty' || kind === 'failed') {
      present = noFindings;
      turn();
    }
    show();
  });
  model.findings.onDidChange(show);
  toolbar.addTool(count.element);
  keys.add({ keys: ['!'], where: 'page', run: toggle, help: { keys: '!', meaning: 'list of findings' } });
  keys.onEscape(leave);
  return list.element;
}
