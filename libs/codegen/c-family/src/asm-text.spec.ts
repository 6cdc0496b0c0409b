/** Assembly that C quotes: there and back, and what is not assembly alone. */
import { expect } from 'chai';
import { asmText, assemblyIn, readableText } from './asm-text.js';

const lines = ['\t.globl f', 'f:', '\tvmovups 64(%rdi){1to16}, %zmm3', '\tret'];

describe('assembly in C', () => {
  it('is quoted line by line, and read back with the mark of a stack without code', () => {
    expect(asmText(lines.slice(2))).to.equal('__asm__(\n  "\\tvmovups 64(%rdi){1to16}, %zmm3\\n"\n  "\\tret\\n"\n);');
    expect(assemblyIn(`${asmText(lines)}\n\n${asmText(['g:'])}\n`)).to.equal(`${lines.join('\n')}\ng:\n\t.section .note.GNU-stack,"",@progbits\n`);
  });

  it('is read without what C needs around it, and C beside it as it stands', () => {
    const beside = 'void g(void) {\n  puts(\n  "a\\n"\n);\n}';
    expect(readableText(`${asmText(lines)}\n`)).to.equal(`${lines.join('\n')}\n`);
    expect(readableText(`${beside}\n${asmText(lines)}\n${beside}\n`)).to.equal(`${beside}\n${lines.join('\n')}\n${beside}\n`);
  });

  it('is not all of a text that says anything else', () => {
    for (const text of ['', 'int f(void);', `${asmText(lines)}\nint f(void);`, asmText(lines).replace('ret', 'ret \\" more')]) expect(assemblyIn(text), text).to.equal(null);
  });
});
