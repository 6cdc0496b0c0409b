/** What definitions compute: against loops written by hand here, and whole against point by point. */
import { seededRandom, unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { example, exampleNames, randomInputs } from '../testing/definitions.js';
import { fromNumbers, roundTo, toNumbers, type TensorData } from './data.js';
import { evaluate, evaluateAt } from './evaluate.js';
import { parseDefinition } from './parse.js';
import { outputOf, shapeOf, type Definition } from './tensor.js';

const run = (definition: Definition, inputs: ReadonlyMap<string, TensorData>): Float64Array => toNumbers(evaluate(definition, inputs).get(outputOf(definition).name)!);
const numbersOf = (inputs: ReadonlyMap<string, TensorData>, name: string): Float64Array => toNumbers(inputs.get(name)!);
const evaluateText = (text: string, inputs: Readonly<Record<string, TensorData>> = {}): number[] => [...run(unwrap(parseDefinition(text)), new Map(Object.entries(inputs)))];
/** All of them, row-major. */
const pointsOf = (shape: readonly number[]): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>((points, extent) => points.flatMap((point) => Array.from({ length: extent }, (_, i) => [...point, i])), [[]]);
const f32 = (...values: number[]): TensorData => fromNumbers('f32', [values.length], values);

/** A plain convolution over NCHW, every bound written out. */
const convolve = (x: Float64Array, w: Float64Array, s: { n: number; c: number; h: number; w: number; k: number; r: number; s: number; groups: number; stride: number; dilation: number; top: number; left: number; oh: number; ow: number }): number[] => {
  const out: number[] = [];
  const perGroup = s.c / s.groups, kPerGroup = s.k / s.groups;
  for (let n = 0; n < s.n; n++) for (let k = 0; k < s.k; k++) for (let y = 0; y < s.oh; y++) for (let x0 = 0; x0 < s.ow; x0++) {
    let sum = 0;
    for (let c = 0; c < perGroup; c++) for (let r = 0; r < s.r; r++) for (let q = 0; q < s.s; q++) {
      const iy = y * s.stride + r * s.dilation - s.top, ix = x0 * s.stride + q * s.dilation - s.left;
      if (iy < 0 || ix < 0 || iy >= s.h || ix >= s.w) continue;
      const channel = Math.floor(k / kPerGroup) * perGroup + c;
      sum += x[((n * s.c + channel) * s.h + iy) * s.w + ix]! * w[((k * perGroup + c) * s.r + r) * s.s + q]!;
    }
    out.push(Math.fround(sum));
  }
  return out;
};

describe('evaluate', () => {
  it('convolves with padding, bias and relu', () => {
    const definition = example('convolution'), inputs = randomInputs(definition, seededRandom(1));
    const bias = numbersOf(inputs, 'bias');
    const expected = convolve(numbersOf(inputs, 'X'), numbersOf(inputs, 'W'), { n: 1, c: 4, h: 9, w: 7, k: 6, r: 3, s: 3, groups: 1, stride: 1, dilation: 1, top: 1, left: 1, oh: 9, ow: 7 })
      .map((value, i) => Math.fround(Math.max(value + bias[Math.floor(i / 63)]!, 0)));
    expect([...run(definition, inputs)]).to.deep.equal(expected);
  });

  it('convolves with groups, stride, dilation and batch', () => {
    const definition = example('groupedConvolution'), inputs = randomInputs(definition, seededRandom(2));
    const expected = convolve(numbersOf(inputs, 'X'), numbersOf(inputs, 'W'), { n: 2, c: 6, h: 11, w: 10, k: 9, r: 3, s: 2, groups: 3, stride: 2, dilation: 2, top: 2, left: 1, oh: 6, ow: 5 });
    expect([...run(definition, inputs)]).to.deep.equal(expected);
  });

  it('scatters where a convolution is transposed', () => {
    const definition = example('transposedConvolution'), inputs = randomInputs(definition, seededRandom(3));
    const x = numbersOf(inputs, 'X'), w = numbersOf(inputs, 'W');
    const expected = new Float64Array(2 * 81);
    for (let c = 0; c < 3; c++) for (let k = 0; k < 2; k++) for (let y = 0; y < 5; y++) for (let q = 0; q < 5; q++) for (let r = 0; r < 3; r++) for (let s = 0; s < 3; s++) {
      const oy = 2 * y + r - 1, ox = 2 * q + s - 1;
      if (oy >= 0 && ox >= 0 && oy < 9 && ox < 9) expected[(k * 9 + oy) * 9 + ox]! += x[(c * 5 + y) * 5 + q]! * w[((c * 2 + k) * 3 + r) * 3 + s]!;
    }
    run(definition, inputs).forEach((value, i) => expect(value).to.be.closeTo(expected[i]!, 1e-5));
  });

  it('pools, normalises and finds the first largest', () => {
    const pool = example('maxPool'), poolInputs = randomInputs(pool, seededRandom(4)), image = numbersOf(poolInputs, 'X');
    const pooled = run(pool, poolInputs);
    expect(pooled[0]).to.equal(Math.max(image[0]!, image[1]!, image[8]!, image[9]!));
    expect(pooled[5]).to.equal(Math.max(...[9, 10, 11, 17, 18, 19, 25, 26, 27].map((i) => image[i]!)));
    const softmax = run(example('softmax'), randomInputs(example('softmax'), seededRandom(5)));
    for (let i = 0; i < 5; i++) expect(softmax.slice(33 * i, 33 * i + 33).reduce((a, b) => a + b)).to.be.closeTo(1, 1e-6);
    const rows = [3, 1, 9, 9, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    expect([...run(example('argMax'), new Map([['X', fromNumbers('f32', [4, 17], [...rows, ...rows, ...[...rows].reverse(), ...rows])]]))]).to.deep.equal([2, 2, 13, 2]);
  });

  it('gathers, and keeps a broken promise inside the tensor', () => {
    const X = fromNumbers('f32', [7, 4], Array.from({ length: 28 }, (_, i) => i));
    const gathered = (indices: number[]): number[] => [...run(example('gather'), new Map([['X', X], ['I', fromNumbers('i64', [5], indices)]]))];
    expect(gathered([0, 6, -1, 3, -7])).to.deep.equal([0, 6, 6, 3, 0].flatMap((row) => [0, 1, 2, 3].map((j) => 2 * (4 * row + j))));
    expect(gathered([99, 0, 0, 0, 0]).slice(0, 4)).to.deep.equal([48, 50, 52, 54]);
  });

  it('wraps integers and defines division by zero', () => {
    expect(evaluateText('tensor f()\n  Y: i32[] = 65537:i32 * 65537:i32')).to.deep.equal([131073]);
    expect(evaluateText('tensor f()\n  Y: i8[i<2] = i8(index(100*i+100):i32) + 100:i8')).to.deep.equal([-56, 44]);
    expect(evaluateText('tensor f()\n  Y: u32[] = 0:u32 - 1:u32')).to.deep.equal([4294967295]);
    expect(evaluateText('tensor f()\n  Y: i32[] = (7:i32 / 0:i32) + modulo(7:i32, 0:i32) + remainder(7:i32, 0:i32)')).to.deep.equal([0]);
    expect(evaluateText('tensor f()\n  Y: i32[] = -7:i32 / 2:i32 + modulo(-7:i32, 4:i32) * 10:i32 + remainder(-7:i32, 4:i32) * 100:i32')).to.deep.equal([-3 + 10 - 300]);
    expect(evaluateText('tensor f()\n  Y: i32[] = power(3:i32, 21:i32)')).to.deep.equal([Number(BigInt.asIntN(32, 3n ** 21n))]);
    expect(evaluateText('tensor f()\n  Y: u64[] = xor(1099511627779:u64, 1:u64)')).to.deep.equal([1099511627778]);
    expect(evaluateText('tensor f()\n  Y: u8[] = not(5:u8)')).to.deep.equal([250]);
    expect(evaluateText('tensor f()\n  Y: bool[] = not(1:bool)')).to.deep.equal([0]);
  });

  it('makes integers of floats by truncation that wraps, and 0 of NaN and of what no 64 bits hold', () => {
    for (const [text, value] of [['nan', 0], ['inf', 0], ['-inf', 0], ['1e19', 0], ['-1e19', 0], ['-2.9', -2], ['4294967298', 2], ['-4294967299.5', -3]] as const)
      expect(evaluateText(`tensor f()\n  Y: i32[] = i32(${text}:f64)`), text).to.deep.equal([value]);
    expect(evaluateText('tensor f()\n  Y: i64[] = i64(nan)')).to.deep.equal([0]);
    expect(evaluateText('tensor f()\n  Y: i64[] = i64(1e12)')).to.deep.equal([Math.fround(1e12)]);
  });

  it('shifts by any number as bit by bit', () => {
    for (const [text, value] of [['shiftLeft(3:i32, 32:i32)', 0], ['shiftLeft(3:i32, -1:i32)', 0], ['shiftRight(-3:i32, 64:i32)', -1], ['shiftRight(-3:i32, -1:i32)', -1], ['shiftRight(3:i32, 99:i32)', 0], ['shiftLeft(1:i32, 31:i32)', -(2 ** 31)]] as const)
      expect(evaluateText(`tensor f()\n  Y: i32[] = ${text}`), text).to.deep.equal([value]);
  });

  it('rounds each stage once, to its dtype', () => {
    const third = fromNumbers('f32', [1], [1 / 3]);
    expect(evaluateText('tensor f(X: f32[1])\n  Y: f64[] = f64(X[0] * X[0])', { X: third })).to.deep.equal([Math.fround(1 / 3) ** 2]);
    expect(evaluateText('tensor f(X: f32[1])\n  A[] = X[0] * X[0]\n  Y: f64[] = f64(A[])', { X: third })).to.deep.equal([Math.fround(Math.fround(1 / 3) ** 2)]);
    expect(evaluateText('tensor f(X: f32[1])\n  Y: f16[] = f16(X[0])', { X: third })).to.deep.equal([roundTo('f16', 1 / 3)]);
    // 2^24 + 1 + 1 in float would stay 2^24; sums are kept in double
    expect(evaluateText('tensor f(X: f32[3])\n  Y[] = sum[i<3] X[i]', { X: f32(16777216, 1, 1) })).to.deep.equal([16777218]);
    expect(evaluateText('tensor f()\n  Y: f64[] = f64(0.1)')).to.deep.equal([Math.fround(0.1)]);
  });

  it('knows its special functions', () => {
    // values from the C library
    const erf = evaluateText('tensor f(X: f32[5])\n  Y: f64[i<5] = f64(erf(X[i]))', { X: f32(0.5, 1, -2, 3.5, 5.95) });
    [0.5204998778130465, 0.8427007929497149, -0.9953222650189527, 0.9999992569016276, 1].forEach((value, i) => expect(erf[i]).to.be.closeTo(value, 1e-14));
    expect(evaluateText('tensor f(X: f32[6])\n  Y[i<6] = round(X[i])', { X: f32(0.5, 1.5, -0.5, -1.5, 2.4, -2.6) })).to.deep.equal([0, 2, -0, -2, 2, -3]);
    expect(evaluateText('tensor f(X: f32[2])\n  Y[i<2] = power(X[i], inf)', { X: f32(1, -1) })).to.deep.equal([1, 1]);
  });

  it('hands a NaN on that is the left operand of max or min, and passes over one that is the right, as in every sum by max', () => {
    for (const operator of ['max', 'min']) {
      expect(evaluateText(`tensor f(X: f32[2])\n  Y[i<2] = ${operator}(X[i], 0)`, { X: f32(NaN, 0) }), operator).to.deep.equal([NaN, 0]);
      expect(evaluateText(`tensor f(X: f32[2])\n  Y[i<2] = ${operator}(1, X[i])`, { X: f32(NaN, 1) }), operator).to.deep.equal([1, 1]);
      expect(evaluateText(`tensor f(X: f32[3])\n  Y[] = ${operator}[i<3] X[i]`, { X: f32(2, NaN, 2) }), operator).to.deep.equal([2]);
    }
  });

  it('keeps every stage on demand and names what it was not given', () => {
    const definition = example('softmax'), inputs = randomInputs(definition, seededRandom(6));
    expect([...evaluate(definition, inputs).keys()]).to.deep.equal(['Y']);
    expect([...evaluate(definition, inputs, { keep: 'all' }).keys()]).to.deep.equal(['M', 'E', 'S', 'Y']);
    expect(() => evaluate(definition, new Map())).to.throw('evaluate softmax: input X needs f32[5,33], got nothing');
    expect(() => evaluate(definition, new Map([['X', f32(1, 2)]]))).to.throw('evaluate softmax: input X needs f32[5,33], got f32[2] with 2 values');
  });

  for (const name of exampleNames)
    it(`is the same at points as whole: ${name}`, () => {
      const definition = example(name), inputs = randomInputs(definition, seededRandom(7));
      const whole = run(definition, inputs);
      expect(evaluateAt(definition, inputs, pointsOf(shapeOf(outputOf(definition))))).to.deep.equal(whole);
      expect(whole.some((value) => value !== whole[0])).to.equal(true);
    });

  it('rounds a float that is cast to its own dtype, and nothing else on the way', () => {
    const X = { dtype: 'f32', shape: [1], values: Float32Array.of(0.1) } as const;
    const answer = (formula: string): number => Number(evaluate(unwrap(parseDefinition(`tensor t(X: f32[1])\n  Y: f64[i<1] = f64(${formula})\n`)), new Map([['X', X]])).get('Y')!.values[0]);
    expect([answer('X[i] / 3'), answer('f32(X[i] / 3)')]).to.deep.equal([Math.fround(0.1) / 3, Math.fround(Math.fround(0.1) / 3)]);
  });
});
