/** Outputs are written under their names as far as files can have them, and none takes the place of another. */
import { attempt } from '@loopsmith/util';
import { expect } from 'chai';
import { fromNumbers } from '@loopsmith/ir';
import { checkInputs, outputFiles } from './arrays.js';

describe('outputs as files', () => {
  const files = (...names: readonly string[]): unknown => {
    const outcome = attempt(() => [...outputFiles(names.map((name) => ({ name })), 'model')]);
    return outcome.ok ? outcome.value : outcome.failure;
  };
  it('have the names of the outputs', () => {
    expect(files('y', 'scores/top-1', 'a.b')).to.deep.equal([['y', 'y.npy'], ['scores/top-1', 'scores_top-1.npy'], ['a.b', 'a.b.npy']]);
  });
  it('are refused where two would be one', () => {
    expect(files('y', 'a/b', 'a:b')).to.deep.equal({ code: 'output-names', stage: 'run', message: 'outputs a/b and a:b of model would be the same file a_b.npy; rename one in the model' });
  });
});

describe('a value that does not fit its input', () => {
  const refused = (dtype: 'f32' | 'f64', shape: readonly number[]): string => {
    const outcome = attempt(() => checkInputs({ inputs: [{ name: 'x', dtype: 'f32', shape: [1, 2, 3] }] }, new Map([['x', fromNumbers(dtype, shape, [])]])));
    return outcome.ok ? 'fits' : outcome.failure.message;
  };
  it('is refused with what makes it fit', () => {
    expect(refused('f32', [1, 2, 3])).to.equal('fits');
    expect(refused('f64', [1, 2, 3])).to.equal('input "x" is f64 [1,2,3]; f32 [1,2,3] was expected; convert it with array.astype');
    expect(refused('f32', [2, 3])).to.equal('input "x" is f32 [2,3]; f32 [1,2,3] was expected; bring it into that shape with array.reshape or array.transpose');
    expect(refused('f32', [8, 2, 3])).to.equal('input "x" is f32 [8,2,3]; f32 [1,2,3] was expected; sizes were fixed when the model was compiled');
  });
});
