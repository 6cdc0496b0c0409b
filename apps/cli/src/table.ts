/** Columns of plain text: aligned with blanks, no lines, no colours, so that a pipe can cut it. Knows no domain. */

export interface Column<T> {
  readonly title: string;
  /** Figures are aligned at the right. */
  readonly right?: boolean;
  cell(row: T): string;
}

/** A line of titles and one per row; the last column is not padded. */
export const table = <T>(rows: readonly T[], columns: readonly Column<T>[]): string => {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ cell }) => cell(row)))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => [...line[i]!].length)));
  const padded = (text: string, i: number): string => {
    const blanks = ' '.repeat(widths[i]! - [...text].length);
    return columns[i]!.right === true ? blanks + text : text + blanks;
  };
  return lines.map((line) => `${line.map(padded).join('  ').trimEnd()}\n`).join('');
};
