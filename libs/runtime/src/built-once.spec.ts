/** Files made once: whoever asks at the same time shares the making, failures are not kept, and nothing else stays behind. */
import { expect } from 'chai';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, succeed, unwrap, type Outcome } from '@loopsmith/util';
import { builtOnce } from './built-once.js';

describe('files that are built once', () => {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-once-'));
  after(() => rmSync(directory, { recursive: true }));
  let calls = 0;
  const writing = (text: string) => async (folder: string): Promise<Outcome<string>> => {
    calls++;
    await writeFile(join(folder, 'source'), 'not kept');
    await writeFile(join(folder, 'made'), text);
    return succeed(join(folder, 'made'));
  };
  beforeEach(() => { calls = 0; });

  it('are made by one of all who ask at once, into a folder that may not be there yet', async () => {
    const path = join(directory, 'deeper', 'file');
    const paths = await Promise.all(['a', 'b', 'c'].map((text) => builtOnce(path, writing(text))));
    expect(paths.map(unwrap)).to.deep.equal([path, path, path]);
    expect([calls, readFileSync(path, 'utf8'), readdirSync(join(directory, 'deeper'))]).to.deep.equal([1, 'a', ['file']]);
    unwrap(await builtOnce(path, writing('d')));
    expect([calls, readFileSync(path, 'utf8')]).to.deep.equal([1, 'a']);
  });

  it('are made again after a failure or an error, which leave nothing', async () => {
    const path = join(directory, 'again');
    const failure = { code: 'build-failed', stage: 'build', message: 'planted' } as const;
    expect(await builtOnce(path, async (folder) => { await writing('x')(folder); return fail(failure); })).to.deep.equal({ ok: false, failure });
    const [error] = await Promise.allSettled([builtOnce(path, async (folder) => { await writing('x')(folder); throw new Error('the disk is full'); })]);
    expect(error.status).to.equal('rejected');
    expect(readdirSync(directory)).to.not.include('again');
    unwrap(await builtOnce(path, writing('y')));
    expect([calls, readFileSync(path, 'utf8')]).to.deep.equal([3, 'y']);
    expect(readdirSync(directory).filter((name) => name.startsWith('again'))).to.deep.equal(['again']);
  });
});
