/** How far exp, log, tanh, erf, sines, tangents, their inverses and remainders on vectors of floats are from the truth, over their whole range and at its ends. */
import { expect } from 'chai';
import { loopVariable, variable, scale, sum, type Expression, type NumericArray, type Program } from '@loopsmith/ir';
import { interpret } from '@loopsmith/ir/testing';
import { expand } from '@loopsmith/lowering';
import { cpu, needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { buffer, load, loop, store } from './testing/convolution.js';
import { printKernels } from './print-kernels.js';
import { runKernels } from './testing/run-kernels.js';
import { gccAvx2, gccAvx512, portable, type Spellings } from './spellings.js';
import { x86IsaFlags } from './toolchain/flags.js';
import { economised, series, type vectorFunctions } from './vector-math.js';

type Name = keyof typeof vectorFunctions;
/** What gcc's code answers for each argument, and what the interpreter does in double. */
const run = (operator: Name, inputs: readonly number[], lanes = 4, spellings: Spellings = portable, flags: readonly string[] = []): Promise<Answers> =>
  answers((a) => ({ kind: 'unary', operator, of: a }), [inputs], lanes, spellings, flags);
interface Answers { readonly found: Float32Array; readonly truth: Float64Array }
const answers = async (compute: (...operands: readonly [Expression, Expression]) => Expression, inputs: readonly (readonly number[])[], lanes = 4, spellings: Spellings = portable, flags: readonly string[] = []): Promise<Answers> => {
  const size = Math.ceil(inputs[0]!.length / lanes) * lanes;
  const X = buffer('X', size), Z = buffer('Z', size), Y = buffer('Y', size, 'output'), o = loopVariable('o', size / lanes), l = loopVariable('l', lanes);
  const at = sum(variable(l), scale(variable(o), lanes));
  const program: Program = { buffers: [X, Z, Y], kernels: [{ name: 'Y', launch: null, body: [loop(o, 'serial', loop(l, 'vectorized', store(Y, at, compute(load(X, at), load(Z, at)))))] }] };
  const [values, others] = [0, 1].map((operand) => Float32Array.from({ length: size }, (_, i) => inputs[operand]?.[i] ?? 1)) as [Float32Array, Float32Array];
  const found = new Float32Array(size), truth = new Float64Array(size);
  const plain = unwrap(expand(program, { lanes: () => lanes, budget: 100 }));
  await runKernels(printKernels(plain, spellings, 'math'), plain, flags, new Map<string, NumericArray>([['X', values.slice()], ['Z', others.slice()], ['Y', found]]));
  interpret(program, new Map<string, NumericArray>([['X', Float64Array.from(values)], ['Z', Float64Array.from(others)], ['Y', truth]]));
  return { found, truth };
};
const spread = (from: number, to: number, count: number): readonly number[] => Array.from({ length: count }, (_, i) => Math.fround(from + ((to - from) * i) / (count - 1)));
const worst = ({ found, truth }: { readonly found: Float32Array; readonly truth: Float64Array }, unit: (value: number) => number): number =>
  found.reduce((most, value, i) => Math.max(most, Math.abs(value - truth[i]!) / unit(truth[i]!)), 0);

const ulp = (value: number): number => 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(value)))) - 23);
const relative = (value: number): number => Math.abs(value) || 1;

describe('series of vector math', () => {
  const half = 2 ** -25, erf = (x: number): number => (2 / Math.sqrt(Math.PI)) * Array.from({ length: 30 }, (_, n) => n).reduce(({ sum, term }, n) => ({ sum: sum + term / (2 * n + 1), term: (-term * x * x) / (n + 1) }), { sum: 0, term: x }).sum;
  const truths: Readonly<Record<keyof typeof series, (x: number) => number>> = { sinOverX: (x) => Math.sin(x) / x, cos: Math.cos, asinOverX: (x) => Math.asin(x) / x, atanOverX: (x) => Math.atan(x) / x, erfOverX: (x) => erf(x) / x };
  /** The most that is missing to the truth over the range, as a share of it. */
  const rest = (terms: readonly number[], end: number, truth: (x: number) => number): number =>
    Math.max(...spread(1e-6, end, 2001).map((z) => Math.abs(terms.reduceRight((sum, c) => sum * z + c, 0) / truth(Math.sqrt(z)) - 1)));
  for (const [name, { terms, end }] of Object.entries(series))
    it(`${name} leaves less than half a unit in the last place, and more with one term less`, () => {
      const truth = truths[name as keyof typeof series];
      expect(rest(terms, end, truth)).to.be.lessThan(half);
      expect(rest(terms.slice(0, -1), end, truth)).to.be.greaterThan(half);
      expect(rest(economised(terms, end, terms.length - 1), end, truth)).to.be.greaterThan(half);
    });
});

