/** Pure: the rings around things. Each has a shape of its own; colour only repeats it. */
import type { Palette } from '../palette.ts';
import type { Ink } from '../shapes.ts';
import { dashes } from './paint.ts';

export type RingKind = 'selected' | 'pointed' | 'found' | 'traced' | 'changed' | 'debugged';

export interface Ring extends Ink {
  readonly lineWidth: number;
  /** How far it is from the thing, beside what every ring is. */
  readonly out: number;
}

/** Thick: selected; thin: pointed at; dashed: found; as the packet's way: traced; two of them: just changed. */
export function ringsOf(palette: Palette, kind: RingKind): readonly Ring[] {
  switch (kind) {
    case 'selected':
      return [{ stroke: palette.focus, lineWidth: 2.8, out: 0 }];
    case 'pointed':
      return [{ stroke: palette.focus, lineWidth: 1.6, out: 0 }];
    case 'found':
      return [{ stroke: palette.match, lineWidth: 2.4, dash: dashes.found, out: 0 }];
    case 'traced':
      return [{ stroke: palette.flow, lineWidth: 2.4, dash: dashes.flow, out: 0 }];
    case 'changed':
      return [
        { stroke: palette.changed, lineWidth: 2.8, out: 0 },
        { stroke: palette.changed, lineWidth: 1.4, out: 4 },
      ];
    case 'debugged':
      return [{ stroke: palette.flow, lineWidth: 2.6, out: 0 }];
  }
}
