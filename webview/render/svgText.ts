/** Pure: shapes as SVG text that stands alone: every colour is written out, and every text escaped. */
import { parseColour } from './colour.ts';
import { roundCorners, type Ink, type LineMark, type Shape, type TextMark } from './shapes.ts';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as XML may hold it; what XML 1.0 has no way to write becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => escapes[character] ?? '');
}

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One element; `inside` is SVG text. */
export function tag(name: string, attributes: Attributes, inside?: string): string {
  const written = Object.entries(attributes)
    .filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : escapeXml(value)}"`)
    .join('');
  return inside === undefined ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`;
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** A colour and how much of it: programs other than browsers know no `rgba()` in SVG. */
function colourOf(name: 'fill' | 'stroke', css: string | undefined): Attributes {
  const colour = css === undefined ? undefined : parseColour(css);
  if (colour === undefined) {
    return { [name]: css };
  }
  const channels = [colour.r, colour.g, colour.b].map((value) => Math.round(value));
  const hex = channels.map((value) => value.toString(16).padStart(2, '0')).join('');
  return { [name]: `#${hex}`, [`${name}-opacity`]: colour.a < 1 ? colour.a : undefined };
}

function inkOf({ fill, stroke, lineWidth = 1, dash, opacity }: Ink): Attributes {
  return {
    ...colourOf('fill', fill ?? 'none'),
    ...colourOf('stroke', stroke),
    'stroke-width': stroke === undefined ? undefined : lineWidth,
    'stroke-dasharray': stroke === undefined || dash === undefined ? undefined : dash.map(short).join(' '),
    opacity,
  };
}

/** Path data of polylines with rounded corners. */
export function linePathData({ paths, radius }: Pick<LineMark, 'paths' | 'radius'>): string {
  return paths
    .map((points) => {
      const [first] = points;
      const rest = roundCorners(points, radius).map(
        ({ start, corner, end }) =>
          `L${short(start.x)} ${short(start.y)}` +
          (end === null ? '' : `Q${short(corner.x)} ${short(corner.y)} ${short(end.x)} ${short(end.y)}`),
      );
      return first === undefined ? '' : `M${short(first.x)} ${short(first.y)}${rest.join('')}`;
    })
    .join('');
}

/** A text as wide as it is here also where its font is not at hand: no name runs out of its box. */
function textText(mark: TextMark, width: number): string {
  const { x, y, size, weight, italic, anchor, fill, halo } = mark;
  const around = {
    ...colourOf('stroke', halo ?? undefined),
    'stroke-width': size * 0.3,
    'paint-order': 'stroke',
  };
  const attributes = {
    ...{ x, y, 'font-size': size, 'font-weight': weight === 400 ? undefined : weight },
    ...colourOf('fill', fill),
    'font-style': italic ? 'italic' : undefined,
    'text-anchor': anchor === 'middle' ? 'middle' : undefined,
    ...(width > 0 ? { textLength: width, lengthAdjust: 'spacingAndGlyphs' } : {}),
    ...(halo === null ? {} : around),
  };
  // Names may begin, end and go on with blanks, which browsers would draw as one or none.
  return tag('text', attributes, escapeXml(mark.text).replace(/^ | (?= )| $/g, '\u00a0'));
}

/** The width of a text where it is drawn, in the lengths of the scene. */
export type WidthOf = (mark: TextMark) => number;

function shapeText(shape: Shape, widthOf: WidthOf): string {
  switch (shape.kind) {
    case 'rect': {
      const { x, y, width, height, radius } = shape;
      return tag('rect', { x, y, width, height, rx: radius === 0 ? undefined : radius, ...inkOf(shape) });
    }
    case 'circle':
      return tag('circle', { cx: shape.x, cy: shape.y, r: shape.radius, ...inkOf(shape) });
    case 'path': {
      const moved =
        shape.x === 0 && shape.y === 0 ? undefined : `translate(${short(shape.x)} ${short(shape.y)})`;
      return tag('path', { d: shape.d, transform: moved, ...inkOf(shape) });
    }
    case 'line':
      return tag('path', { d: linePathData(shape), ...inkOf(shape) });
    case 'text':
      return textText(shape, widthOf(shape));
  }
}

/** The elements of shapes, one after the other. Lines end and join round where the group around them says so. */
export function shapesToSvg(shapes: readonly Shape[], widthOf: WidthOf): string {
  return shapes.map((shape) => shapeText(shape, widthOf)).join('');
}
