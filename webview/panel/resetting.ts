/** Reset Layout: forgets where things were dragged to and which place each had. */
import type { PanelParts } from './parts.ts';
import type { PictureFlow } from './pictureFlow.ts';

export function addReset({ announcer, host, keys, toolbar }: PanelParts, flow: PictureFlow): void {
  const reset = (): void => {
    host.keep({ moves: {} });
    flow.reset();
    announcer.say('Layout reset');
  };
  keys.add({
    keys: ['r'],
    where: 'graph',
    run: reset,
    help: { keys: 'R', meaning: 'reset the layout' },
  });
  toolbar.addView('Reset the layout (R)', 'reset', reset);
}
