/** Moving things by hand: by the pointer, and by keys. What was moved stays where it was put, until the layout is reset. */
import { selectionKey, selectionName } from '../graph/selection.ts';
import type { Point } from '../layout/geometry.ts';
import { handleAt, handleOf, placeOf } from '../layout/moves.ts';
import { detailAt } from '../render/renderer.ts';
import type { KeyBinding } from './keys.ts';
import type { PanelParts } from './parts.ts';

/** The pointer must go so many px before it drags: less is a click. */
const threshold = 4;
const keyStep = 20;

const arrows: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** One drag, from the press on. */
interface Drag {
  readonly handle: string;
  readonly pointer: number;
  readonly from: Point;
  /** From the pointer to the corner of what is dragged. */
  readonly grip: Point;
  moving: boolean;
}

export function addDragging({ announcer, host, keys, model, view }: PanelParts): void {
  const { element } = view;
  let drag: Drag | null = null;
  let frame = 0;

  const put = (handle: string, { x, y }: Point): void => {
    model.moves.set({ ...model.moves.value, [handle]: { x: Math.round(x), y: Math.round(y) } });
  };
  const keep = (): void => host.keep({ moves: model.moves.value });

  /** What the pointer would drag. From afar, and with a finger, dragging pans. */
  const handleUnder = (event: MouseEvent): string | null => {
    const picture = model.picture.value;
    const near = detailAt(view.view.k) > 1;
    return picture && near && model.focus.value === null && event.button === 0
      ? handleAt(picture.geometry, view.scenePoint(event))
      : null;
  };

  const start = (event: PointerEvent): void => {
    const handle = event.pointerType === 'touch' ? null : handleUnder(event);
    const place = handle === null ? undefined : placeNow(handle);
    if (handle !== null && place !== undefined) {
      const at = view.scenePoint(event);
      const grip = { x: place.x - at.x, y: place.y - at.y };
      drag = {
        handle,
        pointer: event.pointerId,
        from: { x: event.clientX, y: event.clientY },
        grip,
        moving: false,
      };
    }
  };

  const placeNow = (handle: string): Point | undefined => {
    const picture = model.picture.value;
    return picture === null ? undefined : placeOf(picture.geometry, handle);
  };

  const move = (event: PointerEvent): void => {
    if (drag?.pointer !== event.pointerId) {
      return;
    }
    const { from, grip, handle } = drag;
    if (!drag.moving && Math.hypot(event.clientX - from.x, event.clientY - from.y) < threshold) {
      return;
    }
    if (!drag.moving) {
      drag.moving = true;
      element.setPointerCapture(event.pointerId);
      element.classList.add('dragging');
      view.take();
    }
    const at = view.scenePoint(event);
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => put(handle, { x: at.x + grip.x, y: at.y + grip.y }));
  };

  const end = (event: PointerEvent): void => {
    if (drag?.pointer !== event.pointerId) {
      return;
    }
    const { moving, handle, grip } = drag;
    drag = null;
    if (moving) {
      cancelAnimationFrame(frame);
      const at = view.scenePoint(event);
      put(handle, { x: at.x + grip.x, y: at.y + grip.y });
      keep();
      element.classList.remove('dragging');
      swallowClick();
    }
  };

  /** The click that ends a drag selects nothing. */
  const swallowClick = (): void => {
    const swallow = (event: MouseEvent): void => event.stopImmediatePropagation();
    element.addEventListener('click', swallow, { capture: true, once: true });
    setTimeout(() => element.removeEventListener('click', swallow, { capture: true }), 0);
  };

  const step = (by: Point): void => {
    const [picture, selection] = [model.picture.value, model.selection.value];
    const handle = picture && selection && handleOf(picture.geometry, selectionKey(selection));
    const place = handle ? placeNow(handle) : undefined;
    if (!picture || !handle || place === undefined || model.focus.value !== null) {
      announcer.say('Select something that can be moved first.');
      return;
    }
    view.take();
    put(handle, { x: place.x + by.x * keyStep, y: place.y + by.y * keyStep });
    keep();
    announcer.say(`Moved ${selectionName(picture.index, selection)}`);
  };

  model.moves.set(host.state.moves ?? {});
  const help = { keys: 'Ctrl + arrows', meaning: 'move the pod, box or grid of what is selected' };
  keys.add(
    ...Object.entries(arrows).map(([key, by]): KeyBinding => ({
      keys: [`Ctrl+${key}`],
      where: 'graph',
      run: () => step(by),
      help,
    })),
  );
  view.keepFromPanning((event) => handleUnder(event) !== null);
  element.addEventListener('pointerdown', start);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', end);
  element.addEventListener('pointercancel', end);
}
