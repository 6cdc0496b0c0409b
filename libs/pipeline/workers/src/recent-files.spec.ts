/** Of the files that are used the last ones stay, whatever the order in which they came. */
import { expect } from 'chai';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recentFiles } from './recent-files.js';

describe('recent files', () => {
  it('are the last ones that were used; the others are removed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-recent-')), used = recentFiles(3);
    try {
      const use = async (name: string): Promise<readonly string[]> => {
        writeFileSync(join(folder, name), name);
        await used(join(folder, name));
        return readdirSync(folder).sort();
      };
      for (const name of ['a', 'b', 'c', 'a']) expect(await use(name)).to.include(name);
      expect(await use('d')).to.deep.equal(['a', 'c', 'd']);
      expect(await use('e')).to.deep.equal(['a', 'd', 'e']);
      // one that is gone already is no fault
      rmSync(join(folder, 'a'));
      expect(await use('f')).to.deep.equal(['d', 'e', 'f']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
