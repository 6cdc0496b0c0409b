/** Users of one machine share its folder for temporary files, and keep their programs apart in it: nobody runs what another user put there. */
import { expect } from 'chai';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unwrap } from '@loopsmith/util';
import { keptPrograms } from './kept-programs.js';

describe('the folder of kept programs', () => {
  const user = process.geteuid!();
  let parent: string, folder: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'loopsmith-kept-'));
    folder = join(parent, `loopsmith-${user}`);
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  it('is made for this user alone, with a place for each name, and the same from run to run', () => {
    expect([keptPrograms('cuda', { parent }), keptPrograms('rocm', { parent })].map(unwrap)).to.deep.equal([join(folder, 'cuda'), join(folder, 'rocm')]);
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
    expect(unwrap(keptPrograms('cuda', { parent }))).to.equal(join(folder, 'cuda'));
    expect(unwrap(keptPrograms('cuda'))).to.equal(join(tmpdir(), `loopsmith-${user}`, 'cuda'));
  });

  const planted: readonly (readonly [what: string, plant: () => void, word: string])[] = [
    ['a link', () => { mkdirSync(join(parent, 'elsewhere'), { mode: 0o700 }); symlinkSync('elsewhere', folder); }, 'is a link'],
    ['a link to nowhere', () => { symlinkSync('nowhere', folder); }, 'is a link'],
    ['a file', () => { writeFileSync(folder, ''); }, 'is no folder'],
    ['a folder that others may write', () => { mkdirSync(folder); chmodSync(folder, 0o722); }, 'is open to other users (mode 722)'],
    ['a folder that others may look into', () => { mkdirSync(folder); chmodSync(folder, 0o711); }, 'is open to other users (mode 711)'],
  ];
  for (const [what, plant, word] of planted) it(`is refused where there is ${what}`, () => {
    plant();
    expect(keptPrograms('cuda', { parent })).to.deep.equal({
      ok: false,
      failure: { code: 'folder-untrusted', stage: 'files', message: `${folder} ${word}, and Loopsmith would run the programs in it: it has to be a folder of user ${user} with mode 700; remove it, or set TMPDIR to a folder of your own` },
    });
  });

  it('is refused where another user made it first', () => {
    const other = user + 1;
    // the folder that `other` would have, made by this user
    mkdirSync(join(parent, `loopsmith-${other}`), { mode: 0o700 });
    const refused = keptPrograms('cuda', { parent, user: other });
    expect(refused.ok ? '' : refused.failure.message).to.match(new RegExp(`^${parent}/loopsmith-${other} belongs to user ${user}, and `));
  });

  it('is one of each process for the user nobody, as whom candidates from the network run, and gone with it', () => {
    const script = `import { keptPrograms } from ${JSON.stringify(new URL('./kept-programs.js', import.meta.url).href)};
      import { existsSync } from 'node:fs';
      import { dirname } from 'node:path';
      const places = ['a', 'b', 'a'].map((name) => keptPrograms(name, { parent: ${JSON.stringify(parent)}, user: 65534 }).value);
      console.log(JSON.stringify([places, existsSync(dirname(places[0]))]));`;
    const [places, there] = JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })) as [string[], boolean];
    const [a, b, again] = places as [string, string, string];
    expect(a).to.match(new RegExp(`^${parent}/loopsmith-65534-\\w{6}/a$`));
    expect([b, again, there]).to.deep.equal([a.replace(/a$/, 'b'), a, true]);
    expect([existsSync(a), readdirSync(parent)]).to.deep.equal([false, []]);
  });
});
