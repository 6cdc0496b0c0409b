/** Of a file that cannot be written whole nothing stays, and the system's answer becomes a failure that says the way out. */
import { expect } from 'chai';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unwritten, writeWhole } from './write-whole.js';

describe('a file that is written whole', () => {
  const thrown = (code: string): NodeJS.ErrnoException => Object.assign(new Error(`${code}: write`), { code, syscall: 'write' });

  it('holds the bytes, and is gone where they could not be written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-whole-')), path = join(folder, 'values');
    try {
      await writeWhole(path, Buffer.from('abc'));
      expect(readFileSync(path, 'utf8')).to.equal('abc');
      // ends after the first bytes were written, as on a disk that is full
      const cut = (function* (): Generator<Buffer> {
        yield Buffer.from('ab');
        expect(readFileSync(path, 'utf8')).to.equal('ab');
        throw thrown('ENOSPC');
      })();
      expect(await writeWhole(path, cut as unknown as Uint8Array).then(() => '', ({ message }: Error) => message)).to.equal('ENOSPC: write');
      expect(existsSync(path)).to.equal(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says of a full disk where to make room, of another refusal what the folder must be, and of a bug nothing', () => {
    const messageOf = (code: string): string => {
      const outcome = unwritten('/work')(thrown(code));
      return outcome.ok ? '' : `${outcome.failure.code}: ${outcome.failure.message}`;
    };
    expect(messageOf('ENOSPC')).to.equal('file-unwritable: values that a kernel reads cannot be written to /work (ENOSPC); the disk is full: make room there');
    expect(messageOf('EDQUOT')).to.equal('file-unwritable: values that a kernel reads cannot be written to /work (EDQUOT); the disk is full: make room there');
    expect(messageOf('EROFS')).to.equal('file-unwritable: values that a kernel reads cannot be written to /work (EROFS); it must be there and writable');
    expect(() => unwritten('/work')(new TypeError('a bug'))).to.throw(TypeError, 'a bug');
  });
});