describe('vector math', () => {
  it('exp is within 2 units in the last place, denormals included', async () => {
    expect(worst(await run('exp', [...spread(-103, 88.7, 20_000), ...spread(-1, 1, 20_000), ...spread(-1e-4, 1e-4, 1000)]), ulp)).to.be.lessThan(2);
  });
  it('exp is so where AVX-512 spells its last step, and at its ends', async function () {
    needs(this, cpu('avx512dq'));
    const inAvx512 = (inputs: readonly number[]) => run('exp', inputs, 16, gccAvx512, x86IsaFlags.avx512);
    expect(worst(await inAvx512([...spread(-103, 88.7, 20_000), ...spread(-1, 1, 20_000)]), ulp)).to.be.lessThan(2);
    const { found } = await inAvx512([-Infinity, -200, -104, 0, 89, 1000, Infinity, NaN]);
    expect([...found.subarray(0, 8)]).to.deep.equal([0, 0, 0, 1, Infinity, Infinity, Infinity, NaN]);
  });
  it('exp, at its ends', async () => {
    const { found } = await run('exp', [-Infinity, -200, -104, 0, 89, 1000, Infinity, NaN]);
    expect([...found]).to.deep.equal([0, 0, 0, 1, Infinity, Infinity, Infinity, NaN]);
  });
  it('log is within 1e-6 of the value, near 1 too', async () => {
    expect(worst(await run('log', [...spread(1e-3, 3, 20_000), ...spread(0.99, 1.01, 5001), ...[1e-45, 1e-40, 1.2e-38, 1e-30, 1e30, 3.4e38]]), relative)).to.be.lessThan(1e-6);
  });
  it('log, at its ends', async () => {
    const { found } = await run('log', [0, -1, 1, Infinity, NaN, -Infinity, 1, 1]);
    expect([...found]).to.deep.equal([-Infinity, NaN, 0, Infinity, NaN, NaN, 0, 0]);
  });
  it('tanh is within 1e-6 of the value', async () => {
    expect(worst(await run('tanh', [...spread(-12, 12, 20_000), ...spread(-1, 1, 20_001), 1e-20, 1e-40]), relative)).to.be.lessThan(1e-6);
  });
  it('tanh, at its ends', async () => {
    const { found } = await run('tanh', [-Infinity, -50, -0, 0, 50, Infinity, NaN, 0]);
    expect([...found]).to.deep.equal([-1, -1, -0, 0, 1, 1, NaN, 0]);
  });
  it('erf is within 1e-6 of the value', async () => {
    expect(worst(await run('erf', [...spread(-5, 5, 20_000), ...spread(-1.1, 1.1, 20_001), 1e-20, 1e-40]), relative)).to.be.lessThan(1e-6);
  });
  it('erf, at its ends', async () => {
    const { found } = await run('erf', [-Infinity, -50, -0, 0, 50, Infinity, NaN, 0]);
    expect([...found]).to.deep.equal([-1, -1, -0, 0, 1, 1, NaN, 0]);
  });
  for (const name of ['sin', 'cos', 'tan'] as const) {
    it(`${name} is within 1e-6 of the value, next to its zeros and far out too`, async () => {
      // next to multiples of pi/2 an argument has few bits of what is left of it
      const zeros = Array.from({ length: 20_000 }, (_, i) => Math.fround(i * 33 * Math.PI / 2));
      for (const inputs of [spread(-10, 10, 20_001), zeros, spread(-1e6, 1e6, 20_001), [1e-20, 1e-3, -1e-3], spread(2e6, 3e38, 2001)])
        expect(worst(await run(name, inputs), relative)).to.be.lessThan(1e-6);
    });
    it(`${name} is so in vectors of sixteen`, async function () {
      needs(this, cpu('avx512dq'));
      expect(worst(await run(name, [...spread(-300, 300, 20_001), ...spread(1e6, 2e6, 1001)], 16, gccAvx512, x86IsaFlags.avx512), relative)).to.be.lessThan(1e-6);
    });
  }
  it('sin and cos, at their ends, where the other lanes of a vector are not', async () => {
    expect([...(await run('sin', [0, -0, Infinity, 1, NaN, 0, -Infinity, -0])).found].map((value, i) => (i === 3 ? 0 : value))).to.deep.equal([0, -0, NaN, 0, NaN, 0, NaN, -0]);
    expect([...(await run('sin', [NaN, -0, 0, -0])).found]).to.deep.equal([NaN, -0, 0, -0]);
    expect([...(await run('cos', [0, -0, Infinity, 0, NaN, 0, -0, 0])).found]).to.deep.equal([1, 1, NaN, 1, NaN, 1, 1, 1]);
  });
  /** Floats of either sign and every exponent, denormals included, some 780 of each. */
  const everywhere = Array.from({ length: 400_000 }, (_, i) => new Float32Array(Uint32Array.of(i * 10_737 % 2 ** 32).buffer)[0]!).filter(Number.isFinite);
  const machines = [['portable', 'sse2', 4, portable, []], ['AVX2', 'avx2', 8, gccAvx2, x86IsaFlags.avx2], ['AVX-512', 'avx512dq', 16, gccAvx512, x86IsaFlags.avx512]] as const;
  for (const [machine, feature, lanes, spellings, flags] of machines) {
    it(`atan, asin and acos are within 4 units in the last place at every exponent, in ${machine}`, async function () {
      needs(this, cpu(feature));
      const within = everywhere.filter((value) => Math.abs(value) <= 1), edges = [...spread(-1, 1, 20_001), ...spread(0.4999, 0.5001, 1001), ...spread(0.999, 1, 1001), ...spread(-1, -0.999, 1001)];
      for (const [name, inputs] of [['atan', [...everywhere, ...edges, ...spread(0.99, 1.01, 1001)]], ['asin', [...within, ...edges]], ['acos', [...within, ...edges]]] as const)
        expect(worst(await run(name, inputs, lanes, spellings, flags), ulp), name).to.be.lessThan(4);
    });
    it(`atan, asin and acos at their ends, in ${machine}`, async function () {
      needs(this, cpu(feature));
      const ends = async (name: Name, ...inputs: readonly number[]): Promise<readonly number[]> => [...(await run(name, inputs, lanes, spellings, flags)).found.subarray(0, inputs.length)];
      const half = Math.fround(Math.PI / 2), pi = Math.fround(Math.PI);
      expect(await ends('atan', 0, -0, Infinity, -Infinity, NaN, 1e38)).to.deep.equal([0, -0, half, -half, NaN, half]);
      expect(await ends('asin', 0, -0, 1, -1, NaN, 1.0000001, Infinity)).to.deep.equal([0, -0, half, -half, NaN, NaN, NaN]);
      expect(await ends('acos', 0, -0, 1, -1, NaN, -1.0000001, Infinity)).to.deep.equal([half, half, 0, pi, NaN, NaN, NaN]);
    });
    it(`remainders and moduli are exact, in ${machine}`, async function () {
      needs(this, cpu(feature));
      // every exponent by every other; then quotients near whole numbers, in whole vectors below the limit
      const by = everywhere.map((_, i) => everywhere[(i * 7919) % everywhere.length]!), tenths = spread(-3e6, 3e6, 20_001).map((value) => Math.fround(Math.round(value) * Math.fround(0.3)));
      for (const [inputs, others] of [[everywhere, by], [tenths, tenths.map(() => 0.3)], [tenths, tenths.map(() => -0.3)], [spread(-10, 10, 20_001), spread(-3, 3, 20_001)], [[5, 0, -4, -4, 1, -1, Infinity, NaN], [0, 0, 2, -2, Infinity, Infinity, 1, 1]]] as const)
        for (const operator of ['remainder', 'modulo'] as const) {
          const { found, truth } = await answers((left, right) => ({ kind: 'binary', operator, left, right }), [inputs, others], lanes, spellings, flags);
          expect([...found].findIndex((value, i) => !Object.is(value, Math.fround(truth[i]!))), operator).to.equal(-1);
        }
    });
  }
  it('tan, at its ends', async () => {
    expect([...(await run('tan', [0, -0, Infinity, NaN, -0, 0, 0, NaN])).found]).to.deep.equal([0, -0, NaN, NaN, -0, 0, 0, NaN]);
  });
  it('max passes over a NaN in its right operand and keeps one in its left', async () => {
    const A = buffer('A', 8), B = buffer('B', 8), Y = buffer('Y', 8, 'output'), o = loopVariable('o', 2), l = loopVariable('l', 4), at = sum(variable(l), scale(variable(o), 4));
    for (const as of ['serial', 'vectorized'] as const) {
      const program: Program = { buffers: [A, B, Y], kernels: [{ name: 'Y', launch: null, body: [loop(o, 'serial', loop(l, as, store(Y, at, { kind: 'binary', operator: 'max', left: load(A, at), right: load(B, at) })))] }] };
      const y = new Float32Array(8), plain = unwrap(expand(program, { lanes: () => 4, budget: 100 }));
      await runKernels(printKernels(plain, portable, 'most'), plain, [], new Map<string, NumericArray>([['A', new Float32Array([1, NaN, 3, -0, 0, 1, 2, 3])], ['B', new Float32Array([NaN, 1, 2, 0, -0, 2, 2, 2])], ['Y', y]]));
      expect([...y]).to.deep.equal([1, NaN, 3, -0, 0, 2, 2, 3]);
    }
  });
});
