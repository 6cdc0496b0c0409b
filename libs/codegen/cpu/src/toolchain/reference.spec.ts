/** References of definitions as shared objects: one of each, however many tasks ask for it and whenever. */
import { parseDefinition } from '@loopsmith/ir';
import { command, cpu, needs } from '@loopsmith/testing';
import { code, unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
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

  it('gives the same bits with the vectors of an instruction set', async function () {
    needs(this, command('gcc'), cpu('avx2'), cpu('fma'));
    const rows = unwrap(parseDefinition('tensor rows(X: f64[3,21], W: f64[2,3])\n  Y[k<2, i<19] = sum[c<3, s<3] X[c, i+s] * W[k, c]\n')), into = join(directory, 'references', 'vectors');
    const libraries = (await Promise.all([[], ['-mavx2', '-mfma']].map((referenceFlags) => compileReference({ compiler: 'gcc', machine: [], referenceFlags }, rows, into)))).map(unwrap);
    expect(execFileSync('objdump', ['-d', libraries[1]!], { encoding: 'utf8' })).to.contain('%ymm');
    const unit = join(into, 'main.c'), program = join(into, 'main');
    writeFileSync(unit, code`
      #include <dlfcn.h>
      #include <stdio.h>
      int main(int count, char **paths) {
        static double x[63], w[6], y[38];
        for (int i = 0; i < 63; i++) x[i] = 1. / (i + 3);
        for (int i = 0; i < 6; i++) w[i] = 1. / (7 * i - 9);
        const void *inputs[] = {x, w};
        void *library = dlopen(paths[1], RTLD_NOW);
        void (*reference)(const void *const *, void *) = (void (*)(const void *const *, void *))dlsym(library, "loopsmith_reference");
        reference(inputs, y);
        for (int i = 0; i < 38; i++) printf("%a\\n", y[i]);
        return count != 2;
      }
    `);
    execFileSync('gcc', ['-o', program, unit, '-ldl']);
    const [plain, wide] = libraries.map((library) => execFileSync(program, [library], { encoding: 'utf8' }));
    expect(wide).to.equal(plain);
    expect(new Set(plain!.trim().split('\n')).size).to.be.greaterThan(30);
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
