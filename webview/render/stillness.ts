const reducedMotion = window.matchMedia('(prefers-reduced-motion: reduce)');

/** True where nothing may move by itself: by the system's setting, or by that of VS Code, which marks the page's body. */
export function standsStill(): boolean {
  return reducedMotion.matches || document.body.classList.contains('vscode-reduce-motion');
}
