/** The tables of a view. */

/** The rows of a table as they are read; a cell's `data-value` says more exactly what it shows. */
export function rowsOf(table: HTMLTableElement): string[][] {
  return [...table.rows].map((row) =>
    [...row.cells].map((cell) => (cell.dataset['value'] ?? cell.textContent ?? '').replace(/\s+/g, ' ').trim())
  );
}
