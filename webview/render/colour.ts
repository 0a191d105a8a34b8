/** Pure: colours as numbers, for the mixing that a canvas cannot do. */

/** Red, green and blue 0–255, alpha 0–1. */
export interface Colour {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly a: number;
}

export const transparent: Colour = { r: 0, g: 0, b: 0, a: 0 };

function fromHex(digits: string): Colour {
  const wide = digits.length < 6 ? digits.replace(/./g, '$&$&') : digits;
  const part = (at: number): number => parseInt(wide.slice(at, at + 2), 16);
  return { r: part(0), g: part(2), b: part(4), a: wide.length < 8 ? 1 : part(6) / 255 };
}

/**
 * Parses what browsers report as a computed colour, and what themes are written in: `#rgb`, `#rrggbbaa`, `rgb()`, `rgba()`
 * and `color(srgb …)`. Undefined for anything else.
 */
export function parseColour(text: string): Colour | undefined {
  const trimmed = text.trim();
  const hex = /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(trimmed)?.[1];
  if (hex !== undefined) {
    return fromHex(hex);
  }
  const [, name, inside = ''] = /^(rgba?|color)\(([^)]*)\)$/i.exec(trimmed) ?? [];
  const numbers = inside.match(/-?[\d.]+(?:e-?\d+)?%?/g)?.map(toNumber) ?? [];
  const [r, g, b, a = 1] = numbers;
  if (name === undefined || r === undefined || g === undefined || b === undefined) {
    return undefined;
  }
  const scale = name === 'color' ? 255 : 1;
  return { r: r * scale, g: g * scale, b: b * scale, a };
}

function toNumber(text: string): number {
  return text.endsWith('%') ? parseFloat(text) / 100 : parseFloat(text);
}

/** `part` (0–1) of one colour and the rest of another, as `color-mix(in srgb, …)` has it. */
export function mix(one: Colour, part: number, other: Colour): Colour {
  const a = one.a * part + other.a * (1 - part);
  if (a === 0) {
    return transparent;
  }
  const channel = (from: number, to: number): number => (from * one.a * part + to * other.a * (1 - part)) / a;
  return { r: channel(one.r, other.r), g: channel(one.g, other.g), b: channel(one.b, other.b), a };
}

export function fade(colour: Colour, part: number): Colour {
  return { ...colour, a: colour.a * part };
}

/** `part` (0–1) of its saturation, as the CSS filter `saturate()` has it. */
export function saturate(colour: Colour, part: number): Colour {
  const grey = 0.213 * colour.r + 0.715 * colour.g + 0.072 * colour.b;
  return mix(colour, part, { r: grey, g: grey, b: grey, a: colour.a });
}

/** As CSS, SVG and canvas all take it. */
export function cssColour({ r, g, b, a }: Colour): string {
  const [red, green, blue] = [Math.round(r), Math.round(g), Math.round(b)];
  return a >= 1 ? `rgb(${red}, ${green}, ${blue})` : `rgba(${red}, ${green}, ${blue}, ${a.toFixed(3)})`;
}

/** Relative luminance by WCAG 2.2, 0 (black) to 1 (white); alpha is not looked at. */
export function luminance({ r, g, b }: Colour): number {
  const linear = (value: number): number => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}
