const reducedMotion = window.matchMedia('(prefers-reduced-motion: reduce)');

/** True where nothing may move by itself. */
export function standsStill(): boolean {
  return reducedMotion.matches;
}
