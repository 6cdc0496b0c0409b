/** Batches through the real gcc: sound ones, broken ones, ones that take too long. */
import { expect } from 'chai';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expand } from '@loopsmith/lowering';
import { unwrap } from '@loopsmith/util';
import { convolutionProgram, type ConvolutionTile } from '../testing/convolution.js';
import { asmText } from '../asm-text.js';
import { printKernels } from '../print-kernels.js';
import { gccAvx2, gccAvx512, type Spellings } from '../spellings.js';
import { compileBatch, type BatchRequest } from './compile-batch.js';
import { gccFlags, x86IsaFlags } from './flags.js';

const sound = (symbol: string): BatchRequest['sources'][number] => ({
  symbols: [symbol], source: `static __attribute__((noinline)) void ${symbol}_body(float *x) { for (long i = 0; i < 99; i++) x[i] = x[i] * x[i] + 1.0f; }\nvoid ${symbol}(void *const *b, void *s, int p, int q) { ${symbol}_body(b[0]); }\n`,
});
/** On any CPU when none is named. */
const lane = (...cpus: readonly number[]): NonNullable<BatchRequest['lanes']>[number] => ({ cpus, turn: (work) => work() });
const broken: BatchRequest['sources'][number] = { symbols: ['broken'], source: 'int broken(void) { return missing; }\n' };

