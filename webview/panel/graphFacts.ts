/**
 * What the canvases show, as attributes of the graph's element: a picture without elements tells nothing to style sheets,
 * to those who test it, and to whoever looks into a bug with the developer tools.
 */
import { selectionKey } from '../graph/selection.ts';
import type { Rect } from '../layout/geometry.ts';
import type { Emphasis, View } from '../render/renderer.ts';
import type { Scene } from '../render/scene.ts';
import type { Selection } from '../../src/protocol/messages.ts';

const rectText = ({ x, y, width, height }: Rect): string => [x, y, width, height].join(' ');

function setData(element: HTMLElement, name: string, value: string | null): void {
  if (value === null) {
    element.removeAttribute(`data-${name}`);
  } else {
    element.setAttribute(`data-${name}`, value);
  }
}

/** `data-view="x y k"`. */
export function tellView(element: HTMLElement, { x, y, k }: View): void {
  setData(element, 'view', [x, y, k].join(' '));
}

/** `data-sharp`: there while all that is in sight is painted as it should be. */
export function tellSharp(element: HTMLElement, sharp: boolean): void {
  setData(element, 'sharp', sharp ? '' : null);
}

/** "group:1 box:1": how many there are of each. */
function countsOf(all: readonly string[]): string {
  const counts = new Map<string, number>();
  all.forEach((one) => counts.set(one, (counts.get(one) ?? 0) + 1));
  return [...counts].map(([one, count]) => `${one}:${count}`).join(' ');
}

/**
 * `data-items="group:1 box:1 wire:9 pod:2 link:8"`: how many of each kind there are; `data-badges="link:error pod:warning"`: what
 * of them carries the sign of a finding.
 */
export function tellScene(element: HTMLElement, { items }: Scene): void {
  setData(element, 'items', countsOf(items.map(({ kind }) => kind)));
  const badges = items.flatMap(({ kind, badge }) => (badge === null ? [] : `${kind}:${badge}`));
  setData(element, 'badges', badges.length === 0 ? null : badges.join(' '));
}

/** `data-selected`: its key; `data-selected-bounds="x y width height"` in the scene, while it is drawn. */
export function tellSelection(element: HTMLElement, selection: Selection | null, scene: Scene | null): void {
  const key = selection === null ? null : selectionKey(selection);
  const bounds = key === null ? undefined : scene?.byKey.get(key)?.bounds;
  setData(element, 'selected', key);
  setData(element, 'selected-bounds', bounds === undefined ? null : rectText(bounds));
}

/** `data-step="3 seen"`: the step of a trace that is told, and what it is; `data-frames`: how many copies of its frame are drawn. */
export function tellStep(
  element: HTMLElement,
  step: { readonly at: number; readonly kind: string; readonly frames: number } | null,
): void {
  setData(element, 'step', step && `${step.at} ${step.kind}`);
  setData(element, 'frames', step && String(step.frames));
}

/**
 * `data-lit`, `data-matched` and `data-traced`: how many stand out; `data-routes`: the tones of the lines; `data-changes="added:link/…"`
 * and `data-debugged`: by their keys.
 */
export function tellEmphasis(element: HTMLElement, emphasis: Emphasis): void {
  const { bright, matched, traced, routes, changes, debugged } = emphasis;
  const words = (all: readonly string[]): string | null => (all.length === 0 ? null : all.join(' '));
  setData(element, 'changes', words([...changes].map(([key, change]) => `${change}:${key}`)));
  setData(element, 'debugged', words([...debugged]));
  setData(element, 'lit', bright === null ? null : String(bright.size));
  setData(element, 'matched', matched === null ? null : String(matched.size));
  setData(element, 'traced', traced.size === 0 ? null : String(traced.size));
  setData(element, 'routes', routes.length === 0 ? null : routes.map(({ tone }) => tone).join(' '));
}
