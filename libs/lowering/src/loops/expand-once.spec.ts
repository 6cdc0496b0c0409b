/** What follows from an index is computed once for each binding of its variables, and anew for another. */
import { constant, floorDivide, indexText, loopVariable, plus, substitute, sum, variable, type Index } from '@loopsmith/ir';
import { expect } from 'chai';
import { oncePerBinding } from './expand-once.js';

describe('oncePerBinding', () => {
  const x = loopVariable('x', 8), y = loopVariable('y', 8), z = loopVariable('z', 8);
  const index = sum(variable(x), floorDivide(plus(variable(y), 1), 3));
  const counted = (bound: ReadonlyMap<string, Index>): { readonly texts: (at: Index) => string; readonly asked: () => number } => {
    let asked = 0;
    const texts = oncePerBinding(bound, (at) => { asked++; return indexText(substitute(at, (name) => bound.get(name))); });
    return { texts, asked: () => asked };
  };

  it('computes anew where a variable of the index is bound to something else, inside of divisions too, and finds again what it had', () => {
    const bound = new Map<string, Index>(), { texts, asked } = counted(bound), seen: string[] = [];
    for (const [name, value] of [['x', constant(2)], ['y', constant(5)], ['y', constant(2)], ['y', constant(5)], ['x', constant(0)], ['x', constant(2)]] as const) {
      bound.set(name, value);
      seen.push(texts(index));
    }
    bound.delete('y');
    seen.push(texts(index));
    expect(seen).to.deep.equal(['(y+1)/3+2', '4', '3', '4', '2', '4', '(y+1)/3+2']);
    expect(asked()).to.equal(4);
  });

  it('asks for nothing where only variables of other indices changed', () => {
    const bound = new Map<string, Index>(), { texts, asked } = counted(bound);
    for (let i = 0; i < 5; i++) { bound.set('z', constant(i)); texts(index); }
    expect(asked()).to.equal(1);
    expect(texts(variable(z))).to.equal('4');
  });

  it('takes a variable of the same name and another range for another', () => {
    const bound = new Map<string, Index>(), ranges: string[] = [];
    const range = oncePerBinding(bound, (at) => { const here = substitute(at, (name) => bound.get(name)).terms[0]!.atom; return here.kind === 'variable' ? `${here.first}..${here.last}` : ''; });
    for (const last of [7, 3]) { bound.set('x', variable({ ...x, last })); ranges.push(range(variable(x)), range(variable(x))); }
    // the index is another object each time: only its binding tells
    const at = variable(x);
    for (const last of [7, 3]) { bound.set('x', variable({ ...x, last })); ranges.push(range(at)); }
    expect(ranges).to.deep.equal(['0..7', '0..7', '0..3', '0..3', '0..7', '0..3']);
  });
});
