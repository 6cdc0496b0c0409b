/** Assembly in C and back: a text of nothing but such statements needs no compiler, so whoever compiles it may hand it to the assembler. */

/** A statement that C leaves to the assembler. Lines hold no quotation marks and no backslashes. */
export const asmText = (lines: readonly string[]): string => ['__asm__(', ...lines.map((line) => `  "${line.replace('\t', '\\t')}\\n"`), ');'].join('\n');

/** The assembly of a text that is such statements and nothing else; null for any other. */
export const assemblyIn = (text: string): string | null => {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const quoted = /^ {2}"(?:(\\t))?([^"\\]*)\\n"$/.exec(line);
    if (quoted) lines.push(`${quoted[1] === undefined ? '' : '\t'}${quoted[2]}`);
    else if (line !== '' && line !== '__asm__(' && line !== ');') return null;
  }
  // as compilers end theirs: the stack holds no code
  return lines.length === 0 ? null : [...lines, '\t.section .note.GNU-stack,"",@progbits', ''].join('\n');
};
