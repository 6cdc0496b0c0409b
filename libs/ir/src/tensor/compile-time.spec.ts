/** Compile-time values: the part of a definition that they need and no more, and what is asked of whoever knows the constants. */
import { expect } from 'chai';
import { example } from '../testing/definitions.js';
import { compileTimeValues, partFor } from './compile-time.js';
import { fromNumbers } from './data.js';

const names = (tensors: readonly { readonly name: string }[]): readonly string[] => tensors.map(({ name }) => name);

describe('compile-time values', () => {
  it('are computed from what they need alone', () => {
    const part = partFor(example('tables'), ['U']), asked: string[] = [];
    expect([names(part.inputs), names(part.tables), names(part.stages)]).to.deep.equal([['g'], ['G'], ['U']]);
    const values = compileTimeValues(part, ({ name }) => { asked.push(name); return fromNumbers('f32', [3], [1, 2, 3]); });
    expect(asked).to.deep.equal(['g']);
    expect([...values.get('U')!.values]).to.deep.equal([1, 3, 1, 3]);
  });

  it('are constants themselves where no stage is wanted', () => {
    const weight = fromNumbers('f32', [3], [1, 2, 3]);
    const values = compileTimeValues(partFor(example('tables'), ['g']), () => weight);
    expect([...values]).to.deep.equal([['g', weight]]);
  });

  it('are of a tensor that the definition has', () => {
    expect(() => partFor(example('tables'), ['g', 'U2'])).to.throw('definition tables has no input or stage U2, whose values a kernel takes');
  });
});
