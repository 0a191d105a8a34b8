/** The minimap: where in the picture one is, while it does not fit. Keys and buttons move the view as well. */
import type { Rect } from '../layout/geometry.ts';
import { watchTheme } from '../render/theme.ts';
import { h } from '../ui/dom.ts';
import type { PanelParts } from './parts.ts';

const most = { width: 190, height: 130 } as const;

function fitsWhole(bounds: Rect, sight: Rect): boolean {
  return (
    bounds.x >= sight.x &&
    bounds.y >= sight.y &&
    bounds.x + bounds.width <= sight.x + sight.width &&
    bounds.y + bounds.height <= sight.y + sight.height
  );
}

/** Adds the minimap; returns its element. */
export function addMinimap({ model, view }: PanelParts): HTMLElement {
  const canvas = h('canvas');
  const frame = h('div', { class: 'sight' });
  const map = h('div', { class: 'minimap', 'aria-hidden': 'true' }, canvas, frame);
  map.hidden = true;
  let painted: object | null = null;
  let asked = 0;

  const bounds = (): Rect | undefined => model.picture.value?.scene.bounds;
  const scaleOf = ({ width, height }: Rect): number => Math.min(most.width / width, most.height / height);

  const paint = (): void => {
    const around = bounds();
    const scene = model.picture.value?.scene;
    if (around === undefined || scene === undefined || scene === painted) {
      return;
    }
    painted = scene;
    const ratio = window.devicePixelRatio;
    const [width, height] = [around.width * scaleOf(around), around.height * scaleOf(around)];
    canvas.width = Math.max(1, Math.round(width * ratio));
    canvas.height = Math.max(1, Math.round(height * ratio));
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    view.renderer.paintWhole(canvas);
  };
  const place = (): void => {
    const around = bounds();
    const { x, y, k } = view.shown.value;
    const { width, height } = view.size;
    const sight = { x: -x / k, y: -y / k, width: width / k, height: height / k };
    map.hidden = around === undefined || around.width === 0 || fitsWhole(around, sight);
    if (around === undefined || map.hidden) {
      return;
    }
    const scale = scaleOf(around);
    frame.style.width = `${sight.width * scale}px`;
    frame.style.height = `${sight.height * scale}px`;
    frame.style.transform = `translate(${(sight.x - around.x) * scale}px, ${(sight.y - around.y) * scale}px)`;
    cancelIdleCallback(asked);
    asked = requestIdleCallback(paint, { timeout: 500 });
  };
  const go = (event: PointerEvent): void => {
    const around = bounds();
    if (around === undefined || event.buttons !== 1) {
      return;
    }
    const { left, top } = canvas.getBoundingClientRect();
    const scale = scaleOf(around);
    view.centre({
      x: around.x + (event.clientX - left) / scale,
      y: around.y + (event.clientY - top) / scale,
    });
  };
  map.addEventListener('pointerdown', (event) => {
    map.setPointerCapture(event.pointerId);
    go(event);
  });
  map.addEventListener('pointermove', go);
  model.picture.onDidChange(place);
  view.shown.onDidChange(place);
  new ResizeObserver(place).observe(view.element);
  watchTheme(() => {
    painted = null;
    place();
  });
  return map;
}
