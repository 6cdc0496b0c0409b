/** A template for readable generated text: strips the margin, re-indents nested blocks, joins lists by line. Knows no language. */

type Piece = string | number | readonly (string | number)[];

const indentTail = (text: string, indent: string): string => text.split('\n').join(`\n${indent}`);

/**
 * code`for (;;) {
 *   ${lines}
 * }` — an interpolated list is joined by newlines, and every line after the first gets the indentation of its place.
 * An empty list on a line of its own removes the line.
 */
export const code = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): string => {
  const gone = '\u0000';
  let out = strings[0] ?? '';
  pieces.forEach((piece, i) => {
    // the last line alone is looked at: a text of kernels is long
    const last = out.slice(out.lastIndexOf('\n') + 1), indent = /^[ \t]*$/.test(last) ? last : '';
    const text = Array.isArray(piece) ? (piece.length === 0 ? gone : piece.join('\n')) : String(piece);
    out += indentTail(text, indent) + (strings[i + 1] ?? '');
  });
  const lines = out.split('\n').filter((line) => line.trim() !== gone).map((line) => line.replaceAll(gone, ''));
  if (lines[0]?.trim() === '') lines.shift();
  if (lines.at(-1)?.trim() === '') lines.pop();
  const margin = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)![0].length));
  return lines.map((line) => line.slice(Number.isFinite(margin) ? margin : 0)).join('\n');
};
