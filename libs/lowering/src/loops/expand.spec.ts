/** expand on hand-written programs: what it writes, what it refuses; and on random schedules: it keeps the numbers. */
import { expect } from 'chai';
import {
  bytesOf, evaluate, outputOf, printKernel, toNumbers, variablesOf, verifyProgram, type DType, type Index, type NumericArray, type Program,
} from '@loopsmith/ir';
import { interpret, parseProgram } from '@loopsmith/ir/testing';
import { seededRandom, unwrap } from '@loopsmith/util';
import { convolution, dense, maxPool, plain, softmax } from '../testing/definitions.js';
import { randomSchedule } from '../testing/random-schedule.js';
import { largestDifference, randomInputs, runProgram } from '../testing/run-program.js';
import { buildProgram } from './build.js';
import { expand, type ExpandOptions } from './expand.js';

const lanes = (bytes: number) => (dtype: DType): number => Math.max(1, bytes / bytesOf[dtype]);
const options: ExpandOptions = { lanes: lanes(16), budget: 500 };
const programOf = (text: string): Program => unwrap(parseProgram(text));
/** The kernel's expanded text, without its name and one level of indentation. */
const expanded = (text: string, more: Partial<ExpandOptions> = {}): string =>
  printKernel(unwrap(expand(programOf(text), { ...options, ...more })).kernels[0]!).split('\n').slice(1).map((line) => line.slice(2)).join('\n');
const refusal = (text: string, more: Partial<ExpandOptions> = {}): string => {
  const outcome = expand(programOf(text), { ...options, ...more });
  if (outcome.ok) throw new Error(`expected a refusal, got ${printKernel(outcome.value.kernels[0]!)}`);
  return outcome.failure.message;
};
/** Both forms of a program leave the same numbers in Y. */
const keepsNumbers = (text: string, more: Partial<ExpandOptions> = {}): void => {
  const structured = programOf(text), plainForm = unwrap(expand(structured, { ...options, ...more }));
  const [before, after] = [structured, plainForm].map((program) => {
    const random = seededRandom(1);
    const buffers = new Map<string, NumericArray>(program.buffers.map(({ name, size, role }) => [name, Float64Array.from({ length: size }, () => (role === 'output' ? -9 : random.next() * 2 - 1))]));
    interpret(program, buffers);
    return [...(buffers.get('Y') as Float64Array)];
  });
  expect(after).to.deep.equal(before);
};

const tile = `buffer X: f32[64] input
buffer W: f32[64] compile
buffer Y: f32[32] output
kernel Y
  for Y.o < 4
    declare A: f32[8] register
    for A.x0 < 2 unrolled, A.l0 < 4 vectorized: A[A.l0+4*A.x0] = 0
    for A.c < 4, A.x < 2 unrolled, A.l < 4 vectorized
      A[A.l+4*A.x] += X[A.c+4*A.x+8*Y.o] * W[4*A.c+A.l]
    for Y.x < 2 unrolled, Y.l < 4 vectorized: Y[Y.l+8*Y.o+4*Y.x] = max(A[Y.l+4*Y.x], 0)
`;

