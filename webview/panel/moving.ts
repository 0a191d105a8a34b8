/** Moving about by keys and buttons: walking the wiring, panning, zooming, fitting. */
import type { WalkStep } from '../graph/walk.ts';
import type { KeyBinding, KeyHelp } from './keys.ts';
import type { PanelParts } from './parts.ts';

const panStep = 60;
const zoomStep = 1.25;

const help = {
  along: { keys: '← →', meaning: 'along the cable: towards the node, away from it' },
  among: { keys: '↑ ↓', meaning: 'previous, next pod or port' },
  pan: { keys: 'Shift + arrows', meaning: 'pan' },
  zoom: { keys: '+  −  0', meaning: 'zoom in, out, actual size' },
  fit: { keys: 'F', meaning: 'fit everything' },
  near: { keys: 'Z', meaning: 'zoom to what is selected' },
  leave: { keys: 'Esc', meaning: 'clear the selection' },
} satisfies Record<string, KeyHelp>;

interface Arrow {
  readonly key: string;
  readonly step: WalkStep;
  readonly x: number;
  readonly y: number;
  readonly help: KeyHelp;
}

const arrows: readonly Arrow[] = [
  { key: 'ArrowLeft', step: 'in', x: 1, y: 0, help: help.along },
  { key: 'ArrowRight', step: 'out', x: -1, y: 0, help: help.along },
  { key: 'ArrowUp', step: 'previous', x: 0, y: 1, help: help.among },
  { key: 'ArrowDown', step: 'next', x: 0, y: -1, help: help.among },
];

function arrowBindings({ selecting, view }: PanelParts): KeyBinding[] {
  return arrows.flatMap(({ key, step, x, y, help: walked }): KeyBinding[] => [
    { keys: [key], where: 'graph', run: () => selecting.walk(step), help: walked },
    {
      keys: [`Shift+${key}`],
      where: 'graph',
      run: () => view.pan({ x: x * panStep, y: y * panStep }),
      help: help.pan,
    },
  ]);
}

export function addMoving(parts: PanelParts): void {
  const { keys, model, selecting, toolbar, view } = parts;
  // Whoever comes to the panel by a key of VS Code is at the graph, where the keys are.
  window.addEventListener('focus', () => {
    if (document.activeElement === document.body && model.picture.value !== null) {
      view.focus();
    }
  });
  const zoom = (factor: () => number, ...names: readonly string[]): KeyBinding => ({
    keys: names,
    where: 'graph',
    run: () => view.zoom(factor()),
    help: help.zoom,
  });
  const zoomToSelection = (): void => {
    const selection = model.selection.value;
    if (selection === null || !view.zoomTo(selection)) {
      view.fit();
    }
  };
  keys.add(
    ...arrowBindings(parts),
    zoom(() => zoomStep, '+', '='),
    zoom(() => 1 / zoomStep, '-', '_'),
    zoom(() => 1 / view.view.k, '0'),
    { keys: ['f'], where: 'page', run: () => view.fit(), help: help.fit },
    { keys: ['z'], where: 'page', run: zoomToSelection, help: help.near },
  );
  keys.onEscape(() => {
    const had = model.selection.value !== null;
    selecting.pick(null);
    return had;
  }, help.leave);
  toolbar.addView('Zoom out', 'zoomOut', () => view.zoom(1 / 1.3));
  toolbar.addView('Zoom in', 'zoomIn', () => view.zoom(1.3));
  toolbar.addView('Fit everything (F)', 'fit', () => view.fit());
  toolbar.addView('Zoom to what is selected (Z)', 'near', zoomToSelection);
}