describe('compileBatch', function () {
  let directory: string;
  beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'loopsmith-batch-')); });
  afterEach(() => rmSync(directory, { recursive: true }));
  const request = (sources: BatchRequest['sources'], more: Partial<BatchRequest> = {}): BatchRequest =>
    ({ compiler: 'gcc', flags: gccFlags([]), sources, directory: join(directory, 'made'), lanes: [lane()], ...more });

  it('builds one library for a share of the batch, names it by content and leaves nothing else', async () => {
    const built = (await compileBatch(request(['a', 'b', 'c'].map(sound)))).map(unwrap);
    expect(new Set(built.map(({ library }) => library)).size).to.equal(1);
    expect(existsSync(built[0]!.library)).to.equal(true);
    expect(readdirSync(join(directory, 'made'))).to.have.length(1);
    const again = (await compileBatch(request(['a', 'b', 'c'].map(sound)))).map(unwrap);
    expect(again).to.deep.equal(built);
    expect(readdirSync(join(directory, 'made'))).to.have.length(1);
  });

  it('shares a batch among lanes, a few kernels at a time', async () => {
    const built = (await compileBatch(request(['a', 'b', 'c', 'd', 'e'].map(sound), { lanes: [lane(), lane()] }))).map((outcome) => unwrap(outcome).library);
    expect(built.map((library) => built.indexOf(library))).to.deep.equal([0, 1, 0, 1, 0]);
  });

  it('shares a batch by text, and answers in the order of the sources', async () => {
    const long = { ...sound('lengthy'), source: `${sound('lengthy').source}/* ${'x'.repeat(1000)} */\n` }, sources = [sound('a'), sound('b'), long, sound('c')];
    const built = (await compileBatch(request(sources, { lanes: [lane(), lane()] }))).map(unwrap), libraries = built.map(({ library }) => library);
    expect(libraries.map((library) => libraries.indexOf(library))).to.deep.equal([0, 0, 2, 0]);
    expect(built.map(({ report }) => report.sourceBytes)).to.deep.equal(sources.map(({ source }) => source.length));
  });

  it('has a lone source built by whichever lane is free, and does not wait for the other', async () => {
    const never = { cpus: [], turn: <T>() => new Promise<T>(() => { /* busy for good */ }) };
    for (const lanes of [[never, lane()], [lane(), never]]) expect((await compileBatch(request([sound('a')], { lanes }))).every(({ ok }) => ok)).to.equal(true);
  });

  it('asks a lane for a turn, and leaves what it waits for to the others', async () => {
    let waits = (): void => undefined;
    const busy = { cpus: [], turn: <T>(work: () => Promise<T>) => new Promise<void>((resolve) => { waits = resolve; }).then(work) };
    const building = compileBatch(request(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map(sound), { lanes: [busy, { cpus: [], turn: async (work) => { const made = await work(); if (readdirSync(join(directory, 'made')).length === 3) waits(); return made; } }] }));
    expect((await building).every(({ ok }) => ok)).to.equal(true);
  });

  it('reports of a kernel the same alone and beside others, one that does not compile among them', async () => {
    const [alone] = await compileBatch(request([sound('b')]));
    // a and b have the same code
    for (const others of [[sound('a'), sound('b'), sound('c')], [broken, sound('b')]]) {
      const { report, hotLoop } = unwrap((await compileBatch(request(others)))[1]!);
      // labels are numbered through the unit
      const unlabelled = (text: string): string => text.replace(/\.L\d+/g, '.L');
      expect([report, unlabelled(hotLoop)]).to.deep.equal([unwrap(alone!).report, unlabelled(unwrap(alone!).hotLoop)]);
      expect(report.hotLoopInstructions).to.be.greaterThan(0);
    }
  });

  it('assembles and links what is assembly alone, with nothing of the compiler around it, and reports of each kernel its own loop', async () => {
    const assembled = (symbol: string, multiplyAdds: number): BatchRequest['sources'][number] => {
      const body = `${symbol}_body`, turn = Array.from({ length: multiplyAdds }, () => '\tvfmadd231ps %ymm0, %ymm1, %ymm2');
      return {
        symbols: [symbol],
        source: `${asmText([`\t.globl ${symbol}`, `${symbol}:`, `\tjmp ${body}`, `\t.size ${symbol}, .-${symbol}`, `${body}:`, `.L${symbol}:`, ...turn, '\tsubq $1, %rdx', `\tjne .L${symbol}`, '\tret', `\t.size ${body}, .-${body}`])}\n`,
      };
    };
    const built = (await compileBatch(request([assembled('a', 3), assembled('b', 5)]))).map(unwrap);
    expect(built.map(({ report }) => [report.hotLoopMultiplyAdds, report.hotLoopInstructions])).to.deep.equal([[3, 5], [5, 7]]);
    expect(new Set(built.map(({ library }) => library)).size).to.equal(1);
    // what every library of C has from the compiler, and code that asks for nothing does not need
    expect(readFileSync(built[0]!.library, 'latin1')).to.not.contain('__cxa_finalize');
  });

  it('keeps compilers to the CPUs it is given', async () => {
    const compiler = join(directory, 'compiler'), seen = join(directory, 'seen');
    writeFileSync(compiler, `#!/bin/sh\ngrep Cpus_allowed_list /proc/self/status >> ${seen}\nexec gcc "$@"\n`, { mode: 0o755 });
    const [built] = await compileBatch(request([sound('a')], { compiler, lanes: [lane(0)] }));
    expect(built?.ok).to.equal(true);
    expect(new Set(readFileSync(seen, 'utf8').trim().split('\n'))).to.deep.equal(new Set(['Cpus_allowed_list:\t0']));
  });

  it('answers an empty batch with nothing', async () => {
    expect(await compileBatch(request([], { lanes: [lane(), lane()] }))).to.deep.equal([]);
  });

  it('lets a broken source cost only itself, with all that the compiler said', async () => {
    const built = await compileBatch(request([sound('a'), broken, sound('b'), sound('c')]));
    expect(built.map(({ ok }) => ok)).to.deep.equal([true, false, true, true]);
    const failed = built[1]!;
    if (failed.ok) throw new Error('it cannot have compiled');
    expect(failed.failure.code).to.equal('build-failed');
    expect(failed.failure.message).to.equal('gcc could not compile broken; its words are in the text of this failure');
    expect(failed.failure.text).to.contain("error: 'missing' undeclared").and.to.contain('int broken(void)');
  });

  const ends: readonly (readonly [string, string, RegExp])[] = [
    ['finds the disk full', "echo '/tmp/cc1.s: fatal error: error writing: No space left on device' >&2; exit 1", /^\S+ could not compile a: the disk is full; make room where kernels and libraries are built, and for temporary files$/],
    ['loses its compiling process to the system', "echo 'gcc: fatal error: Killed signal terminated program cc1' >&2; exit 1", /^\S+ could not compile a: the system ended it, as it does when memory runs out; close other programs$/],
    ['is killed itself', 'kill -9 $PPID; sleep 1', /^\S+ could not compile a: the system ended it/],
  ];
  for (const [what, script, message] of ends) it(`says of the place, and not of the source, that a compiler ${what}`, async () => {
    const compiler = join(directory, 'ending-compiler');
    writeFileSync(compiler, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const [outcome] = await compileBatch(request([sound('a')], { compiler }));
    if (outcome!.ok) throw new Error('it cannot have compiled');
    expect(outcome!.failure.code).to.equal('build-cut-short');
    expect(outcome!.failure.message).to.match(message);
  });

  it('names a compiler that is not there, once', async () => {
    const built = await compileBatch(request([sound('a'), sound('b')], { compiler: 'gcc-of-nobody' }));
    for (const outcome of built)
      expect(outcome).to.deep.equal({ ok: false, failure: { code: 'compiler-missing', stage: 'build', message: 'there is no compiler "gcc-of-nobody" here; install it or name another one' } });
  });

  it('stops a compiler that takes too long', async () => {
    const [outcome] = await compileBatch(request([sound('a')], { timeoutMs: 1 }));
    expect(outcome!.ok ? '' : outcome!.failure.message).to.equal('gcc had not compiled a after 0.001 s; unroll less');
    expect(outcome!.ok ? '' : outcome!.failure.code).to.equal('build-timeout');
  });

  it('stops when it is told to', async () => {
    const built = await compileBatch(request([sound('a'), sound('b')], { signal: AbortSignal.abort() }));
    expect(built.map((outcome) => (outcome.ok ? '' : outcome.failure.message))).to.deep.equal(['building a, b was cancelled', 'building a, b was cancelled']);
  });

  /** Instructions and stack accesses of the tile's hot loop; the multiply-adds, loads and little else are there, and no spill. */
  const hotLoopOf = async (tile: ConvolutionTile, spellings: Spellings, flags: readonly string[]) => {
    const plain = unwrap(expand(convolutionProgram(tile), { lanes: () => tile.lanes, budget: 2000 }));
    const [built] = await compileBatch(request([printKernels(plain, spellings, 'tile')], { flags: gccFlags(flags) }));
    return unwrap(built!).report;
  };
  it('reports the hot loop of the AVX2 tile of 3 pixels by 4 vectors: 12 multiply-adds and 7 loads a turn, four turns, nothing on the stack', async () => {
    const report = await hotLoopOf({ lanes: 8, channels: 64, outputs: 64, size: 56, pixels: 3, vectors: 4, outside: 'vectors' }, gccAvx2, x86IsaFlags.avx2);
    expect(report.hotLoopStackAccesses).to.equal(0);
    expect(report.hotLoopInstructions).to.be.within(4 * (12 + 7), 4 * (12 + 7) + 8);
  });
  it('reports the hot loop of the AVX-512 tile of 14 pixels by 2 vectors: 28 multiply-adds, 16 loads, two lines asked for, nothing on the stack', async () => {
    const report = await hotLoopOf({ lanes: 16, channels: 64, outputs: 64, size: 56, pixels: 14, vectors: 2, outside: 'pixels' }, gccAvx512, x86IsaFlags.avx512);
    expect(report.hotLoopStackAccesses).to.equal(0);
    expect(report.hotLoopInstructions).to.be.within(28 + 16 + 2, 28 + 16 + 2 + 9);
  });
  it('counts the spills of the same tile with its loops the other way round', async () => {
    const report = await hotLoopOf({ lanes: 16, channels: 64, outputs: 64, size: 56, pixels: 14, vectors: 2, outside: 'vectors' }, gccAvx512, x86IsaFlags.avx512);
    expect(report.hotLoopStackAccesses).to.be.greaterThan(0);
  });
});
