/** Tables as comma-separated values (RFC 4180), and the tables of a view. */

export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** The rows of a table as they are read; a cell's `data-value` says more exactly what it shows. */
export function rowsOf(table: HTMLTableElement): string[][] {
  return [...table.rows].map((row) =>
    [...row.cells].map((cell) => (cell.dataset['value'] ?? cell.textContent ?? '').replace(/\s+/g, ' ').trim())
  );
}
