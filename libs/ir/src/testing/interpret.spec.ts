/** Running programs: the numbers of a plain computation, and what is promised of order, rounding and memory. */
import { expect } from 'chai';
import { seededRandom, unwrap } from '@loopsmith/util';
import type { NumericArray } from '../tensor/data.js';
import { convolution, expandedConvolution, groupedLaunch, tailedSum } from '../loops/examples.spec.js';
import { interpret } from './interpret.js';
import { parseProgram } from './parse-program.js';
import type { Program } from '../loops/program.js';

const parse = (text: string): Program => unwrap(parseProgram(text));
const seeded = (name: string, length: number): Float32Array => {
  const random = seededRandom(7).fork(name);
  return Float32Array.from({ length }, () => random.next() * 2 - 1);
};
/** Seeded inputs, NaN in what is to be computed. */
const dataFor = (program: Program): Map<string, Float32Array> =>
  new Map(program.buffers.filter((buffer) => buffer.role !== 'temporary').map(({ name, size, role }) => [name, role === 'output' ? new Float32Array(size).fill(NaN) : seeded(name, size)]));
const run = (text: string): { Y: Float32Array; data: Map<string, Float32Array> } => {
  const program = parse(text), data = dataFor(program);
  interpret(program, data);
  return { Y: data.get('Y')!, data };
};
const expectClose = (actual: Float32Array, expected: (i: number) => number): void => {
  for (let i = 0; i < actual.length; i++) expect(actual[i], `element ${i}`).to.be.closeTo(expected(i), 1e-5);
};
/** A kernel over the given buffers with one statement each line. */
const kernel = (buffers: readonly string[], ...lines: readonly string[]): string => [...buffers.map((buffer) => `buffer ${buffer}`), 'kernel f', ...lines.map((line) => `  ${line}`)].join('\n');
const runOn = (text: string, arrays: Readonly<Record<string, NumericArray>>): void => interpret(parse(text), new Map(Object.entries(arrays)));

/** The convolution of `examples`, straight from its formula: 32 inputs, 32 outputs, 8 x 8, padding 1, blocks of 16 channels. */
const plainConvolution = (data: ReadonlyMap<string, Float32Array>) => (i: number): number => {
  const X = data.get('X')!, W = data.get('W')!;
  const k = Math.floor(i / 1024) * 16 + (i % 16), y = Math.floor(i / 128) % 8, x = Math.floor(i / 16) % 8;
  let sum = 0;
  for (let c = 0; c < 32; c++) for (let r = 0; r < 3; r++) for (let s = 0; s < 3; s++) {
    const iy = y + r - 1, ix = x + s - 1;
    if (iy < 0 || iy > 7 || ix < 0 || ix > 7) continue;
    sum += X[Math.floor(c / 16) * 1024 + iy * 128 + ix * 16 + (c % 16)]! * W[Math.floor(c / 16) * 4608 + r * 1536 + s * 512 + (c % 16) * 32 + k]!;
  }
  return Math.max(sum + data.get('bias')![k]! + data.get('R')![i]!, 0);
};

