/** What a run leaves behind: nothing of its own, nothing of runs that were killed, all of runs that go on. */
import { expect } from 'chai';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withCandidateFolder } from './candidate-folder.js';
import { takeLock } from './process-lock.js';

describe('withCandidateFolder', () => {
  let directory = '';
  beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'loopsmith-candidates-')); });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('gives a folder that is gone afterwards, also when the run fails', async () => {
    const seen = await withCandidateFolder(directory, (folder) => { writeFileSync(join(folder, 'a.so'), ''); return Promise.resolve(folder); });
    expect(existsSync(seen)).to.equal(false);
    const error = await withCandidateFolder(directory, () => Promise.reject(new Error('no'))).catch((reason: unknown) => reason);
    expect(error).to.have.property('message', 'no');
    expect(readdirSync(directory)).to.deep.equal([]);
  });

  it('gives two runs of one process their own, and neither removes the other\'s', async () => {
    await withCandidateFolder(directory, async (first) => {
      await withCandidateFolder(directory, (second) => { expect(second).to.not.equal(first); return Promise.resolve(); });
      expect(existsSync(first)).to.equal(true);
    });
  });

  it('removes what killed runs left, and nothing else', async () => {
    const made = (entry: string, lock?: string): string => {
      mkdirSync(join(directory, entry));
      if (lock !== undefined) writeFileSync(join(directory, entry, 'lock'), lock);
      return join(directory, entry);
    };
    const long = 1;
    made('kernels-killed', `${process.ppid} 1`);
    takeLock(join(made('kernels-alive'), 'lock'));
    made('kernels-elsewhere', '4711 1 elsewhere');
    made('kernels-new');
    for (const entry of ['kernels-17', 'values', 'values-x', 'harness', 'references']) utimesSync(made(entry), long, long);
    await withCandidateFolder(directory, () => Promise.resolve());
    expect(readdirSync(directory).sort()).to.deep.equal(['harness', 'kernels-alive', 'kernels-elsewhere', 'kernels-new', 'references']);
  });
});