describe('expand', () => {
  it('names registers, loads, broadcasts and addresses once per block', () => {
    expect(expanded(tile)).to.equal(`for Y.o < 4
  set A_0 = 0
  set A_1 = 0
  for A.c < 4
    address p1 = X + A.c+8*Y.o
    let t1 = load1 p1[0]
    address p2 = W + 4*A.c
    let v1 = load4 p2[0]
    let b1 = broadcast4(t1)
    set A_0 += b1 * v1
    let t2 = load1 p1[4]
    let b2 = broadcast4(t2)
    set A_1 += b2 * v1
  address p3 = Y + 8*Y.o
  write p3[0] = max(A_0, broadcast4(0))
  write p3[4] = max(A_1, broadcast4(0))`.replaceAll('= 0\n', '= broadcast4(0)\n'));
    keepsNumbers(tile);
  });

  it('walks the statements of a vectorized body in their order', () => {
    const text = `buffer X: f32[8] input
buffer Y: f32[8] output
kernel Y
  declare T: f32[8] scratch
  for o < 2 unrolled, l < 4 vectorized
    T[l+4*o] = X[l+4*o] * 2
    Y[l+4*o] = T[l+4*o] + X[l+4*o]
`;
    expect(expanded(text)).to.equal(`declare T: f32[8] scratch
let v1 = load4 X[0]
write T[0] = v1 * broadcast4(2)
let v2 = load4 T[0]
write Y[0] = v2 + v1
let v3 = load4 X[4]
write T[4] = v3 * broadcast4(2)
let v4 = load4 T[4]
write Y[4] = v4 + v3`);
    keepsNumbers(text);
  });

  it('forgets at a store what it read from that buffer, and names nothing outside a branch that was read inside it', () => {
    const text = `buffer X: f32[9] input
buffer Y: f32[8] output
kernel Y
  for o < 8
    Y[o] = X[o]
    if o-1 >= 0: Y[o] = Y[o] + Y[o-1] + X[o+1]
    Y[o] = Y[o] + X[o] * X[o+1]
`;
    expect(expanded(text)).to.equal(`for o < 8
  address p1 = X + o
  let t1 = load1 p1[0]
  address p2 = Y + o
  write p2[0] = t1
  if o-1 >= 0
    let t2 = load1 p2[0]
    let t3 = load1 p2[-1]
    let t4 = load1 p1[1]
    write p2[0] = t2 + t3 + t4
  let t5 = load1 p2[0]
  let t6 = load1 p1[1]
  write p2[0] = t5 + t1 * t6`);
    keepsNumbers(text);
  });

  it('reads under a guard only what the guard allows, and shares the guarded value', () => {
    const text = `buffer X: f32[8] input
buffer Y: f32[16] output
kernel Y
  for o < 8, i < 2 unrolled: Y[i+2*o] = (select o-1 >= 0 then X[o-1] else 0) + X[o]
`;
    expect(expanded(text)).to.equal(`for o < 8
  address p1 = X + o
  let t1 = select o-1 >= 0 then load1 p1[-1] else 0
  let t2 = load1 p1[0]
  address p2 = Y + 2*o
  write p2[0] = t1 + t2
  write p2[1] = t1 + t2`);
    keepsNumbers(text);
  });

  it('forgets at a store what was read at places gathered from that buffer, also behind a division', () => {
    const text = `buffer X: f32[8] input
buffer Y: f32[8] output
buffer J: i32[4]
kernel Y
  for o < 4
    J[o] = index(o):i32
    Y[o] = X[J{o; 0..7}/2] + X[J{o; 0..7}]
    J[o] = index(o+4):i32
    Y[o+4] = X[J{o; 0..7}/2] + X[J{o; 0..7}]
`;
    expect(expanded(text).match(/load1 X/g)).to.have.length(4);
    keepsNumbers(text);
  });

  it('tells a value with 0 from one with -0', () => {
    const text = `buffer X: f32[8] input
buffer Y: f32[16] output
kernel Y
  for o < 8
    Y[2*o] = 1 / (select o-1 >= 0 then X[o-1] else 0)
    Y[2*o+1] = 1 / (select o-1 >= 0 then X[o-1] else -0)
`;
    expect(expanded(text)).to.contain('let t2 = select o-1 >= 0 then load1 p1[-1] else -0');
    keepsNumbers(text);
  });

  it('merges, gathers, scatters and assembles what does not lie side by side', () => {
    const text = `buffer X: f32[64] input
buffer Y: f32[32] output
kernel Y
  for o < 2, l < 4 vectorized
    Y[3*l+o] = X[2*l+o] * index(l+o):i32 + X[5*l+o]
    Y[l+4*o+16] = X[l/2+o]
`.replace('index(l+o):i32', 'f32(index(l+o):i32)');
    expect(expanded(text)).to.equal(`for o < 2
  address p1 = X + o
  let v1 = load4 p1[0]
  let v2 = load4 p1[3]
  let v3 = assemble_f32(lane0(v1), lane2(v1), lane1(v2), lane3(v2))
  let v4 = gather4 p1[0] step 5
  let v5 = v3 * f32(assemble_i32(index(o):i32, index(o+1):i32, index(o+2):i32, index(o+3):i32)) + v4
  address p2 = Y + o
  write p2[0] = lane0(v5)
  write p2[3] = lane1(v5)
  write p2[6] = lane2(v5)
  write p2[9] = lane3(v5)
  let t1 = load1 p1[0]
  let t2 = load1 p1[1]
  address p3 = Y + 4*o
  write p3[16] = assemble_f32(t1, t1, t2, t2)`);
    keepsNumbers(text);
  });

  const tail = (loops: string, begin: string): string => `buffer X: f32[16] input slack 2
buffer Y: f32[16] output
kernel Y
  for ${loops}
    declare A: f32[4] register
    for k < 4 vectorized
      A[k] = 0
    for k2 < 4 vectorized
      if -k2${begin.replaceAll('+', '-')}+9 >= 0: A[k2] += X[k2${begin}]
    for l < 4 vectorized
      if -l${begin.replaceAll('+', '-')}+9 >= 0: Y[l${begin}] = A[l]
`;
  it('stores whole vectors up to the one that the end of an axis cuts, and of that one the first lanes alone; registers keep the others', () => {
    expect(expanded(tail('o < 3', '+4*o'))).to.equal(`for o < 2
  set A_0 = broadcast4(0)
  address p1 = X + 4*o
  let v1 = load4 p1[0]
  set A_0 = v1
  address p2 = Y + 4*o
  write p2[0] = A_0
set A_0 = broadcast4(0)
let v2 = load4 X[8] first 2
set A_0 = choose assemble_i32(0:i32, 1:i32, 2:i32, 3:i32) < broadcast4(2:i32) then v2 else A_0
write Y[8] first 2 = A_0`);
    keepsNumbers(tail('o < 3', '+4*o'));
  });

  it('combines the lanes of a sum in a register or in memory, and leaves those out that a guard cuts', () => {
    const text = `buffer X: f32[16] input
buffer Y: f32[4] output
kernel Y
  for y < 2
    declare A: f32[1] register
    A[0] = 1
    for k < 3 unrolled, l < 4 vectorized
      if -4*k-l+5 >= 0: A[0] = max(A[0], X[4*k+l+8*y])
    Y[y] = A[0]
    Y[y+2] = 0
    for m < 4 vectorized: Y[y+2] = min(Y[y+2], X[m+8*y])
`;
    expect(expanded(text)).to.equal(`for y < 2
  set A_0 = 1
  address p1 = X + 8*y
  let v1 = load4 p1[0]
  let v2 = max(broadcast4(-inf), v1)
  set A_0 = max(A_0, across_max(v2))
  let v3 = load4 p1[4] first 2
  let v4 = max(broadcast4(-inf), choose assemble_i32(0:i32, 1:i32, 2:i32, 3:i32) < broadcast4(2:i32) then v3 else broadcast4(-inf))
  set A_0 = max(A_0, across_max(v4))
  address p2 = Y + y
  write p2[0] = A_0
  write p2[2] = 0
  let v5 = min(broadcast4(inf), v1)
  let t1 = load1 p2[2]
  write p2[2] = min(t1, across_min(v5))`);
    keepsNumbers(text);
  });

  it('writes out the few iterations in which one of several vectors is cut', () => {
    const text = `buffer X: f32[19] input
buffer Y: f32[8] output
kernel Y
  declare A: f32[8] register
  for i < 8 unrolled: A[i] = 0
  for c < 3, v < 2 unrolled
    if -2*c-v+4 >= 0
      for l < 4 vectorized
        if -8*c-4*v-l+18 >= 0: A[4*v+l] += X[8*c+4*v+l]
  for w < 2 unrolled, m < 4 vectorized: Y[4*w+m] = A[4*w+m]
`;
    expect(expanded(text)).to.contain('for c < 2').and.to.contain('load4 X[16] first 3').and.not.to.contain('if ');
    keepsNumbers(text);
  });

  it('gives a part of a loop that is written apart a name of its own, so that a name means one range', () => {
    // a window of 24 taps: the first 17 keep within the data in every lane, of the others each lane has its own; what follows has the loop whole
    const text = `buffer X: f32[20] input
buffer W: f32[24] compile
buffer Y: f32[8] output
kernel Y
  for l < 4 vectorized: Y[l] = 0
  for s < 24, m < 4 vectorized
    if -s-m+19 >= 0: Y[m] += X[s+m] * W[s]
  for s < 24, s2 < 2: Y[s2+4] = W[s]
  for s4 < 2, s5 < 2: Y[s4+2*s5+4] = 0
`;
    expect(verifyProgram(programOf(text))).to.deep.equal([]);
    expect(expanded(text).match(/for .*$/gm)).to.deep.equal(['for s < 17', 'for s3 in 17..23', 'for s6 < 24, s2 < 2', 'for s4 < 2, s5 < 2']);
    expect(verifyProgram(unwrap(expand(programOf(text), options))).map(({ message }) => message)).to.deep.equal([]);
    keepsNumbers(text);
  });

  it('has a copy of the loop in which no vector is cut, where that holds throughout; what is cut in the other is stored lane by lane', () => {
    const text = tail('o < 3, t < 2', '+4*o+2*t');
    expect(expanded(text)).to.contain(`for o < 3
  if -o+1 >= 0
    for t < 2
      set A_0 = broadcast4(0)
      address p1 = X + 4*o+2*t
      let v1 = load4 p1[0]
      set A_0 = v1
      address p2 = Y + 4*o+2*t
      write p2[0] = A_0
  if o-2 >= 0`).and.to.contain(`
      if -2*o-t+4 >= 0
        address p5 = Y + 4*o+2*t
        write p5[1] = lane1(A_0)`);
    keepsNumbers(text);
  });

  it('stores a whole vector where a guard only seems to cut it, because all else in it counts by vectors', () => {
    const text = `buffer X: f32[28] input
buffer Y: f32[28] output
kernel Y
  for o < 4, t < 2
    for k < 4 vectorized
      if -k-4*t-8*o+27 >= 0: Y[k+4*t+8*o] = X[k+4*t+8*o]
`;
    expect(expanded(text)).to.equal(`for o < 4, t < 2
  if -2*o-t+6 >= 0
    address p1 = X + 8*o+4*t
    let v1 = load4 p1[0]
    address p2 = Y + 8*o+4*t
    write p2[0] = v1`);
    keepsNumbers(text);
  });

  it('reads vector registers by lane and assembles vectors of scalar registers', () => {
    const text = `buffer X: f32[8] input
buffer Y: f32[16] output
kernel Y
  for o < 1 parallel
    declare V: f32[4] register
    declare S: f32[6] register
    for k < 4 vectorized: V[k] = X[k]
    for i < 6 unrolled: S[i] = X[i+2]
    for i < 4 unrolled: S[i] = S[i] + V[i]
    for l < 4 vectorized: Y[l] = S[l+1] + V[0]
`;
    expect(expanded(text)).to.equal(`let v1 = load4 X[0]
set V_0 = v1
let t1 = load1 X[2]
set S_0 = t1
let t2 = load1 X[3]
set S_1 = t2
let t3 = load1 X[4]
set S_2 = t3
let t4 = load1 X[5]
set S_3 = t4
let t5 = load1 X[6]
set S_4 = t5
let t6 = load1 X[7]
set S_5 = t6
set S_0 += lane0(V_0)
set S_1 += lane1(V_0)
set S_2 += lane2(V_0)
set S_3 += lane3(V_0)
write Y[0] = assemble_f32(S_1, S_2, S_3, S_4) + broadcast4(lane0(V_0))`);
    keepsNumbers(text);
  });

  it('folds tables: zeros vanish, ones and minus ones need no multiplication', () => {
    const text = `buffer B: f32[6] compile
buffer X: f32[24] input
buffer Y: f32[16] output
kernel Y
  declare A: f32[8] register
  for i0 < 2 unrolled, l0 < 4 vectorized: A[4*i0+l0] = 0
  for i < 2 unrolled, j < 3 unrolled, l < 4 vectorized: A[4*i+l] += B[3*i+j] * X[4*j+l]
  for i1 < 2 unrolled, l1 < 4 vectorized: Y[4*i1+l1] = A[4*i1+l1]
`;
    expect(expanded(text, { tables: new Map([['B', [1, 0, -1, 0, 2, 1]]]) })).to.equal(`set A_0 = broadcast4(0)
set A_1 = broadcast4(0)
let v1 = load4 X[0]
set A_0 = v1
let v2 = load4 X[8]
set A_0 = A_0 - v2
let v3 = load4 X[4]
set A_1 = broadcast4(2) * v3
set A_1 += v2
write Y[0] = A_0
write Y[4] = A_1`);
  });

  const padded = `buffer X: f32[80] input
buffer W: f32[32] compile
buffer Y: f32[64] output
kernel Y
  for Y.xo < 4
    declare A: f32[16] register
    for A.j0 < 2 unrolled, A.x0 < 2 unrolled, A.l0 < 4 vectorized: A[8*A.x0+4*A.j0+A.l0] = 0
    for A.s < 3, A.c < 4, A.j < 2 unrolled, A.x < 2 unrolled
      if A.s+A.x+2*Y.xo-1 >= 0 & -A.s-A.x-2*Y.xo+7 >= 0
        for A.l < 4 vectorized: A[8*A.x+4*A.j+A.l] += X[A.c+4*A.s+4*A.x+8*Y.xo-4] * W[8*A.c+4*A.j+A.l]
    for Y.j < 2 unrolled, Y.x < 2 unrolled, Y.l < 4 vectorized: Y[8*Y.x+4*Y.j+Y.l+16*Y.xo] = A[8*Y.x+4*Y.j+Y.l]
`;
  it('writes a loop once per outcome of the guards that it does not change', () => {
    const text = expanded(padded);
    // both pixels inside, one at the right edge, one at the left edge; each without a branch of its own
    expect(text.match(/for A\.c/g)).to.have.length(3);
    expect(text.match(/^ *if .*$/gm)).to.deep.equal([
      '    if A.s+2*Y.xo-1 >= 0', '      if -A.s-2*Y.xo+6 >= 0', '      if A.s+2*Y.xo-7 >= 0', '        if -A.s-2*Y.xo+7 >= 0', '    if -A.s-2*Y.xo >= 0',
    ]);
    keepsNumbers(padded);
  });

  it('leaves rare branches where they are', () => {
    const text = `buffer X: f32[64] input
buffer Y: f32[16] output
kernel Y
  for o < 4
    declare A: f32[16] register
    for i0 < 16 unrolled: A[i0] = 0
    for c < 4, i < 16 unrolled
      if o+i-1 >= 0: A[i] += X[c+4*i] * o2
    for i1 < 16 unrolled: Y[i1] = A[i1]
`.replace(' * o2', '');
    expect(expanded(text).match(/for c/g)).to.have.length(1);
    keepsNumbers(text);
  });

  it('treats a loop of one iteration as no loop', () => {
    expect(expanded('buffer X: f32[4] input\nbuffer Y: f32[4] output\nkernel Y\n  for o < 1, l < 4 vectorized: Y[l] = X[l]\n')).to.equal('let v1 = load4 X[0]\nwrite Y[0] = v1');
  });

  describe('refuses', () => {
    const one = (body: string): string => `buffer X: f32[256] input slack 64\nbuffer Y: f32[256] output\nkernel Y\n${body}`;
    it('more statements than the budget', () => {
      expect(refusal(one('  for a < 40 unrolled, b < 16, c < 13 unrolled: Y[c] = X[a]\n')))
        .to.equal('kernel Y unrolls to 560 statements, more than 500; unroll fewer of a (40), c (13)');
    });
    it('a vectorized loop with a loop inside', () => {
      expect(refusal(one('  for Y.l < 4 vectorized, A.c < 8: Y[Y.l] = X[A.c]\n')))
        .to.equal('vectorized loop Y.l contains the loop A.c; a vectorized loop is innermost: reorder Y.l last, or unroll A.c');
    });
    it('lanes that overwrite one another', () => {
      expect(refusal(one('  for A.c < 4 vectorized: Y[0] = X[A.c]\n')))
        .to.equal('every lane of A.c stores to the same element of Y and combines nothing with it; add to it, or take its max, min or product, or leave the loop serial');
    });
    it('a vector that is no power of two, or longer than a register', () => {
      expect(refusal(one('  for Y.l < 6 vectorized: Y[Y.l] = X[Y.l]\n'))).to.equal('vectorized loop Y.l has 6 iterations; a vector has a power of two of them, at most 4 here: split by 4 first');
      expect(refusal(one('  for Y.l < 8 vectorized: Y[Y.l] = X[Y.l]\n'))).to.equal('vectorized loop Y.l has 8 iterations; a vector has a power of two of them, at most 4 here: split by 4 first');
    });
    it('vectors on a target without any', () => {
      expect(refusal(one('  for Y.l < 4 vectorized: Y[Y.l] = X[Y.l]\n'), { lanes: () => 1 })).to.equal('vectorized loop Y.l has 4 iterations but the target has no vectors; leave it serial');
    });
    it('registers with an address', () => {
      expect(refusal(one('  declare A: f32[8] register\n  for A.i < 8: A[A.i] = X[A.i]\n')))
        .to.equal('A lives in registers but is indexed by A.i, which loops at run time decide; unroll or vectorize those loops, or place A in scratch');
    });
    it('a buffer placed inside a vector', () => {
      expect(refusal(one('  for Y.l < 4 vectorized\n    declare A: f32[8] register\n    Y[Y.l] = X[Y.l]\n')))
        .to.equal('A is placed inside the vectorized loop Y.l; compute it at a loop around it');
    });
    it('a table that no unrolled loop indexes', () => {
      expect(refusal(one('  for i < 4: Y[i] = X[i]\n'), { tables: new Map([['X', [1, 2, 3, 4]]]) }))
        .to.equal('table X is read at i, which loops at run time decide; unroll those loops so that its entries become constants');
    });
  });

  describe('keeps the numbers of random schedules', function () {
    for (const definition of [convolution({ channels: 4, outputs: 8, size: 8, kernel: 3, pad: 1 }), convolution({ channels: 4, outputs: 4, size: 9, kernel: 3, stride: 2, pad: 1 }), maxPool(3, 9, 3, 2, 1), softmax(4, 8), softmax(3, 11), dense(4, 8, 12)]) {
      it(definition.name + outputOf(definition).axes.map(({ last }) => ` ${last + 1}`).join(''), () => {
        const inputs = randomInputs(definition, 3), expected = toNumbers(evaluate(definition, inputs).get(outputOf(definition).name)!);
        let kept = 0;
        for (let seed = 0; seed < 120; seed++) {
          const { plan } = randomSchedule(definition, plain, seededRandom(seed).fork('expand'));
          const structured = buildProgram(plan);
          if (!structured.ok) continue;
          for (const program of [structured.value, inRegisters(structured.value)]) {
            const outcome = expand(program, { lanes: lanes(32), budget: 4000 });
            if (!outcome.ok) { expect(outcome.failure.code).to.be.oneOf(['vectorize-illegal', 'program-too-large', 'register-unnamed']); continue; }
            kept++;
            if (program === structured.value) expect(verifyProgram(outcome.value).map(({ message }) => message), `seed ${seed}`).to.deep.equal([]);
            expect(largestDifference(runProgram(plan, outcome.value, inputs), expected), `seed ${seed}`).to.be.lessThan(1e-5);
          }
        }
        // most schedules must get through, or this test says nothing
        expect(kept).to.be.greaterThan(60);
      });
    }
  });
});

