/** The walks over expressions: every part, in order, and the same expression with its parts replaced. */
import { expect } from 'chai';
import { mapParts, typeOf, visitExpressions, type Expression } from './program.js';

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

  it('keep their form where parts are replaced', () => {
    const doubled = (part: Expression): Expression => (part.kind === 'constant' ? number(2 * part.value) : mapParts(part, doubled));
    expect(constantsOf(doubled(chosen))).to.deep.equal([2, 4, 6, 8, 10, 12, 14]);
    expect(typeOf(doubled(chosen))).to.deep.equal(typeOf(chosen));
    const same = (part: Expression): Expression => mapParts(part, same);
    expect(same(chosen)).to.deep.equal(chosen);
  });
});
