/** How each item of a scene looks in SVG at each level of detail. */
import type { LinkState } from '../graph/text.ts';
import type { Rect } from '../layout/geometry.ts';
import type { TextFitter } from './measure.ts';
import type { DetailLevel } from './renderer.ts';
import type { BoxItem, GroupItem, LinkItem, PodItem, SceneItem, WireItem } from './scene.ts';
import { roundedPath, svg, type Attributes } from './svg.ts';

export interface Paint {
  readonly detail: DetailLevel;
  readonly fitter: TextFitter;
}

function box(rect: Rect, radius: number, more: Attributes = {}): SVGRectElement {
  return svg('rect', { x: rect.x, y: rect.y, width: rect.width, height: rect.height, rx: radius, ...more });
}

interface Label {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly size: number;
  readonly weight?: number;
  readonly name?: string;
  readonly anchor?: 'start' | 'middle';
}

function label(paint: Paint, text: string, at: Label): SVGTextElement {
  const fitted = paint.fitter.fit(text, at.width, at.size, at.weight);
  const attributes = {
    x: at.x,
    y: at.y,
    class: at.name,
    'font-size': at.size,
    'font-weight': at.weight,
    'text-anchor': at.anchor === 'middle' ? 'middle' : undefined,
  };
  return svg('text', attributes, fitted);
}

/** The lamp of a link: full when up, a ring without carrier, a cross when down: told by shape, not by colour alone. */
export function lamp(state: LinkState, x: number, y: number, radius = 3.5): SVGElement {
  if (state === 'down') {
    const d = `M${x - radius} ${y - radius}l${2 * radius} ${2 * radius}m0 ${-2 * radius}l${-2 * radius} ${2 * radius}`;
    return svg('path', { class: 'lamp down', d });
  }
  return svg('circle', { class: `lamp ${state}`, cx: x, cy: y, r: radius });
}

/** A small plug: made by Patchbay. */
export function plugMark(x: number, y: number): SVGElement {
  const d = `M${x + 2} ${y}v3m4 -3v3M${x} ${y + 3}h8v2.5a4 4 0 0 1 -8 0zM${x + 4} ${y + 9.5}v3`;
  return svg('path', { class: 'mark ours', d });
}

function podMark(mark: PodItem['mark'], x: number, y: number): SVGElement[] {
  switch (mark) {
    case 'ours':
      return [plugMark(x, y)];
    case 'named':
      return [svg('path', { class: 'mark', d: `M${x} ${y + 2}h4.5l5 5 -4.5 4.5 -5 -5zm2.4 2.2v.6` })];
    case 'container':
      return [
        svg('path', {
          class: 'mark',
          d: `M${x} ${y + 3.5}l5 -2.5 5 2.5v5.5l-5 2.5 -5 -2.5zm0 0l5 2.5 5 -2.5m-5 2.5v5.5`,
        }),
      ];
    case 'process':
      return [
        svg('path', { class: 'mark', d: `M${x} ${y + 1.5}h10v9h-10zM${x + 2} ${y + 4}l2 2 -2 2m3.4 0h2.4` }),
      ];
    case 'none':
      return [];
  }
}

function drawGroup(item: GroupItem, paint: Paint): SVGElement[] {
  const { x, y, width } = item.bounds;
  const far = paint.detail === 0;
  const size = far ? 21 : 12.5;
  const room = width - 44;
  const title = paint.fitter.fit(item.title, room, size, 600);
  const titleWidth = paint.fitter.width(title, size, 600);
  const baseline = y + (far ? 25 : 21);
  const rest = room - titleWidth - 12;
  const children = [
    box(item.bounds, 10, { class: 'frame' }),
    svg('text', { x: x + 28, y: baseline, class: 'title', 'font-size': size, 'font-weight': 600 }, title),
  ];
  if (rest > 40) {
    const at = {
      x: x + 28 + titleWidth + 12,
      y: baseline,
      width: rest,
      size: far ? 17 : 11.5,
      name: 'muted',
    };
    children.push(label(paint, item.subtitle, at));
  }
  return children;
}

function endMark(item: WireItem): SVGElement[] {
  const path = item.paths[0];
  const [start, end] = [path?.[0], path?.at(-1)];
  if (item.wire !== 'unknown' || start === undefined || end === undefined) {
    return [];
  }
  const [x, y] =
    start.y === end.y ? [end.x + 7, end.y + 4] : [(start.x + end.x) / 2 + 9, (start.y + end.y) / 2 + 4];
  return [
    svg(
      'text',
      { x, y, class: 'question', 'font-size': 12, 'font-weight': 700, 'text-anchor': 'middle' },
      '?',
    ),
  ];
}