describe('interpret', () => {
  it('runs a padded convolution', () => {
    const { Y, data } = run(convolution);
    expectClose(Y, plainConvolution(data));
  });
  it('runs a sum of rows with a guarded tail', () => {
    const { Y, data } = run(tailedSum);
    expectClose(Y, (r) => data.get('X')!.subarray(10 * r, 10 * r + 10).reduce((a, b) => a + b));
  });
  it('runs an expanded program', () => {
    const { Y, data } = run(expandedConvolution);
    expectClose(Y, (i) => {
      const k = Math.floor(i / 64) * 8 + (i % 8), x = Math.floor(i / 8) % 8;
      let sum = 0;
      for (let c = 0; c < 4; c++) sum += data.get('X')![4 * x + c]! * data.get('W')![16 * c + k]!;
      return Math.max(sum, 0);
    });
  });

  it('runs loops bound to blocks and threads one after the other, and a temporary nobody handed over', () => {
    const { Y, data } = run(groupedLaunch);
    expectClose(Y, (i) => data.get('X')![Math.floor(i / 14) * 14 + 13 - (i % 14)]! ** 2);
  });

  it('poisons declared buffers each time anew', () => {
    const { Y } = run(kernel(['Y: f32[2] output'], 'for a < 2', '  declare A: f32[1] register', '  if -a >= 0: A[0] = 5', '  Y[a] = A[0]'));
    expect([...Y]).to.deep.equal([5, NaN]);
  });

  it('reads slack as NaN and keeps it out of what is handed back', () => {
    const data = { X: Float64Array.of(1, 2), Y: new Float64Array(2) };
    runOn(kernel(['X: f64[2] input slack 1', 'Y: f64[2] output'], 'for a < 2: Y[a] = X[a+1]'), data);
    expect([...data.Y]).to.deep.equal([2, NaN]);
  });

  it('lets every lane of a statement read before one stores, and the lanes of a sum one after another', () => {
    const shift = kernel(['Y: f32[5] output'], 'for a < 5: Y[a] = index(a):i32', 'for l < 4 vectorized: Y[l+1] = Y[l]');
    expect([...run(shift).Y]).to.deep.equal([0, 0, 1, 2, 3]);
    const sum = kernel(['X: f32[4] input', 'Y: f32[1] output'], 'Y[0] = 0', 'for l < 4 vectorized: Y[0] += X[l]');
    expect(run(sum).Y[0]).to.be.closeTo(seeded('X', 4).reduce((a, b) => a + b), 1e-6);
    const last = kernel(['X: f32[4] input', 'Y: f32[1] output'], 'Y[0] = 0', 'for l < 4 vectorized: Y[0] = X[l]');
    expect(run(last).Y[0]).to.equal(seeded('X', 4)[3]);
    const guarded = kernel(['Y: f32[5] output'], 'for a < 5: Y[a] = index(a):i32', 'for l < 4 vectorized', '  if l-1 >= 0: Y[l+1] = Y[l]');
    expect([...run(guarded).Y]).to.deep.equal([0, 1, 1, 2, 3]);
    const write = kernel(['Y: f32[5] output'], 'for a < 5: Y[a] = index(a):i32', 'write Y[1] = load4 Y[0]');
    expect([...run(write).Y]).to.deep.equal([0, 0, 1, 2, 3]);
  });

  it('rounds at stores and registers to the dtype, and takes each dtype in its own array or in doubles', () => {
    const data = { H: new Uint16Array(1), L: new BigInt64Array(1), B: new Int8Array(1), F: new Float64Array(1), K: new Uint8Array(1), G: new Float64Array(1) };
    runOn(kernel(['H: f16[1] output', 'L: i64[1] output', 'B: i8[1] output', 'F: f32[1] output', 'K: bool[1] output', 'G: f64[1] output'],
      'H[0] = f16(1.0001220703125)', 'L[0] = 5:i64 / 2:i64 - 7:i64', 'B[0] = 100:i8 + 100:i8', 'F[0] = 0.1', 'K[0] = bool(3:i32)', 'set a = 0.1', 'G[0] = a'), data);
    expect([data.H[0], data.L[0], data.B[0], data.F[0], data.K[0], data.G[0]]).to.deep.equal([0x3c00, -5n, -56, Math.fround(0.1), 1, Math.fround(0.1)]);
  });

  it('gathers through memory', () => {
    const text = kernel(['I: i32[3] input', 'X: f32[5] input', 'Y: f32[3] output'], 'for a < 3: Y[a] = X[I{a; 0..4}]');
    const data = { I: Int32Array.of(4, 0, 2), X: Float32Array.of(10, 11, 12, 13, 14), Y: new Float32Array(3) };
    runOn(text, data);
    expect([...data.Y]).to.deep.equal([14, 10, 12]);
    data.I[1] = 7;
    expect(() => runOn(text, data)).to.throw('kernel f takes an index from I{a; 0..4}, less 0, at 7, outside 0..4');
  });

  it('computes every lane of gathers, broadcasts and assembled values', () => {
    const text = kernel(['X: f32[16] input', 'Y: f32[4] output'], 'address p = X + 1', 'let g = gather4 p[1] step -1', 'let v = assemble_f32(1, 2, 3, X[0])', 'write Y[0] = g * v + broadcast4(load1 p[9])');
    expect(() => run(text)).to.throw('kernel f reads gather4 p[1] step -1 at -1, outside 0..15');
    const data = { X: Float32Array.from({ length: 16 }, (_, i) => i + 1), Y: new Float32Array(4) };
    runOn(text.replace('p[1] step -1', 'p[3] step -1'), data);
    expect([...data.Y]).to.deep.equal([5 * 1 + 11, 4 * 2 + 11, 3 * 3 + 11, 2 * 1 + 11]);
  });

  it('combines lanes by halves, and loads and stores the first of them alone', () => {
    const text = kernel(['X: f32[3] input', 'Y: f32[4] output'], 'let v = load4 X[0] first 3', 'write Y[0] first 3 = v + broadcast4(across_add(v))', 'Y[3] = across_multiply(load2 X[1]) - across_max(v)');
    const data = { X: Float32Array.of(1, 2, 5), Y: new Float32Array(4) };
    runOn(text, data);
    expect([...data.Y]).to.deep.equal([9, 10, 13, 5]);
    // (2^24 + 1) + (-2^24 + 1) in single precision: by halves both ones are lost with neither or kept with both
    const halves = { X: Float32Array.of(2 ** 24, 1, -(2 ** 24), 1), Y: new Float32Array(1) };
    runOn(kernel(['X: f32[4] input', 'Y: f32[1] output'], 'Y[0] = across_add(load4 X[0])'), halves);
    expect(halves.Y[0]).to.equal(2);
    expect(() => runOn(text.replace('load4 X[0] first 3', 'load4 X[0]'), data)).to.throw('outside 0..2');
  });

  it('names kernel, access and index when one is out of range', () => {
    expect(() => run(kernel(['Y: f32[4] output'], 'for a < 5: Y[a] = 0'))).to.throw('kernel f stores Y[a] = 0 at 4, outside 0..3');
    expect(() => run(kernel(['X: f32[4] input slack 2', 'Y: f32[4] output'], 'for a < 7: Y[0] = X[a]'))).to.throw('kernel f reads X[a] at 6, outside 0..5');
  });

  it('names a buffer that is missing or too short', () => {
    const program = parse(kernel(['X: f32[4] input', 'Y: f32[4] output'], 'Y[0] = X[0]'));
    expect(() => interpret(program, new Map([['Y', new Float32Array(4)]]))).to.throw('interpret needs the input buffer X of 4 elements; it is not among Y');
    expect(() => interpret(program, new Map([['X', new Float32Array(3)], ['Y', new Float32Array(4)]]))).to.throw('interpret needs 4 elements of X; it was given 3');
  });
});