/** The program with its small scratch buffers in registers and every loop that indexes one of them unrolled. */
const inRegisters = (program: Program): Program => {
  const named = new Set<string>(), unrolled = new Set<string>();
  type Node = { readonly kind?: string; readonly scope?: string; readonly name?: string; readonly size?: number; readonly as?: string; readonly buffer?: Node; readonly variable?: Node; readonly at?: Index };
  // programs are plain data: one walk over everything collects, a second one rewrites
  const everywhere = (visit: (node: Node) => unknown): string => JSON.stringify(program, (_, value: Node) => (value === null ? value : visit(value)));
  everywhere((node) => { if (node.scope === 'scratch' && node.size! <= 32) named.add(node.name!); return node; });
  everywhere((node) => { if (node.at?.kind === 'index' && named.has(node.buffer!.name!)) variablesOf(node.at).forEach((name) => unrolled.add(name)); return node; });
  const rewritten = everywhere((node) => {
    if (node.scope === 'scratch' && named.has(node.name!)) return { ...node, scope: 'register' };
    return node.kind === 'for' && node.as === 'serial' && unrolled.has(node.variable!.name!) ? { ...node, as: 'unrolled' } : node;
  });
  // JSON has no infinity, and the identity of max is one
  return JSON.parse(rewritten, (key, value: unknown) => (key === 'value' && value === null ? -Infinity : value)) as Program;
};
