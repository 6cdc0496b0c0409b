/** References of definitions as shared objects: one of each, however many tasks ask for it and whenever. */
import { parseDefinition } from '@loopsmith/ir';
import { command, needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { compileReference } from './reference.js';

describe('compileReference', function () {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-reference-'));
  after(() => rmSync(directory, { recursive: true }));
  const definition = unwrap(parseDefinition('tensor twice(X: f32[4])\n  Y[i<4] = X[i] + X[i]\n'));

  it('builds one library for tasks that ask at once for the reference of one definition, and leaves nothing else', async function () {
    needs(this, command('gcc'));
    const into = join(directory, 'references');
    const paths = (await Promise.all([1, 2, 3, 4].map(() => compileReference({ compiler: 'gcc', machine: [] }, definition, into)))).map(unwrap);
    expect(new Set(paths).size).to.equal(1);
    expect(readdirSync(into)).to.deep.equal([basename(paths[0]!)]);
  });

  it('says what the compiler said when it fails', async () => {
    const outcome = await compileReference({ compiler: 'false', machine: [] }, definition, directory);
    expect(outcome.ok ? '' : `${outcome.failure.code}: ${outcome.failure.message}`).to.equal('reference-failed: false could not compile the reference of twice; its words are in the text of this failure');
    expect(readdirSync(directory)).to.deep.equal(['references']);
  });

  it('says the way out where the system ended it: that is no fault of the definition', async () => {
    const full = join(directory, 'on-a-full-disk');
    writeFileSync(full, '#!/bin/sh\necho "/usr/bin/ld: final link failed: No space left on device" >&2\nexit 1\n', { mode: 0o755 });
    const outcome = await compileReference({ compiler: full, machine: [] }, definition, directory);
    expect(outcome.ok ? '' : `${outcome.failure.code}: ${outcome.failure.message}`).to.equal(
      `build-cut-short: ${full} could not compile the reference of twice: the disk is full; make room where kernels and libraries are built, and for temporary files`);
  });
});
