/** Tolerances: wide enough for another order of summation, far too narrow for a missing term. */
import { expect } from 'chai';
import { build, loopVariable, variable, type Definition, type DType, type Value } from '@loopsmith/ir';
import { reductionLength, toleranceFor } from './tolerance.js';

const dot = (terms: number, dtype: DType): Definition => {
  const X = build.input('X', dtype, [4, terms]), [{ i }, axes] = build.axesOf({ i: 4 }), c = loopVariable('c', terms);
  return { name: 'dot', inputs: [X], tables: [], stages: [build.stage('Y', dtype, axes, build.load(X, i, variable(c)), build.over('sum', [c], dtype))] };
};
const elementwise = (from: DType, to: DType, value: (X: Value) => Value): Definition => {
  const X = build.input('X', from, [4]), [{ i }, axes] = build.axesOf({ i: 4 });
  return { name: 'each', inputs: [X], tables: [], stages: [build.stage('Y', to, axes, value(build.load(X, i)))] };
};

describe('the tolerance', () => {
  it('grows with the square root of the terms', () => {
    expect(reductionLength(dot(2304, 'f32'))).to.equal(2304);
    expect(toleranceFor(dot(2304, 'f32'))).to.deep.equal({ relative: 32 * 48 * 2 ** -24, ofScale: 32 * 48 * 2 ** -24, absolute: 0 });
  });
  it('leaves no room for one missing term of 25,088', () => {
    expect(toleranceFor(dot(25088, 'f32')).ofScale).to.be.lessThan(0.1 / Math.sqrt(25088));
  });
  it('follows the coarsest float on the way', () => {
    expect(toleranceFor(elementwise('f16', 'f32', (X) => build.cast('f32', X))).relative).to.equal(32 * 2 ** -11);
  });
  it('is zero for integers, unless they are rounded from computed floats', () => {
    expect(toleranceFor(dot(100, 'i32')).absolute).to.equal(0);
    expect(toleranceFor(elementwise('f32', 'i32', (X) => build.cast('i32', X))).absolute).to.equal(0);
    expect(toleranceFor(elementwise('f32', 'i32', (X) => build.cast('i32', build.binary('multiply', X, build.literal(3))))).absolute).to.equal(1);
  });
});
