/** The sign of a finding as the picture draws it: an octagon, a triangle, a disc. */
import type { Severity } from '../../src/topology/finding.ts';
import { badgePaths } from '../render/draw/marks.ts';
import { svg } from '../render/svg.ts';

/** Says nothing by itself: the words are beside it. */
export function severityIcon(severity: Severity): SVGSVGElement {
  const { body, letter } = badgePaths(severity, 6.5);
  return svg(
    'svg',
    { class: `severity ${severity}`, width: 16, height: 16, viewBox: '-8 -8 16 16', 'aria-hidden': 'true' },
    svg('path', { class: 'severity-body', d: body }),
    svg('path', { class: 'severity-letter', d: letter }),
  );
}
