/** The text of programs: what is printed is read back to an equal program, and unreadable lines are named. */
import { expect } from 'chai';
import { unwrap } from '@loopsmith/util';
import { dtypes } from '../dtype.js';
import { constant } from '../index/index-expression.js';
import { binaryOperators, unaryOperators } from '../tensor/operation.js';
import { parseProgram } from '../testing/parse-program.js';
import type { Buffer, Expression, Program } from './program.js';
import { printProgram } from './text.js';
import { convolution, expandedConvolution, groupedLaunch, tailedSum } from './examples.spec.js';

const parse = (text: string): Program => unwrap(parseProgram(text));
const refusal = (text: string): string => {
  const outcome = parseProgram(text);
  if (outcome.ok) throw new Error('it was read');
  return outcome.failure.message;
};

describe('the text of a program', () => {
  for (const [name, text] of Object.entries({ convolution, expandedConvolution, groupedLaunch, tailedSum }))
    it(`prints ${name} exactly as it was written`, () => {
      const program = parse(text);
      expect(printProgram(program)).to.equal(text);
      expect(parse(printProgram(program))).to.deep.equal(program);
    });

  it('shares a line between perfectly nested loops and a body of one short statement, however they were written', () => {
    const long = parse('buffer X: f32[16] output\nkernel f\n  for a < 4\n    for b < 4 unrolled\n      X[4*a+b] = 0\n');
    expect(printProgram(long)).to.equal('buffer X: f32[16] output\nkernel f\n  for a < 4, b < 4 unrolled: X[4*a+b] = 0\n');
  });

  it('breaks a line that grows beyond 140 columns', () => {
    const sum = Array.from({ length: 20 }, (_, i) => `X[a+${i + 1}]`).join(' + ');
    const text = `buffer X: f32[40] input\nbuffer Y: f32[4] output\nkernel f\n  for a < 4\n    Y[a] = ${sum}\n`;
    expect(printProgram(parse(text))).to.equal(text);
  });

  it('keeps the first lanes of loads and stores, and what combines lanes', () => {
    const text = 'buffer X: f32[3] input\nbuffer Y: f32[4] output\nkernel f\n  let v = load4 X[0] first 3\n  write Y[0] first 2 = v\n  write Y[3] = across_multiply(v)\n';
    expect(printProgram(parse(text))).to.equal(text);
  });

  it('keeps every operator, dtype and constant', () => {
    const buffer: Buffer = { name: 'Y', dtype: 'f64', size: 1, scope: 'global', role: 'output', slack: 0 };
    const one: Expression = { kind: 'constant', dtype: 'f64', value: 1 };
    const values: Expression[] = [
      ...binaryOperators.map((operator): Expression => ({ kind: 'binary', operator, left: one, right: { kind: 'load', buffer, at: constant(0) } })),
      ...unaryOperators.map((operator): Expression => ({ kind: 'unary', operator, of: one })),
      ...dtypes.map((dtype): Expression => ({ kind: 'cast', dtype, of: { kind: 'constant', dtype, value: 1 } })),
      ...[0, -0, 1.5, -2.5e-30, 1e300, Infinity, -Infinity, NaN].map((value): Expression => ({ kind: 'constant', dtype: 'f32', value })),
      ...(['<', '<=', '==', '!=', '>', '>='] as const).map((compare): Expression => ({ kind: 'choose', compare, left: one, right: one, then: one, otherwise: one })),
      { kind: 'select', when: [], then: one, otherwise: one },
      { kind: 'index', dtype: 'i64', of: constant(3) }, { kind: 'index', dtype: 'i32', of: constant(-3) },
    ];
    const program: Program = { buffers: [buffer], kernels: [{ name: 'f', launch: null, body: values.map((value) => ({ kind: 'store', buffer, at: constant(0), value })) }] };
    expect(parse(printProgram(program))).to.deep.equal(program);
  });

  it('sets parentheses only where the association needs them', () => {
    const stores = ['A[0] + (A[0] - A[0])', 'A[0] - A[0] + A[0]', '(A[0] + A[0]) * A[0]', 'A[0] / (A[0] * A[0])', 'A[0] - -3 - -inf', '-(A[0] + 1)', '-A[0] * -(5)', '-(-A[0])', '(choose A[0] < 1 then 2 else 3) * 2',
      'select always then A[0] else select always then 1 else 2'];
    for (const value of stores) {
      const text = `buffer A: f32[1] input\nbuffer Y: f32[1] output\nkernel f\n  Y[0] = ${value}\n`;
      expect(printProgram(parse(text))).to.equal(text);
    }
  });

  it('reads loops that do not start at zero, empty bodies, comments and gathers', () => {
    const text = 'buffer I: i32[4] input\nbuffer X: f32[9] input\nbuffer Y: f32[4] output\nkernel f\n  for a in 1..3\n  for b < 4: Y[b] = X[I{b; 0..8}]\n  if always: Y[0] = 1\n';
    const program = parse(text);
    expect(printProgram(program)).to.equal(text);
    expect(parse(text.replace('kernel f', '-- a comment\n\nkernel f -- another'))).to.deep.equal(program);
  });

  const after = (line: string): string => refusal(`buffer X: f32[4] input\nbuffer Y: f32[4] output\nkernel f\n  ${line}\n`);
  it('names the line and what was expected', () => {
    expect(refusal('buffr X: f32[4]')).to.equal('line 1: expected "buffer" or "kernel", found "buffr"');
    expect(refusal('buffer X: float[4]')).to.equal('line 1: expected a dtype, found "float"');
    expect(after('Y[i] = 0')).to.equal('line 4: no loop or axis named "i" is in scope');
    expect(after('Z[0] = 0')).to.equal('line 4: no buffer named "Z" is in scope');
    expect(after('Y[0] = t1')).to.equal('line 4: no register named "t1" is in scope');
    expect(after('Y[0] = sine(X[0])')).to.equal('line 4: no function sine of 1 value');
    expect(after('Y[0] = X[0] X[1]')).to.equal('line 4: expected the end of the line, found "X"');
    expect(after('for i < 4 unroled: Y[i] = 0')).to.equal('line 4: expected a kind of loop, "," or a body, found "unroled"');
    expect(after('repeat Y')).to.equal('line 4: expected a statement, found "repeat"');
    expect(after('for i < 4\n    Y[i] = 0\n      Y[i] = 1')).to.equal('line 6: expected an indentation of 4 spaces, found "Y"');
    expect(after('barrier warp 1')).to.equal('line 4: expected "block", found "warp"');
    expect(after('set a += 1')).to.equal('line 4: expected "=", as the register has no value yet, found "+="');
    expect(after('Y[0] = f32(index(1):f32)')).to.equal('line 4: expected i32 or i64, found "f32"');
    expect(after('Y[0] = choose 1, 2 then 3')).to.equal('line 4: expected a comparison, found ","');
  });
});
