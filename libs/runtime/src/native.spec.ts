/** Native programs from several sources, through the real gcc: compiled apart, linked to one, built once; a failure names the source at fault. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unwrap } from '@loopsmith/util';
import { buildNative } from './native.js';

describe('native programs', () => {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-native-')), made = join(directory, 'made');
  after(() => rmSync(directory, { recursive: true }));
  const source = (folder: string, file: string, text: string): string => {
    mkdirSync(join(directory, folder), { recursive: true });
    writeFileSync(join(directory, folder, file), text);
    return join(directory, folder, file);
  };
  const main = source('a', 'part.c', 'int answer(void); int main(void) { return answer(); }\n');

  it('are linked from all of their sources, also where two have the same name, and leave nothing beside', async () => {
    const program = { name: 'program', sources: [main, source('b', 'part.c', 'int answer(void) { return 0; }\n')], flags: ['-O1', '-lm'] };
    const path = unwrap(await buildNative(program, made));
    execFileSync(path);
    expect(unwrap(await buildNative(program, made))).to.equal(path);
    expect(readdirSync(made)).to.have.length(1);
  });

  const faults: readonly (readonly [what: string, text: string, message: string, words: RegExp])[] = [
    ['a source that does not compile', 'int answer(void) { return missing; }\n', 'gcc cannot build broken.c; its own words are in the text of this failure', /'missing' undeclared|‘missing’ undeclared/],
    ['sources that do not link', 'int other(void) { return 0; }\n', 'gcc cannot build program; its own words are in the text of this failure', /undefined reference to .answer/],
  ];
  for (const [what, text, message, words] of faults) it(`name ${what}, and say the way out`, async () => {
    const built = await buildNative({ name: 'program', sources: [main, source('c', 'broken.c', text)], flags: [] }, made);
    if (built.ok) throw new Error('it cannot have been built');
    expect([built.failure.code, built.failure.message]).to.deep.equal(['build-failed', message]);
    expect(built.failure.text).to.match(words);
  });

  it('name a compiler that is not there', async () => {
    const built = await buildNative({ name: 'program', sources: [main], flags: [] }, made, 'gcc-of-nobody');
    expect(built.ok ? '' : built.failure.message).to.equal("the C compiler 'gcc-of-nobody' is not installed or not on PATH; install gcc or name another compiler");
  });
});
