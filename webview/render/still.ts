/** Pure: a picture that stands still, to be taken out of the panel: all that is painted, as shapes in one order. */
import type { Point, Rect, Size } from '../layout/geometry.ts';
import { EmphasisShapes } from './draw/drawEmphasis.ts';
import { SceneShapes } from './draw/drawScene.ts';
import type { Drawings } from './drawings.ts';
import type { Emphasis, View } from './renderer.ts';
import type { Scene } from './scene.ts';
import type { LineMark, Shape } from './shapes.ts';
import type { WidthOf } from './svgText.ts';

/** A window on the scene, in px. */
export interface Frame {
  readonly view: View;
  readonly size: Size;
}

export interface Still extends Frame {
  /** What is around the shapes and behind them. */
  readonly ground: string;
  /** A CSS font family. */
  readonly font: string;
  readonly widthOf: WidthOf;
  /** In the order of painting, item by item; in the lengths of the scene. */
  readonly shapes: Iterable<readonly Shape[]>;
}

export interface StillOptions {
  readonly frame: Frame;
  readonly emphasis: Emphasis;
  /** No longer current: hatched. Its drawings have the colours for that. */
  readonly stale: boolean;
}

const margin = 28;

/** The frame of all of a scene, as near as names and addresses are read. */
export function frameOf({ x, y, width, height }: Rect): Frame {
  return {
    view: { x: Math.round(margin - x), y: Math.round(margin - y), k: 1 },
    size: { width: Math.ceil(width) + 2 * margin, height: Math.ceil(height) + 2 * margin },
  };
}

/** What programs that show pictures take without complaint, and 192 MB while it is painted. */
const most = { sidePx: 16_384, areaPx: 48 * 2 ** 20 } as const;

/** Px of the picture for each px of a size: as many as are asked for, and as few as are needed to stay within what is possible. */
export function pngRatio({ width, height }: Size, asked: number): number {
  return Math.min(asked, most.sidePx / Math.max(width, height), Math.sqrt(most.areaPx / (width * height)));
}

/** What moves on the screen is left out: the frames of a trace that is told, and the glow of what has just changed. */
export function stillOf(scene: Scene, drawings: Drawings, { frame, emphasis, stale }: StillOptions): Still {
  const { palette } = drawings;
  return {
    ...frame,
    ground: palette.paper,
    font: palette.font,
    widthOf: ({ text, size, weight }) => drawings.fitter.width(text, size, weight),
    shapes: {
      *[Symbol.iterator]() {
        const area = areaOf(frame);
        const ground = { kind: 'rect', radius: 0, ...area } as const;
        yield* new SceneShapes(scene, drawings).shapesIn(area, frame.view.k);
        if (emphasis.bright !== null || emphasis.matched !== null) {
          yield [{ ...ground, fill: emphasis.matched === null ? palette.veil : palette.searchVeil }];
        }
        yield* new EmphasisShapes(scene, drawings, emphasis).shapesIn(area, frame.view.k);
        if (stale) {
          yield [{ ...ground, fill: palette.staleVeil }, hatchOf(frame, palette.hatch)];
        }
      },
    },
  };
}

function scenePoint({ view: { x, y, k } }: Frame, point: Point): Point {
  return { x: (point.x - x) / k, y: (point.y - y) / k };
}

function areaOf(frame: Frame): Rect {
  const { x, y } = scenePoint(frame, { x: 0, y: 0 });
  const { k } = frame.view;
  return { x, y, width: frame.size.width / k, height: frame.size.height / k };
}

/** From one line to the next, along an edge. */
const hatchPx = 14 * Math.SQRT2;

/** The lines of `.stale` in style.css, from the bottom right corner on. */
function hatchOf(frame: Frame, stroke: string): LineMark {
  const { width, height } = frame.size;
  const at = (x: number, y: number): Point => scenePoint(frame, { x, y });
  const paths: Point[][] = [];
  for (let sum = width + height - hatchPx * (13.5 / 14); sum > 0; sum -= hatchPx) {
    const [left, right] = [Math.max(0, sum - height), Math.min(width, sum)];
    paths.push([at(left, sum - left), at(right, sum - right)]);
  }
  return { kind: 'line', paths, radius: 0, stroke, lineWidth: 1 / frame.view.k };
}
