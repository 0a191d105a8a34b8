/** Pure: the colours of the picture, mixed from the few that a theme gives. */
import { cssColour, fade, mix, saturate, transparent, type Colour } from './colour.ts';

/** What a theme gives, resolved. */
export interface ThemeColours {
  readonly ink: Colour;
  readonly muted: Colour;
  readonly paper: Colour;
  readonly raised: Colour;
  readonly focus: Colour;
  readonly blue: Colour;
  readonly green: Colour;
  readonly orange: Colour;
  readonly purple: Colour;
  readonly red: Colour;
  readonly yellow: Colour;
  readonly match: Colour;
  /** The edge of everything in high contrast themes; null in others. */
  readonly contrast: Colour | null;
}

/** One colour for each thing drawn, as CSS text. */
export interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
  readonly address: string;
  readonly raised: string;
  readonly edge: string;
  readonly edgeSoft: string;
  readonly edgeStrong: string;
  readonly focus: string;
  readonly good: string;
  readonly warn: string;
  /** Of question marks, which are read as text. */
  readonly doubt: string;
  readonly bad: string;
  readonly info: string;
  readonly changed: string;
  readonly match: string;
  readonly flow: string;
  readonly flowUnder: string;
  readonly ours: string;
  readonly box: string;
  readonly pod: string;
  readonly podEdge: string;
  readonly host: string;
  readonly plugEdge: string;
  readonly cable: string;
  readonly wire: string;
  /** Laid over what steps back while something else is lit, and more of it while something is searched. */
  readonly veil: string;
  readonly searchVeil: string;
  /** Laid and drawn over a picture that is no longer current. */
  readonly staleVeil: string;
  readonly hatch: string;
  /** One for each bus bar in turn. */
  readonly buses: readonly BusColours[];
  readonly font: string;
}

export interface BusColours {
  readonly bar: string;
  readonly frame: string;
  readonly frameEdge: string;
  readonly title: string;
  readonly hub: string;
}

/** Told apart from each other, and from the colours of health. */
function busColours(theme: ThemeColours): readonly BusColours[] {
  const { blue, green, orange, purple, red, ink, paper, contrast } = theme;
  const bars = [
    blue,
    purple,
    mix(blue, 0.5, green),
    mix(orange, 0.55, ink),
    mix(purple, 0.5, red),
    mix(blue, 0.45, ink),
  ];
  return bars.map((bar) => ({
    bar: cssColour(bar),
    frame: cssColour(fade(bar, 0.05)),
    frameEdge: cssColour(mix(bar, 0.45, contrast ?? fade(ink, 0.16))),
    title: cssColour(mix(bar, 0.55, ink)),
    hub: cssColour(mix(bar, 0.12, paper)),
  }));
}

/** Mixes the palette of a theme; `font` is a CSS font family. */
export function buildPalette(theme: ThemeColours, font: string): Palette {
  const { ink, muted, paper, raised, focus, blue, green, orange, red, yellow, contrast } = theme;
  const edge = contrast ?? fade(ink, 0.28);
  return {
    paper: cssColour(paper),
    ink: cssColour(ink),
    muted: cssColour(muted),
    address: cssColour(mix(ink, 0.82, muted)),
    raised: cssColour(raised),
    edge: cssColour(edge),
    edgeSoft: cssColour(contrast ?? fade(ink, 0.16)),
    edgeStrong: cssColour(contrast ?? fade(ink, 0.45)),
    focus: cssColour(focus),
    good: cssColour(green),
    // Themes give colours for areas; signs and lines want more contrast to the paper.
    warn: cssColour(mix(yellow, 0.85, ink)),
    doubt: cssColour(mix(yellow, 0.6, ink)),
    bad: cssColour(red),
    info: cssColour(blue),
    changed: cssColour(mix(yellow, 0.85, ink)),
    match: cssColour(theme.match),
    flow: cssColour(mix(orange, 0.85, ink)),
    flowUnder: cssColour(mix(orange, 0.35, paper)),
    ours: cssColour(green),
    box: cssColour(mix(ink, 0.03, paper)),
    pod: cssColour(mix(blue, 0.09, raised)),
    podEdge: cssColour(contrast ?? mix(blue, 0.38, edge)),
    host: cssColour(mix(ink, 0.04, paper)),
    plugEdge: cssColour(contrast ?? mix(green, 0.55, edge)),
    cable: cssColour(mix(green, 0.7, ink)),
    wire: cssColour(mix(ink, 0.52, paper)),
    veil: cssColour(fade(paper, contrast === null ? 0.68 : 0.55)),
    searchVeil: cssColour(fade(paper, 0.78)),
    staleVeil: cssColour(fade(paper, 0.4)),
    hatch: cssColour(fade(ink, 0.09)),
    buses: busColours(theme),
    font,
  };
}

