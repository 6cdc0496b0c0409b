/** Schedules for GPUs keep the numbers, get the barriers they need, and are refused where a barrier could not be put; planted faults are found twice. */
import { expect } from 'chai';
import { evaluate, outputOf, parseSchedule, printKernel, printProgram, toNumbers, verifyProgram, type Definition, type LaunchLimits, type NumericArray, type Program, type Statement } from '@loopsmith/ir';
import { interpret, parseProgram } from '@loopsmith/ir/testing';
import { unwrap } from '@loopsmith/util';
import { applySchedule } from '../schedule/apply.js';
import { convolution, dense, plain } from '../testing/definitions.js';
import { largestDifference, randomInputs, runProgram } from '../testing/run-program.js';
import { buildProgram } from './build.js';
import { expand } from './expand.js';
import { launchKernels } from './launch.js';

const limits: LaunchLimits = { threadsPerBlock: 256, threads: [256, 256, 64], blocks: [65535, 65535, 65535], sharedBytes: 32 << 10 };
const planOf = (definition: Definition, text: string) => unwrap(applySchedule(definition, plain, unwrap(parseSchedule(text))));
const launched = (definition: Definition, text: string): Program => unwrap(launchKernels(unwrap(buildProgram(planOf(definition, text))), limits));
const messageOf = (outcome: { readonly ok: boolean; readonly failure?: { readonly message: string } }): string => outcome.failure?.message ?? 'accepted';

const conv = convolution({ channels: 8, outputs: 8, size: 6, kernel: 3, pad: 1 });
/** One thread computes two outputs of one pixel; padding and weights go through shared memory, four channels at a time. */
const tiled = `split Y.k by 4 into kb kr; split Y.kr by 2 into kt ki; split Y.y by 3 into yb yt
reorder Y kb yb kt yt x ki; bind Y.kb to block.y; bind Y.yb to block.x; bind Y.kt to thread.z; bind Y.yt to thread.y; bind Y.x to thread.x; unroll Y.ki
computeAt A in Y.x register; split A.c by 4 into co ci; reorder A co ci r s k; unroll A.k
computeAt P in A.co shared; fuse P.c y into f; fuse P.f x into g; split P.g by 36 into go gt; split P.gt by 18 into tz tr; split P.tr by 6 into ty tx
bind P.tz to thread.z; bind P.ty to thread.y; bind P.tx to thread.x
cacheRead A of W as Ws; computeAt Ws in A.co shared; fuse Ws.a0 a1 into f; fuse Ws.f a2 into g; fuse Ws.g a3 into h; split Ws.h by 36 into ho ht; split Ws.ht by 18 into tz tr; split Ws.tr by 6 into ty tx
bind Ws.tz to thread.z; bind Ws.ty to thread.y; bind Ws.tx to thread.x`;
/** Parts of the sum at root, then their sum: two kernels. */
const twoPhases = `bind Y.k to block.x; bind Y.y to block.y; bind Y.x to thread.x; splitReduction A.c by 4; computeAt A in Y.x register
root Ap; bind Ap.o to block.z; bind Ap.k to block.x; bind Ap.y to block.y; bind Ap.x to thread.x; inline P`;
/** The threads of one block sum parts into shared memory, and one of them sums the parts. */
const onePhase = `bind Y.k to block.x; bind Y.m to block.y; splitReduction A.c by 8; computeAt A in Y.k register
computeAt Ap in Y.k shared; bind Ap.o to thread.x`;

const cases: readonly { readonly name: string; readonly definition: Definition; readonly schedule: string; readonly barriers: number; readonly kernels: number }[] = [
  { name: 'tiles in shared memory', definition: conv, schedule: tiled, barriers: 2, kernels: 1 },
  { name: 'a split sum in two phases', definition: conv, schedule: twoPhases, barriers: 0, kernels: 2 },
  { name: 'a split sum in one phase', definition: dense(2, 32, 6), schedule: onePhase, barriers: 1, kernels: 1 },
];

const countBarriers = (body: readonly Statement[]): number =>
  body.reduce((count, statement) => count + (statement.kind === 'barrier' ? 1 : statement.kind === 'for' || statement.kind === 'if' ? countBarriers(statement.body) : 0), 0);
