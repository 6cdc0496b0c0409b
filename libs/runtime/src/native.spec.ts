/** Where the measuring program is built: in the first of the folders it may lie in from which the system runs programs. */
import { expect } from 'chai';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unwrap } from '@loopsmith/util';
import { buildHarness } from './native.js';

describe('the measuring program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loopsmith-native-')), compiler = join(folder, 'compiler');
  after(() => rmSync(folder, { recursive: true }));

  it('lies in the second folder where the first runs no programs, and else in the first alone', async () => {
    // of what it makes, nothing below `noexec` may be run, as where a place is mounted so
    writeFileSync(compiler, '#!/bin/sh\n[ "$1" = --version ] && echo 1 && exit\n: > "$2"\ncase "$2" in *noexec*) chmod 644 "$2";; *) chmod 755 "$2";; esac\n', { mode: 0o755 });
    const places = (...names: readonly string[]): readonly string[] => names.map((name) => join(folder, name));
    const built = async (...names: readonly string[]): Promise<string> => dirname(unwrap(await buildHarness(places(...names), compiler)));
    expect(await built('noexec', 'own')).to.equal(join(folder, 'own'));
    expect(await built('kept', 'unused')).to.equal(join(folder, 'kept'));
    expect(readdirSync(folder).sort()).to.deep.equal(['compiler', 'kept', 'noexec', 'own']);
  });

  it('is refused for the disk, and not for its sources, where that is full', async () => {
    writeFileSync(compiler, '#!/bin/sh\n[ "$1" = --version ] && echo 2 && exit\necho "ld: final link failed: No space left on device" >&2\nexit 1\n', { mode: 0o755 });
    const place = join(folder, 'full'), built = await buildHarness([place], compiler);
    expect(built.ok ? built : [built.failure.code, built.failure.message, built.failure.text]).to.deep.equal([
      'build-cut-short', `${compiler} cannot build harness: the disk of ${place} or of ${tmpdir()} is full; make room there, or set TMPDIR to a folder that has some`, 'ld: final link failed: No space left on device\n',
    ]);
  });
});