/** The colours of a picture that is no longer current: those of `.stale` in style.css. */
export function staleTheme({ contrast, ...colours }: ThemeColours): ThemeColours {
  const faded = Object.entries(colours).map(([name, colour]) => [name, saturate(colour, 0.4)] as const);
  return {
    ...(Object.fromEntries(faded) as typeof colours),
    contrast: contrast && saturate(contrast, 0.4),
  };
}

/** The CSS that gives each colour of a theme, first choice first. */
const sources: Readonly<Record<Exclude<keyof ThemeColours, 'contrast'>, readonly string[]>> = {
  ink: ['--vscode-editor-foreground', '--vscode-foreground'],
  muted: ['--vscode-descriptionForeground', '--vscode-editor-foreground'],
  paper: ['--vscode-editor-background'],
  raised: ['--vscode-editorWidget-background', '--vscode-editor-background'],
  focus: ['--vscode-focusBorder', '--vscode-charts-blue'],
  blue: ['--vscode-charts-blue'],
  green: ['--vscode-charts-green'],
  orange: ['--vscode-charts-orange', '--vscode-focusBorder'],
  purple: ['--vscode-charts-purple', '--vscode-charts-blue'],
  red: ['--vscode-charts-red', '--vscode-errorForeground'],
  yellow: ['--vscode-charts-yellow', '--vscode-editorWarning-foreground'],
  match: ['--vscode-editor-findMatchHighlightBorder', '--vscode-charts-yellow'],
};

/** For a page without a theme. */
const grey: Colour = { r: 128, g: 128, b: 128, a: 1 };

/** Reads a theme: `resolve` gives the colour of a CSS variable, undefined where it is not set. */
export function readTheme(resolve: (variable: string) => Colour | undefined): ThemeColours {
  const first = (names: readonly string[]): Colour => {
    const found = names.map(resolve).find((one) => one?.a) ?? grey;
    // Charts are areas, and a theme may let one see through them; what is drawn here are lines over lines.
    return names[0]?.startsWith('--vscode-charts-') === true ? { ...found, a: 1 } : found;
  };
  const entries = Object.entries(sources).map(([name, variables]) => [name, first(variables)] as const);
  const found = Object.fromEntries(entries) as Omit<{ [K in keyof ThemeColours]: Colour }, 'contrast'>;
  const contrast = resolve('--vscode-contrastBorder');
  return { ...found, contrast: contrast === undefined || contrast.a === 0 ? null : contrast };
}

/** Every colour that the system lets a page have where it forces colours; resolved by `resolve` from CSS system colours. */
export function readForcedTheme(resolve: (systemColour: string) => Colour | undefined): ThemeColours {
  const ink = resolve('CanvasText') ?? grey;
  const paper = resolve('Canvas') ?? transparent;
  const highlight = resolve('Highlight') ?? ink;
  const link = resolve('LinkText') ?? ink;
  return {
    ink,
    muted: ink,
    paper,
    raised: paper,
    focus: highlight,
    blue: link,
    green: ink,
    orange: highlight,
    purple: link,
    red: ink,
    yellow: ink,
    match: highlight,
    contrast: ink,
  };
}