function drawWire(item: WireItem): SVGElement[] {
  const d = item.paths.map((path) => roundedPath(path, item.wire === 'trunk' ? 8 : 5)).join('');
  return [svg('path', { class: 'hit', d }), svg('path', { class: 'line', d }), ...endMark(item)];
}

function drawBox(item: BoxItem, paint: Paint): SVGElement[] {
  const { x, y, width } = item.bounds;
  const far = paint.detail === 0;
  const size = far ? 21 : 13;
  const room = width - 32 - (item.ours ? 16 : 0);
  const title = paint.fitter.fit(item.title, room, size, 600);
  const titleWidth = paint.fitter.width(title, size, 600);
  const baseline = y + (far ? 27 : 24);
  const children: SVGElement[] = [
    box(item.bounds, 9, { class: 'body' }),
    svg('text', { x: x + 16, y: baseline, class: 'title', 'font-size': size, 'font-weight': 600 }, title),
  ];
  if (item.subtitle !== '' && room - titleWidth > 30) {
    const at = {
      x: x + 16 + titleWidth + 8,
      y: baseline,
      width: room - titleWidth - 8,
      size: far ? 17 : 12,
      name: 'muted',
    };
    children.push(label(paint, item.subtitle, at));
  }
  return item.ours && !far ? [...children, plugMark(x + width - 20, y + 12)] : children;
}

function drawPod(item: PodItem, paint: Paint): SVGElement[] {
  const { x, y, width, height } = item.bounds;
  const middle = x + width / 2;
  const body = box(item.bounds, 7, { class: 'body' });
  if (paint.detail === 0) {
    const at = { x: middle, y: y + height / 2 + 9, width: width - 14, size: 24, anchor: 'middle' } as const;
    const lampAt = item.state === 'up' ? [] : [lamp(item.state, x + width - 13, y + 14, 6.5)];
    return [body, label(paint, item.title, { ...at, width: at.width - lampAt.length * 4 }), ...lampAt];
  }
  const inset = { x: x + 11, width: width - 22 };
  const marks = podMark(item.mark, x + width - 20, y + 15);
  const children = [
    body,
    label(paint, item.title, {
      x: inset.x,
      width: inset.width - marks.length * 14,
      y: y + 25,
      size: 13,
      weight: 600,
      name: 'title',
    }),
    label(paint, item.address, { ...inset, y: y + 40.5, size: 11.5, name: 'address' }),
    ...marks,
  ];
  if (paint.detail === 3 && item.detail !== '') {
    children.push(label(paint, item.detail, { ...inset, y: y + 52.5, size: 8, name: 'muted' }));
  }
  return children;
}

function drawPlug(item: LinkItem, paint: Paint): SVGElement[] {
  const { x, y, width, height } = item.bounds;
  const middle = y + height / 2;
  const children: SVGElement[] = [box(item.bounds, 4, { class: 'body' }), lamp(item.state, x + 8, middle, 3)];
  if (paint.detail >= 1) {
    children.push(label(paint, item.title, { x: x + 15, y: middle + 3.4, width: width - 19, size: 9.5 }));
  }
  return children;
}

function drawHost(item: LinkItem, paint: Paint): SVGElement[] {
  const { x, y, width, height } = item.bounds;
  const middle = y + height / 2;
  const children: SVGElement[] = [box(item.bounds, 5, { class: 'body' }), lamp(item.state, x + 10, middle)];
  if (paint.detail >= 1) {
    children.push(
      label(paint, item.title, { x: x + 19, y: middle + 4, width: width - 26, size: 11, name: 'muted' }),
    );
  }
  return children;
}

function drawPin(item: LinkItem): SVGElement[] {
  return [box(item.bounds, 2, { class: 'body' })];
}

/** Three ports under a bar: a bridge. */
function bridgeMark(x: number, y: number): SVGElement {
  return svg('path', {
    class: 'mark bridge',
    d: `M${x} ${y + 2}h14M${x + 2} ${y + 2}v6M${x + 7} ${y + 2}v6M${x + 12} ${y + 2}v6`,
  });
}

