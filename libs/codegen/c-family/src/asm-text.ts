/**
 * Assembly in C and back: a text of nothing but such statements needs no compiler, so whoever compiles it may hand it to the assembler; and whoever reads it
 * wants no quotation marks.
 */

/** Around each line of assembly, which has a tab at its begin at most. */
const before = '  "', after = '\\n"';

/** A statement that C leaves to the assembler. Lines hold no quotation marks and no backslashes. */
export const asmText = (lines: readonly string[]): string => ['__asm__(', ...lines.map((line) => `${before}${line.startsWith('\t') ? `\\t${line.slice(1)}` : line}${after}`), ');'].join('\n');

/** The line of assembly in a line of such a statement; null in any other line. */
const lineIn = (line: string): string | null => {
  if (!line.startsWith(before) || !line.endsWith(after)) return null;
  const indented = line.startsWith('\\t', before.length), content = line.slice(before.length + (indented ? 2 : 0), -after.length);
  return content.includes('"') || content.includes('\\') ? null : indented ? `\t${content}` : content;
};

/** The assembly of a text that is such statements and nothing else; null for any other. */
export const assemblyIn = (text: string): string | null => {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const read = lineIn(line);
    if (read !== null) lines.push(read);
    else if (line !== '' && line !== '__asm__(' && line !== ');') return null;
  }
  // as compilers end theirs: the stack holds no code
  return lines.length === 0 ? null : [...lines, '\t.section .note.GNU-stack,"",@progbits', ''].join('\n');
};

/** A text for whoever reads it: assembly as an assembler's own file has it, whatever is beside it as it stands. */
export const readableText = (text: string): string => {
  let inside = false;
  return text.split('\n').flatMap((line) => {
    const opens = line === '__asm__(', closes = inside && line === ');', read = inside ? lineIn(line) : null;
    inside = opens || (inside && !closes);
    return opens || closes ? [] : [read ?? line];
  }).join('\n');
};
