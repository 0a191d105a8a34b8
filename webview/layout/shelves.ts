/** Pure: packs the groups into shelves, so that a trunk can run above every shelf without crossing a group. */
import { group as measures, type Rect, type Size } from './geometry.ts';

export interface Shelved {
  readonly rect: Rect;
  readonly shelf: number;
  /** 0 for the first on its shelf, which its trunk reaches from the left. */
  readonly place: number;
}

/** From one trunk to the next, of those that run above a shelf to all of its groups but the first. */
export const trunkPitch = 8;
/** So many run in the gap to the shelf above; room is made for so many more at a time, so that one group more seldom moves a shelf. */
const trunksInGap = 3;

/** Packs boxes in order, left to right, into shelves no wider than `width` (a wider box gets a shelf of its own). */
export function packShelves(sizes: readonly Size[], width: number): Shelved[] {
  const shelves: Size[][] = [];
  let used = Infinity;
  for (const size of sizes) {
    const shelf = shelves.at(-1);
    if (shelf === undefined || used + measures.gap + size.width > width) {
      shelves.push([size]);
      used = size.width;
    } else {
      shelf.push(size);
      used += measures.gap + size.width;
    }
  }
  let y = 0;
  return shelves.flatMap((shelf, number) => {
    const steps = Math.max(0, Math.ceil((shelf.length - 1) / trunksInGap) - 1);
    y += number === 0 ? 0 : measures.gap + steps * trunksInGap * trunkPitch;
    let x = 0;
    const row = shelf.map((size, place) => {
      const rect = { x, y, width: size.width, height: size.height };
      x += size.width + measures.gap;
      return { rect, shelf: number, place };
    });
    y += Math.max(...shelf.map((size) => size.height));
    return row;
  });
}

function fitScale(packed: readonly Shelved[], screen: Size, beside: number): number {
  const right = beside + Math.max(...packed.map(({ rect }) => rect.x + rect.width));
  const bottom = Math.max(...packed.map(({ rect }) => rect.y + rect.height));
  return Math.min(screen.width / right, screen.height / bottom);
}

/** The width at which all boxes are shown largest on a screen, with something `beside` px wide at their left. */
export function bestWidth(sizes: readonly Size[], screen: Size, beside: number): number {
  const widest = Math.max(0, ...sizes.map((size) => size.width));
  const total = sizes.reduce((sum, size) => sum + size.width + measures.gap, 0);
  const choices = Array.from({ length: 24 }, (_, step) => widest + ((total - widest) * step) / 23);
  let best = { width: widest, scale: 0 };
  for (const width of choices) {
    const scale = sizes.length === 0 ? 0 : fitScale(packShelves(sizes, width), screen, beside);
    if (scale > best.scale) {
      best = { width, scale };
    }
  }
  return Math.ceil(best.width);
}
