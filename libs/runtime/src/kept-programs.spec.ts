/** Users of one machine share its folder for temporary files, and keep their programs apart in it. */
import { expect } from 'chai';
import { tmpdir } from 'node:os';
import { keptPrograms } from './kept-programs.js';

describe('the folder of kept programs', () => {
  it('is one for each user and name, and the same from run to run', () => {
    expect([keptPrograms('cuda', 0), keptPrograms('cuda', 1000), keptPrograms('rocm', 1000)])
      .to.deep.equal([`${tmpdir()}/loopsmith-cuda-0`, `${tmpdir()}/loopsmith-cuda-1000`, `${tmpdir()}/loopsmith-rocm-1000`]);
    expect(keptPrograms('cuda')).to.equal(keptPrograms('cuda', process.geteuid?.()));
  });
});
