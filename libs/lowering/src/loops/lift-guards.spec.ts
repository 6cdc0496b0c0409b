/** Which guards leave a reduced value: those whose failure makes the term nothing, and none beside an entry of a table. */
import { expect } from 'chai';
import { build, constant, subtract } from '@loopsmith/ir';
import { liftGuards } from './lift-guards.js';

const { axesOf, binary, input, literal, load, select, table } = build;
const [{ x }] = axesOf({ x: 9 });
const data = load(input('X', 'f32', [8]), x), guard = [subtract(constant(7), x)];

describe('liftGuards', () => {
  it('takes the guard of a term that adds nothing where it fails', () => {
    const weight = load(input('W', 'f32', [9]), x), padded = binary('multiply', select(guard, data, literal(0)), weight);
    expect(liftGuards(padded, 'sum')).to.deep.equal({ guard, value: binary('multiply', data, weight) });
    expect(liftGuards(select(guard, data, literal(-Infinity)), 'max')).to.deep.equal({ guard, value: data });
  });

  it('leaves a select whose other branch changes the result', () => {
    for (const value of [select(guard, data, literal(1)), binary('add', select(guard, data, literal(0)), data)])
      expect(liftGuards(value, 'sum')).to.deep.equal({ guard: [], value });
  });

  it('leaves the select of data that an entry of a table multiplies', () => {
    const value = binary('multiply', load(table('T', 'f32', [9], [1, 2, 3, 4, 5, 6, 7, 8, 9]), x), select(guard, data, literal(0)));
    expect(liftGuards(value, 'sum', new Set(['T']))).to.deep.equal({ guard: [], value });
    expect(liftGuards(value, 'sum').guard).to.deep.equal(guard);
  });
});