describe('the arithmetic of programs', () => {
  const value = (text: string): number => {
    const Y = new Float64Array(1);
    runOn(kernel(['Y: f64[1] output'], `Y[0] = ${text}`), { Y });
    return Y[0]!;
  };
  const cases: readonly (readonly [string, number])[] = [
    ['7:i32 / -2:i32', -3], ['modulo(-7:i32, 3:i32)', 2], ['remainder(-7:i32, 3:i32)', -1], ['modulo(-7, 3)', 2], ['modulo(7.5, -2)', -0.5], ['power(2, 10)', 1024],
    ['200:u8 + 100:u8', 44], ['-3:i16 * 20000:i16', 5536], ['65537:i32 * 65537:i32', 131073], ['4000000000:u32 + 500000000:u32', 205032704], ['-(1:u8)', 255],
    ['xor(6:i32, 3:i32)', 5], ['and(6:i64, 3:i64)', 2], ['or(1:bool, 0:bool)', 1], ['shiftLeft(1:i64, 40:i64)', 2 ** 40], ['shiftRight(-8:i32, 1:i32)', -4], ['shiftRight(4294967295:u32, 31:u32)', 1],
    ['not(0:bool)', 1], ['not(5:i32)', -6], ['not(5:i64)', -6], ['not(1:u8)', 254],
    ['round(2.5)', 2], ['round(3.5)', 4], ['round(-2.5)', -2], ['truncate(-2.7)', -2], ['floor(-2.1)', -3], ['ceil(2.1)', 3], ['absolute(-3)', 3],
    ['exp(1)', Math.E], ['log(1)', 0], ['sqrt(2)', Math.SQRT2], ['tanh(0.5)', Math.tanh(0.5)], ['atan2(1, 1)', Math.PI / 4],
    // reference values of erf to 16 digits: Abramowitz and Stegun, table 7.1
    ['erf(0.5)', 0.5204998778130465], ['erf(-1)', -0.8427007929497149], ['erf(2)', 0.9953222650189527], ['erf(7)', 1],
    ['i8(300)', 44], ['i32(-2.9)', -2], ['u8(-1)', 255], ['f32(0.1)', Math.fround(0.1)], ['f16(1.0001)', 1], ['bf16(1.01)', 1.0078125], ['bool(nan)', 1],
    ['max(1, 2) - min(1, 2)', 1], ['select 0 >= 0 then 1 else 2', 1], ['select -1 >= 0 & 1 >= 0 then 1 else 2', 2],
    ['choose 1 < 2 then 3 else 4', 3], ['choose nan == nan then 3 else 4', 4], ['choose nan != nan then 3 else 4', 3], ['choose 2 >= 2 then 3 else 4', 3],
  ];
  for (const [text, expected] of cases) it(`${text} is ${expected}`, () => expect(value(text)).to.be.closeTo(expected, 1e-15));
});
