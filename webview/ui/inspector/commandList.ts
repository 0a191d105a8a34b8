/** "As commands": what to type on the node to see a fact, to copy or to run there. */
import type { ShowCommand } from '../../../src/topology/showCommands.ts';
import { displayName } from '../../graph/text.ts';
import { h } from '../dom.ts';
import { icon } from '../icons.ts';
import { copyButton } from './cells.ts';

export interface CommandHandlers {
  readonly onCopy: (text: string) => void;
  readonly onRun: (line: string) => void;
}

/** `canRun` is false where there is no node to run them on. */
export function commandList(
  commands: readonly Pick<ShowCommand, 'line'>[],
  { onCopy, onRun }: CommandHandlers,
  canRun: boolean,
): HTMLElement {
  const items = commands.map(({ line }) => {
    const shown = displayName(line);
    const run = h('button', {
      class: 'run',
      type: 'button',
      title: 'Run in a terminal on the node',
      'aria-label': `Run ${shown}`,
    });
    run.append(icon('terminal'));
    run.addEventListener('click', () => onRun(line));
    const copy = copyButton(`Copy ${shown}`, () => onCopy(line));
    return h('li', {}, h('code', {}, shown), copy, canRun ? run : null);
  });
  return h('ul', { class: 'commands' }, ...items);
}
