/** Columns as wide as their widest cell; nothing follows the last cell of a row. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  gap = "   ",
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(gap)}`.trimEnd())
    .map((line) => `${line}\n`)
    .join("");
}
