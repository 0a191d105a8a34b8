import { h } from '../dom.ts';

const step = 24;

/** The left edge of what it is put into, to be dragged or moved by the arrow keys. `resize` gets the width in px. */
export function resizeHandle(
  label: string,
  widths: { readonly least: number; readonly most: number },
  widthOf: () => number,
  resize: (width: number) => void,
): HTMLElement {
  const handle = h('div', {
    class: 'resize-handle',
    role: 'separator',
    'aria-orientation': 'vertical',
    'aria-label': label,
    'aria-valuemin': String(widths.least),
    'aria-valuemax': String(widths.most),
    tabindex: '0',
  });
  handle.addEventListener('pointerdown', (event) => {
    handle.setPointerCapture(event.pointerId);
    const edge = handle.parentElement?.getBoundingClientRect().right ?? 0;
    const move = (moved: PointerEvent): void => resize(edge - moved.clientX);
    handle.addEventListener('pointermove', move);
    const end = (): void => handle.removeEventListener('pointermove', move);
    handle.addEventListener('lostpointercapture', end, { once: true });
  });
  handle.addEventListener('keydown', (event) => {
    const by = event.key === 'ArrowLeft' ? step : event.key === 'ArrowRight' ? -step : 0;
    if (by !== 0) {
      event.preventDefault();
      resize(widthOf() + by);
    }
  });
  return handle;
}
