/** The code template: margins, nesting, lists. */
import { expect } from 'chai';
import { code } from './code.js';

describe('code', () => {
  it('strips the margin and indents every line of what it holds', () => {
    const body = code`
      a();
      if (b) {
        c();
      }`;
    expect(code`
      void f(void) {
        ${body}
      }`).to.equal('void f(void) {\n  a();\n  if (b) {\n    c();\n  }\n}');
  });

  it('joins lists by line, and drops the line of an empty one', () => {
    expect(code`
      {
        ${['x;', 'y;']}
        ${[]}
        z${1}${[]};
      }`).to.equal('{\n  x;\n  y;\n  z1;\n}');
  });
});
