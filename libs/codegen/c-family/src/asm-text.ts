/** Assembly in C and back: a text of nothing but such statements needs no compiler, so whoever compiles it may hand it to the assembler. */

/** Around each line of assembly, which has a tab at its begin at most. */
const before = '  "', after = '\\n"';

/** A statement that C leaves to the assembler. Lines hold no quotation marks and no backslashes. */
export const asmText = (lines: readonly string[]): string => ['__asm__(', ...lines.map((line) => `${before}${line.startsWith('\t') ? `\\t${line.slice(1)}` : line}${after}`), ');'].join('\n');

/** The assembly of a text that is such statements and nothing else; null for any other. */
export const assemblyIn = (text: string): string | null => {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line === '__asm__(' || line === ');') continue;
    if (!line.startsWith(before) || !line.endsWith(after)) return null;
    const indented = line.startsWith('\\t', before.length), content = line.slice(before.length + (indented ? 2 : 0), -after.length);
    if (content.includes('"') || content.includes('\\')) return null;
    lines.push(indented ? `\t${content}` : content);
  }
  // as compilers end theirs: the stack holds no code
  return lines.length === 0 ? null : [...lines, '\t.section .note.GNU-stack,"",@progbits', ''].join('\n');
};
