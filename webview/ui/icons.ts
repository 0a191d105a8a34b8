/** The panel's icons: 16 × 16, in the colour of the text around them. */
import { svg } from '../render/svg.ts';

const shapes = {
  fit: 'M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4',
  zoomIn: 'M8 3v10M3 8h10',
  zoomOut: 'M3 8h10',
  search: 'M7 12a5 5 0 1 1 0-10 5 5 0 0 1 0 10zM10.6 10.6L14 14',
  refresh: 'M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.5v3h-3',
  create: 'M8 3.5v9M3.5 8h9',
  trace: 'M2 12.5h3l2-9 3 9 1.5-4H14',
  legend: 'M2.5 4h2M2.5 8h2M2.5 12h2M7 4h6.5M7 8h6.5M7 12h6.5',
  inspector: 'M2 3h12v10H2zM10 3v10',
  filter: 'M2 3h12l-4.6 5.6V13l-2.8-1.6V8.6z',
  previous: 'M4 10l4-4 4 4',
  next: 'M4 6l4 4 4-4',
  near: 'M2 5V2h3M11 2h3v3M14 11v3h-3M5 14H2v-3M5.5 5.5h5v5h-5z',
  collapse: 'M3 2.5h10M3 13.5h10M8 4.5v3M8 11.5v-3M6.3 6l1.7 1.7L9.7 6M6.3 10L8 8.3 9.7 10',
  focus: 'M8 1.5v3M8 11.5v3M1.5 8h3M11.5 8h3M8 11a3 3 0 1 1 0-6 3 3 0 0 1 0 6z',
  reset: 'M2.5 8a5.5 5.5 0 1 0 1.7-4M2.5 1.5v3h3M6 6.5h4v3H6z',
  clock: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM8 5v3.2l2.2 1.5',
  terminal: 'M2 3h12v10H2zM4.5 6l2 2-2 2M8.5 10h3',
  matrix: 'M2.5 2.5h11v11h-11zM2.5 6.2h11M2.5 9.8h11M6.2 2.5v11M9.8 2.5v11',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  close: 'M4 4l8 8M12 4l-8 8',
  play: 'M5 3l8 5-8 5z',
  pause: 'M5.5 3v10M10.5 3v10',
  stepBack: 'M12 3l-7 5 7 5zM3.5 3v10',
  stepForward: 'M4 3l7 5-7 5zM12.5 3v10',
  follow: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  compare: 'M2 3.5h5v9H2zM9 3.5h5v9H9zM3.5 6h2M3.5 8.5h2M10.5 6h2',
  save: 'M3 3h8l2 2v8H3zM5.5 3v3.5h4V3M5.5 13V9.5h5V13',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  picture: 'M2 3h12v10H2zM2 11l3.6-3.6 3 3 2-2 3.4 3.4M10.5 6h.01',
  export: 'M8 10.5v-8M5 5.2l3-2.9 3 2.9M3 8.5v5h10v-5',
  remove: 'M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.7 9h5.6l.7-9',
} as const;

export type IconName = keyof typeof shapes;

export function icon(name: IconName): SVGSVGElement {
  const path = svg('path', {
    d: shapes[name],
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': 1.3,
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  });
  return svg(
    'svg',
    { class: 'icon', width: 16, height: 16, viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    path,
  );
}
