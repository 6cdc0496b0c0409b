/** Outputs are written under their names as far as files can have them, and none takes the place of another. */
import { attempt } from '@loopsmith/util';
import { expect } from 'chai';
import { outputFiles } from './arrays.js';

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
