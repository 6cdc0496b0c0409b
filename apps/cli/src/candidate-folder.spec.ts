/** What a run leaves behind: nothing of its own, nothing of runs that were killed, all of runs that go on. */
import { expect } from 'chai';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withCandidateFolder } from './candidate-folder.js';

describe('withCandidateFolder', () => {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-candidates-'));
  after(() => rmSync(directory, { recursive: true }));

  it('gives a folder that is gone afterwards, also when the run fails', async () => {
    const seen = await withCandidateFolder(directory, (folder) => { writeFileSync(join(folder, 'a.so'), ''); return Promise.resolve(folder); });
    expect(existsSync(seen)).to.equal(false);
    const error = await withCandidateFolder(directory, () => Promise.reject(new Error('no'))).catch((reason: unknown) => reason);
    expect(error).to.have.property('message', 'no');
    expect(readdirSync(directory)).to.deep.equal([]);
  });

  it('removes what killed runs left, and nothing else', async () => {
    for (const name of ['kernels-1', 'kernels-2', 'harness', 'references']) mkdirSync(join(directory, name));
    await withCandidateFolder(directory, () => Promise.resolve(), (pid) => pid === 2);
    expect(readdirSync(directory).sort()).to.deep.equal(['harness', 'kernels-2', 'references']);
  });
});
