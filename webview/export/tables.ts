/** The tables of a view. */

/**
 * The rows of a table as they are read; a cell's `data-value`, or a title that is a number, says more exactly what it
 * shows. A real minus sign becomes the one that other programs read.
 */
export function rowsOf(table: HTMLTableElement): string[][] {
  return [...table.rows].map((row) =>
    [...row.cells].map((cell) => {
      const exact = cell.dataset['value'] ?? (isNumber(cell.title) ? cell.title : cell.textContent);
      const text = exact.replace(/\s+/g, ' ').trim();
      return isNumber(text) ? text.replace('−', '-') : text;
    })
  );
}

function isNumber(text: string): boolean {
  return /^[−-]?(\d+\.?\d*|\.\d+)(e[+−-]?\d+)?$/i.test(text.trim());
}