const withoutBarriers = (body: readonly Statement[], which: (id: number) => boolean = () => true): readonly Statement[] =>
  body.flatMap((statement): readonly Statement[] => (statement.kind === 'barrier' ? (which(statement.id) ? [] : [statement]) : statement.kind === 'for' || statement.kind === 'if' ? [{ ...statement, body: withoutBarriers(statement.body, which) }] : [statement]));
const change = (program: Program, of: (body: readonly Statement[]) => readonly Statement[]): Program =>
  ({ ...program, kernels: program.kernels.map((kernel) => ({ ...kernel, body: of(kernel.body) })) });

describe('launchKernels', () => {
  for (const { name, definition, schedule, barriers, kernels } of cases) {
    it(`makes ${name} right, structured and expanded`, () => {
      const plan = planOf(definition, schedule), program = launched(definition, schedule);
      expect(verifyProgram(program).map(({ message }) => message)).to.deep.equal([]);
      expect(unwrap(parseProgram(printProgram(program)))).to.deep.equal(program);
      expect(program.kernels.map(({ body }) => countBarriers(body)).reduce((a, b) => a + b, 0)).to.equal(barriers);
      expect(program.kernels).to.have.length(kernels);
      const inputs = randomInputs(definition, 5);
      const expected = toNumbers(evaluate(definition, inputs).get(outputOf(definition).name)!);
      expect(largestDifference(runProgram(plan, program, inputs), expected)).to.be.lessThan(1e-5);
      const expanded = unwrap(expand(program, { lanes: () => 1, budget: 20_000 }));
      expect(verifyProgram(expanded).map(({ message }) => message)).to.deep.equal([]);
      expect(largestDifference(runProgram(plan, expanded, inputs), expected)).to.be.lessThan(1e-5);
    });
  }

  const run = (program: Program): void => {
    const buffers = new Map<string, NumericArray>(program.buffers.map(({ name, size }) => [name, new Float64Array(size)]));
    interpret(program, buffers);
  };
  const tiles = (): Program => launched(conv, tiled);

  it('puts barriers before and after the threads load together', () => {
    const { kernels: [kernel] } = tiles();
    expect(kernel!.launch).to.deep.equal({ blocks: [2, 2, 1], threads: [6, 3, 2], sharedBytes: 640 + 576 });
    const text = printKernel(kernel!);
    expect(text).to.match(/for A\.co < 2\n {6}declare P: f32\[160\] shared\n {6}barrier block 0\n {6}for P\.go(?:.*\n)* {6}barrier block 1\n {6}for A\.ci/);
  });

  it('a missing barrier is refused by verifyProgram and by interpret', () => {
    const missing = change(tiles(), (body) => withoutBarriers(body));
    expect(verifyProgram(missing).map(({ message }) => message)[0]).to.match(/^kernel Y: a barrier is missing: `A\[.*` uses elements of P that other threads of the block use in `P\[.*`, and nothing makes them wait; put `barrier block` between the two$/);
    expect(() => { run(missing); }).to.throw(/^kernel Y stores P\[.*\] = .* in thread \d,\d,\d of block 0,0,0, and kernel Y reads P\[.*\] in thread \d,\d,\d: they meet at element \d+ with no barrier between$/);
  });

  it('a missing barrier round the back edge is refused too', () => {
    const missing = change(tiles(), (body) => withoutBarriers(body, (id) => id === 0));
    expect(verifyProgram(missing).map(({ message }) => message)[0]).to.match(/^kernel Y: a barrier is missing: `P\[.*` uses elements of P that other threads of the block use in `A\[.*`/);
    expect(() => { run(missing); }).to.throw(/with no barrier between$/);
  });

  it('a barrier that not all threads come to is refused by verifyProgram and by interpret', () => {
    const narrow = (text: string): Program => unwrap(parseProgram(`buffer Y: f32[8] output\nkernel Y launch blocks 1 1 1, threads 8 1 1, shared 0 bytes\n  for t < 8 thread.x\n${text}\n`));
    const guarded = narrow('    if -t+3 >= 0: barrier block 0\n    Y[t] = 1');
    expect(verifyProgram(guarded).map(({ message }) => message)).to.deep.equal(['kernel Y: barrier block 0 lies under the guard `-t+3 >= 0`, which differs between threads (t); move it out of the guard']);
    expect(() => { run(guarded); }).to.throw('kernel Y: in block 0,0,0 4 of 8 threads wait at barrier 0, and the others never come to it; all threads of a block come to the same barriers');
    const looped = narrow('    for u < 5 thread.x: barrier block 0\n    Y[t] = 1');
    expect(verifyProgram(looped).map(({ message }) => message)).to.deep.equal(['kernel Y: barrier block 0 lies inside loop u, which 5 of 8 threads run; the others never come to it, so move it out of the loop']);
    expect(() => { run(looped); }).to.throw('kernel Y: in block 0,0,0 5 of 8 threads wait at barrier 0, and the others never come to it; all threads of a block come to the same barriers');
    const two = narrow('    if -t+3 >= 0: barrier block 0\n    if t-4 >= 0: barrier block 1\n    Y[t] = 1');
    expect(() => { run(two); }).to.throw('kernel Y: in block 0,0,0 some threads wait at barrier 0, others at barrier 1; all threads of a block come to the same barriers');
  });

  it('threads and blocks that store one element are refused by verifyProgram and by interpret', () => {
    const program = (launch: string, body: string): Program => unwrap(parseProgram(`buffer Y: f32[8] output\nkernel Y launch ${launch}, shared 0 bytes\n  ${body}\n`));
    const threads = program('blocks 1 1 1, threads 8 1 1', 'for t < 8 thread.x: Y[t/2] = 1'), blocks = program('blocks 8 1 1, threads 1 1 1', 'for b < 8 block.x: Y[b/2] = 1');
    expect(verifyProgram(threads).map(({ message }) => message)).to.deep.equal(['kernel Y: threads 0 and 1 of thread x meet at Y[0] in `Y[t/2] = 1`; no barrier orders them, so give each elements of its own']);
    expect(verifyProgram(blocks).map(({ message }) => message)).to.deep.equal(['kernel Y: blocks 0 and 1 of block x meet at Y[0] in `Y[b/2] = 1`; no barrier orders them, so give each elements of its own']);
    expect(() => { run(threads); }).to.throw('kernel Y stores Y[t/2] = 1 in thread 1,0,0 of block 0,0,0, and kernel Y stores Y[t/2] = 1 in thread 0,0,0: they meet at element 0 with no barrier between');
    expect(() => { run(blocks); }).to.throw('kernel Y stores Y[b/2] = 1 in thread 0,0,0 of block 1,0,0, and kernel Y stores Y[b/2] = 1 in thread 0,0,0 of block 0,0,0: they meet at element 0 with no barrier between');
  });

  it('an index outside shared memory is refused by verifyProgram and by interpret', () => {
    const program = unwrap(parseProgram('buffer Y: f32[8] output\nkernel Y launch blocks 1 1 1, threads 8 1 1, shared 32 bytes\n  for t < 8 thread.x\n    declare S: f32[8] shared\n    S[t+1] = 1\n    barrier block 0\n    Y[t] = S[t]\n'));
    expect(verifyProgram(program).map(({ message }) => message)).to.deep.equal(['kernel Y: `S[t+1] = 1` stores outside S, which has 8 elements: `t+1` at t = 7; guard the store or enlarge the buffer']);
    expect(() => { run(program); }).to.throw('kernel Y stores S[t+1] = 1 at 8, outside 0..7');
  });

  it('refuses barriers under a guard or loop that threads do not share', () => {
    const narrow = tiled.replace('split P.g by 36 into go gt; split P.gt by 18 into tz tr; split P.tr by 6 into ty tx', 'split P.g by 48 into go gt; split P.gt by 24 into tz tr; split P.tr by 8 into ty tx');
    expect(messageOf(launchKernels(unwrap(buildProgram(planOf(conv, narrow))), limits)))
      .to.match(/^kernel Y: `A\[.*` needs a barrier after `P\[.*`, but only 6 of 8 threads run the loop Y\.x around it; bind loops of one extent, or place P outside of Y\.x$/);
  });

  it('sees a loop that threads do not share where it is the outermost, and separates two loops outside of both', () => {
    const written = (...lines: readonly string[]): Program => unwrap(parseProgram(`buffer X: f32[8] input\nbuffer Y: f32[16] output\nkernel Y\n${lines.map((line) => `  ${line}\n`).join('')}`));
    expect(messageOf(launchKernels(written('for u < 5 thread.x', '  declare S: f32[5] shared', '  S[u] = X[u]', '  Y[u] = S[-u+4]', 'for t < 8 thread.x: Y[t+8] = 0'), limits)))
      .to.equal('kernel Y: `Y[u] = S[-u+4]` needs a barrier after `S[u] = X[u]`, but only 5 of 8 threads run the loop u around it; bind loops of one extent, or place S outside of u');
    const { kernels: [kernel] } = unwrap(launchKernels(written('declare S: f32[8] shared', 'for t < 8 thread.x: S[t] = X[t]', 'for u < 8 thread.x: Y[u] = S[-u+7]'), limits));
    expect(printKernel(kernel!)).to.match(/S\[t\] = X\[t\]\n {2}barrier block 0\n {2}for u < 8 thread\.x/);
  });

  it('refuses what is beyond the limits', () => {
    const program = unwrap(buildProgram(planOf(conv, tiled)));
    expect(messageOf(launchKernels(program, { ...limits, threadsPerBlock: 32 }))).to.equal('kernel Y needs 36 threads a block of 32; bind smaller loops, or place less in shared memory');
    expect(messageOf(launchKernels(program, { ...limits, threads: [4, 4, 4] }))).to.equal('kernel Y needs 6 threads in x of 4; bind smaller loops, or place less in shared memory');
    expect(messageOf(launchKernels(program, { ...limits, blocks: [1, 1, 1] }))).to.equal('kernel Y needs 2 blocks in x of 1; bind smaller loops, or place less in shared memory');
    expect(messageOf(launchKernels(program, { ...limits, sharedBytes: 1024 }))).to.equal('kernel Y needs 1216 bytes of shared memory of 1024; bind smaller loops, or place less in shared memory');
  });

  it('lets one thread store what all would', () => {
    const text = printKernel(launched(dense(2, 32, 6), onePhase).kernels[0]!);
    expect(text).to.match(/for only1 < 1 thread\.x: Y\[/);
  });
});

describe('bind', () => {
  const refused = (text: string): string => messageOf(applySchedule(conv, plain, unwrap(parseSchedule(text))));
  it('refuses what a hardware index cannot be', () => {
    expect(refused('bind Y.k to thread.x; computeAt A in Y.x register; bind A.c to thread.y')).to.equal('bind A.c to thread.y: A is kept in registers, which every thread has for itself; bind a loop around it, or place it in shared memory');
    expect(refused('computeAt A in Y.x shared; bind A.c to thread.y')).to.equal('bind A.c to thread.y: c reduces, and threads would add to the same element; splitReduction first and bind the loop of the parts');
    expect(refused('computeAt A in Y.x shared; bind A.k to block.y')).to.equal('bind A.k to block.y: A is computed inside another stage, which is one block already; bind it to threads');
    expect(refused('bind Y.k to thread.x; bind Y.x to thread.x')).to.equal('bind Y.x to thread.x: k is bound to thread.x already; fuse the two or take another dimension');
    expect(refused('computeAt A in Y.y shared; bind Y.k to thread.x')).to.equal('bind Y.k to thread.x: A is placed in shared memory below Y already; bind before placing it');
    expect(refused('bind Y.q to thread.x')).to.equal('bind Y.q to thread.x: Y has no loop "q"; its loops are k, y, x');
  });
  it('reads no other index', () => {
    expect(messageOf(parseSchedule('bind Y.k to warp.x'))).to.equal('"warp.x" is no hardware index; those are block.x, block.y, block.z, thread.x, thread.y and thread.z');
  });
});
