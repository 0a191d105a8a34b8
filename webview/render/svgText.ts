/** Pure: shapes as SVG text that stands alone: every colour is written out, and every text escaped. */
import { roundCorners, type Ink, type LineMark, type Shape } from './shapes.ts';

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

type Attributes = Readonly<Record<string, string | number | undefined>>;

function tag(name: string, attributes: Attributes, inside?: string): string {
  const written = Object.entries(attributes)
    .filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : escapeXml(value)}"`)
    .join('');
  return inside === undefined ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`;
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function inkOf({ fill, stroke, lineWidth = 1, dash, opacity }: Ink): Attributes {
  return {
    fill: fill ?? 'none',
    stroke,
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

function shapeText(shape: Shape): string {
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
    case 'text': {
      const { x, y, size, weight, italic, anchor, fill, halo } = shape;
      const attributes = {
        ...{ x, y, fill, 'font-size': size, 'font-weight': weight === 400 ? undefined : weight },
        'font-style': italic ? 'italic' : undefined,
        'text-anchor': anchor === 'middle' ? 'middle' : undefined,
        ...(halo === null ? {} : { stroke: halo, 'stroke-width': size * 0.3, 'paint-order': 'stroke' }),
      };
      return tag('text', attributes, escapeXml(shape.text));
    }
  }
}

/** The elements of shapes, one after the other. Lines end and join round where the group around them says so. */
export function shapesToSvg(shapes: readonly Shape[]): string {
  return shapes.map(shapeText).join('');
}
