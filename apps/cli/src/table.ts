/** Columns of plain text: aligned with blanks, no lines, no colours, so that a pipe can cut it; texts are cut to a terminal's width. Knows no domain. */

export interface Column<T> {
  readonly title: string;
  /** Figures are aligned at the right, and never cut. */
  readonly right?: boolean;
  cell(row: T): string;
}

/** Keys and ids are that long, and somebody will want to paste them: nothing is cut shorter. */
const LEAST_TEXT = 16;

/**
 * A line of titles and one per row; the last column is not padded. `width`: columns of a terminal, null for none. What is wider is taken from the texts, the
 * last column first, and where they become too short, the last columns get a line of their own.
 */
export const table = <T>(rows: readonly T[], columns: readonly Column<T>[], width: number | null = null): string => {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ cell }) => cell(row)))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => [...line[i]!].length)));
  const isText = columns.map(({ right }) => right !== true), parts = partsWithin(width ?? Infinity, widths, isText);
  const padded = (whole: string, i: number, columnsOf: number): string => {
    const text = clipped(whole, columnsOf), blanks = ' '.repeat(columnsOf - [...text].length);
    return isText[i] ? text + blanks : blanks + text;
  };
  const shown = (line: readonly string[]): readonly string[] => {
    let at = 0;
    return parts.map((part, p) => (p === 0 ? '' : INDENT) + part.map((columnsOf) => padded(line[at]!, at++, columnsOf)).join('  ').trimEnd());
  };
  return lines.map((line) => `${shown(line).join('\n')}\n`).join('');
};
const INDENT = '    ';

/** The widths of the columns, by the lines that a row takes. */
const partsWithin = (width: number, widths: readonly number[], isText: readonly boolean[]): readonly (readonly number[])[] => {
  const taken = (of: readonly number[]): number => of.reduce((sum, one) => sum + one + 2, -2);
  let beyond = taken(widths) - width;
  const cut = widths.map((one, i) => ({ one, i })).reverse().map(({ one, i }) => {
    const less = isText[i] ? Math.max(0, Math.min(beyond, one - LEAST_TEXT)) : 0;
    beyond -= less;
    return one - less;
  }).reverse();
  if (beyond <= 0) return [cut];
  const head = Math.max(1, widths.findLastIndex((_, i) => taken(widths.slice(0, i + 1)) <= width) + 1);
  if (head >= widths.length) return [cut];
  return [head === 1 ? cut.slice(0, 1) : widths.slice(0, head), ...partsWithin(width - INDENT.length, widths.slice(head), isText.slice(head))];
};

/** A text in as many columns, its end left out where it is longer. */
export const clipped = (text: string, columns: number): string => ([...text].length <= columns ? text : `${[...text].slice(0, Math.max(0, columns - 1)).join('')}…`);