function drawBoxedLink(item: LinkItem, paint: Paint): SVGElement[] {
  const { x, y, width, height } = item.bounds;
  const children: SVGElement[] = [box(item.bounds, item.bridge ? 3 : 6, { class: 'body' })];
  if (item.bridge) {
    children.push(svg('rect', { class: 'bar', x, y, width: 5, height, rx: 2 }));
  }
  const lampX = x + (item.bridge ? 16 : 12);
  if (paint.detail === 0) {
    const at = { x: lampX + 10, y: y + height / 2 + 7, width: width - (lampX - x) - 16, size: 19 };
    return [...children, lamp(item.state, lampX, y + height / 2, 5), label(paint, item.title, at)];
  }
  const textX = lampX + 10;
  const room = width - (textX - x) - 8;
  const marks = [
    ...(item.bridge ? [bridgeMark(x + width - 21, y + 8)] : []),
    ...(item.ours && !item.bridge ? [plugMark(x + width - 15, y + 6)] : []),
  ];
  const lines = [item.address, ...(paint.detail === 3 ? [item.detail] : [])].filter(Boolean);
  const top = y + (lines.length === 0 ? height / 2 + 4 : 18);
  children.push(
    lamp(item.state, lampX, top - 4),
    label(paint, item.title, {
      x: textX,
      y: top,
      width: room - marks.length * 18,
      size: 12,
      weight: 600,
      name: 'title',
    }),
    ...marks,
  );
  if (item.address !== '') {
    children.push(
      label(paint, item.address, { x: textX, y: y + 32, width: room, size: 11, name: 'address' }),
    );
  }
  if (paint.detail === 3) {
    const line = item.address === '' ? 31 : 41.5;
    children.push(
      label(paint, item.detail, { x: textX, y: y + line, width: room, size: 7.5, name: 'muted' }),
    );
  }
  return children;
}

function drawChip(item: LinkItem, paint: Paint): SVGElement[] {
  const { x, y, width, height } = item.bounds;
  const middle = y + height / 2;
  const children: SVGElement[] = [
    box(item.bounds, height / 2, { class: 'body' }),
    lamp(item.state, x + 11, middle, 2.6),
  ];
  return [
    ...children,
    label(paint, item.title, { x: x + 19, y: middle + 3.6, width: width - 26, size: 10, name: 'muted' }),
  ];
}

function drawLink(item: LinkItem, paint: Paint): SVGElement[] {
  switch (item.style) {
    case 'plug':
      return drawPlug(item, paint);
    case 'host':
      return drawHost(item, paint);
    case 'pin':
      return drawPin(item);
    case 'chip':
      return drawChip(item, paint);
    case 'box':
      return drawBoxedLink(item, paint);
  }
}

function draw(item: SceneItem, paint: Paint): SVGElement[] {
  switch (item.kind) {
    case 'group':
      return drawGroup(item, paint);
    case 'wire':
      return drawWire(item);
    case 'box':
      return drawBox(item, paint);
    case 'pod':
      return drawPod(item, paint);
    case 'link':
      return drawLink(item, paint);
  }
}

function colourClass(colour: number | null): string[] {
  return colour === null ? [] : [`colour-${colour % 6}`];
}

/** The classes by which the style sheet knows an item. */
export function classesOf(item: SceneItem): string {
  const flag = (on: boolean, name: string): string[] => (on ? [name] : []);
  switch (item.kind) {
    case 'group':
      return ['item', 'group', ...colourClass(item.colour), ...flag(item.loose, 'loose')].join(' ');
    case 'wire':
      return ['item', 'wire', item.wire, `is-${item.state}`, ...colourClass(item.colour)].join(' ');
    case 'box':
      return ['item', 'namespace', ...flag(item.root, 'root')].join(' ');
    case 'pod':
      return ['item', 'pod', `is-${item.state}`, ...flag(item.ghost, 'ghost')].join(' ');
    case 'link': {
      const flags = [
        ...flag(item.bridge, 'bridge'),
        ...flag(item.dim, 'dim'),
        ...flag(item.peerUnknown, 'peer-unknown'),
      ];
      return ['item', 'link', item.style, `is-${item.state}`, ...flags, ...colourClass(item.colour)].join(
        ' ',
      );
    }
  }
}

/** Draws an item. Its tooltip is the full text of what may be cut. */
export function drawItem(item: SceneItem, paint: Paint): SVGGElement {
  const element = svg('g', { class: classesOf(item), 'data-key': item.key });
  if (item.tooltip !== '') {
    element.append(svg('title', {}, item.tooltip));
  }
  element.append(...draw(item, paint));
  return element;
}
