/** The keys of a grid of rows: one stop for Tab; the arrows go from row to row, and along what can be pressed in one. */

function rowsOf(body: HTMLTableSectionElement): HTMLTableRowElement[] {
  return Array.from(body.rows);
}

function pressables(row: HTMLElement): HTMLElement[] {
  return Array.from(row.querySelectorAll<HTMLElement>('button'));
}

function goTo(body: HTMLTableSectionElement, row: HTMLTableRowElement | undefined, at: number): void {
  if (row !== undefined) {
    rowsOf(body).forEach((other) => (other.tabIndex = other === row ? 0 : -1));
    const inside = pressables(row);
    (at < 0 ? row : (inside[Math.min(at, inside.length - 1)] ?? row)).focus();
  }
}

/** Goes where a key leads; false for a key that is not the grid's. */
export function walkGrid(body: HTMLTableSectionElement, event: KeyboardEvent): boolean {
  const target = event.target instanceof HTMLElement ? event.target : null;
  const row = target?.closest('tr') ?? null;
  if (target === null || row === null) {
    return false;
  }
  const rows = rowsOf(body);
  const at = pressables(row).indexOf(target);
  const index = rows.indexOf(row);
  switch (event.key) {
    case 'ArrowDown':
      goTo(body, rows[index + 1], at);
      return true;
    case 'ArrowUp':
      goTo(body, rows[index - 1], at);
      return true;
    case 'Home':
      goTo(body, rows[0], at);
      return true;
    case 'End':
      goTo(body, rows.at(-1), at);
      return true;
    case 'ArrowRight':
      goTo(body, row, at + 1);
      return true;
    case 'ArrowLeft':
      goTo(body, row, Math.max(-1, at - 1));
      return true;
    case 'Enter':
      if (target === row) {
        row.querySelector<HTMLElement>('.text-link')?.click();
        return true;
      }
      return false;
    default:
      return false;
  }
}
