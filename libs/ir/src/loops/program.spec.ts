/** The walks over expressions and statements: every part, in order. */
import { expect } from 'chai';
import { loopVariable, zero } from '../index/index-expression.js';
import { valueOf, visitExpressions, visitStatements, type Buffer, type Expression, type Statement } from './program.js';

const number = (value: number): Expression => ({ kind: 'constant', dtype: 'f32', value });
const chosen: Expression = {
  kind: 'choose', compare: '<',
  left: { kind: 'binary', operator: 'add', left: number(1), right: number(2) },
  right: { kind: 'unary', operator: 'negate', of: { kind: 'lane', of: { kind: 'broadcast', of: number(3), lanes: 4 }, lane: 1 } },
  then: { kind: 'select', when: [], then: number(4), otherwise: { kind: 'cast', dtype: 'f32', of: number(5) } },
  otherwise: { kind: 'lane', of: { kind: 'assemble', dtype: 'f32', lanes: [number(6), number(7)] }, lane: 0 },
};
const constantsOf = (expression: Expression): readonly number[] => {
  const found: number[] = [];
  visitExpressions(expression, (part) => { if (part.kind === 'constant') found.push(part.value); });
  return found;
};

describe('expressions', () => {
  it('are visited whole, in the order in which they are written', () => {
    expect(constantsOf(chosen)).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('statements', () => {
  it('are visited whole, each before what is inside of it, and answer the value that they compute', () => {
    const buffer: Buffer = { name: 'X', dtype: 'f32', size: 4, scope: 'global', role: 'output', slack: 0 };
    const store: Statement = { kind: 'store', buffer, at: zero, value: number(1) }, name: Statement = { kind: 'set', name: 't', value: number(2) };
    const guarded: Statement = { kind: 'if', when: [], body: [name] };
    const loop: Statement = { kind: 'for', variable: loopVariable('x', 4), as: 'serial', body: [store, guarded] };
    const found: Statement[] = [];
    visitStatements([loop, { kind: 'barrier', id: 0 }], (statement) => found.push(statement));
    expect(found.map(({ kind }) => kind)).to.deep.equal(['for', 'store', 'if', 'set', 'barrier']);
    expect(found.map(valueOf)).to.deep.equal([undefined, number(1), undefined, number(2), undefined]);
  });
});
