/** Every operator, cast and comparison on every type that has it, in scalars and in vectors: gcc's answers against the interpreter's. */
import { expect } from 'chai';
import {
  binaryOperators, bytesOf, dtypes, fromNumbers, halfToNumber, isFloat, loopVariable, unaryOperators, type BinaryOperator, type Buffer, type Comparison,
  type DType, type Expression, type NumericArray, type Program, type UnaryOperator,
} from '@loopsmith/ir';
import { interpret } from '@loopsmith/ir/testing';
import { expand } from '@loopsmith/lowering';
import { cpu, needs } from '@loopsmith/testing';
import { elementArray, seededRandom, unwrap } from '@loopsmith/util';
import { buffer, load, loop, store } from './testing/convolution.js';
import { printKernels } from './print-kernels.js';
import { runKernels } from './testing/run-kernels.js';
import { gccAvx2, portable, type Spellings } from './spellings.js';
import { x86IsaFlags } from './toolchain/flags.js';

const count = 64, lanes = 8;
type Case = { readonly name: string; readonly inputs: readonly [DType, DType]; readonly output: DType; readonly value: (a: Expression, b: Expression) => Expression };

const floatsOnly = new Set<string>(['exp', 'log', 'sqrt', 'tanh', 'erf', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'asinh', 'acosh', 'atanh', 'power', 'atan2', 'floor', 'ceil', 'round', 'truncate']);
const integersOnly = new Set<string>(['and', 'or', 'xor', 'shiftLeft', 'shiftRight', 'not']);
const has = (operator: string, dtype: DType): boolean => {
  // the interpreter keeps 64-bit integers as doubles, and the complement of a small u64 is none
  if (dtype === 'u64' && operator === 'not') return false;
  // computed as f32: one operator shows the way in and out
  if (dtype === 'f16' || dtype === 'bf16') return operator === 'add';
  if (dtype === 'bool') return ['and', 'or', 'xor', 'not', 'max', 'min'].includes(operator);
  return isFloat(dtype) ? !integersOnly.has(operator) : !floatsOnly.has(operator);
};

const constant = (dtype: DType, value: number): Expression => ({ kind: 'constant', dtype, value });
const of = (operator: BinaryOperator, left: Expression, right: Expression): Expression => ({ kind: 'binary', operator, left, right });
/** Constants as operands: edges of C by value, bounds of 64 bits, and the clamp before the cast of quantised operators. */
const constantCases = (dtype: DType): readonly Case[] => {
  const made = (name: string, value: Case['value'], output = dtype): Case => ({ name, inputs: [dtype, dtype], output, value });
  if (dtype === 'f32' || dtype === 'f64') return ([['i8', -128, 127], ['u8', 0, 255], ['i16', -32768, 32767], ['u16', 0, 65535]] as const).map(([to, least, most]) =>
    made(`${dtype} held to ${to}`, (a) => ({ kind: 'cast', dtype: to, of: of('min', of('max', { kind: 'unary', operator: 'round', of: a }, constant(dtype, least)), constant(dtype, most)) }), to));
  if (isFloat(dtype) || dtype === 'bool') return [];
  const signed = !dtype.startsWith('u'), far = dtype === 'u64' ? 2 ** 64 : 2 ** 63;
  return [
    ...(['divide', 'modulo', 'remainder'] as const).flatMap((operator) => [0, 3, ...(signed ? [-1, -3] : [])].map((by) => made(`${operator} ${dtype} by ${by}`, (a) => of(operator, a, constant(dtype, by))))),
    ...(['shiftLeft', 'shiftRight'] as const).flatMap((operator) => [1, 64, ...(signed ? [-1] : [])].map((by) => made(`${operator} ${dtype} by ${by}`, (a) => of(operator, a, constant(dtype, by))))),
    ...(bytesOf[dtype] < 8 ? [] : [made(`${dtype} below its bound`, (a) => of('min', a, constant(dtype, far))), ...(signed ? [made(`${dtype} above its bound`, (a) => of('max', a, constant(dtype, -far)))] : [])]),
  ];
};

const narrow = (dtype: DType): boolean => dtype === 'f16' || dtype === 'bf16';
const allCases: readonly Case[] = dtypes.flatMap((dtype): Case[] => [
  ...binaryOperators.filter((operator) => has(operator, dtype)).map((operator: BinaryOperator): Case => ({ name: `${operator} ${dtype}`, inputs: [dtype, dtype], output: dtype, value: (left, right) => ({ kind: 'binary', operator, left, right }) })),
  ...unaryOperators.filter((operator) => has(operator, dtype)).map((operator: UnaryOperator): Case => ({ name: `${operator} ${dtype}`, inputs: [dtype, dtype], output: dtype, value: (of) => ({ kind: 'unary', operator, of }) })),
  ...dtypes.filter((to) => to !== dtype && !(narrow(to) && dtype !== 'f32') && !(narrow(dtype) && to !== 'f32')).map((to): Case => ({ name: `${dtype} to ${to}`, inputs: [dtype, dtype], output: to, value: (of) => ({ kind: 'cast', dtype: to, of }) })),
  ...(narrow(dtype) ? [] : (['<', '<=', '==', '!=', '>', '>='] as const)).map((compare: Comparison): Case => ({
    name: `${dtype} ${compare}`, inputs: [dtype, dtype], output: 'i32',
    value: (left, right) => ({ kind: 'choose', compare, left, right, then: { kind: 'constant', dtype: 'i32', value: 7 }, otherwise: { kind: 'constant', dtype: 'i32', value: -3 } }),
  })),
  ...constantCases(dtype),
]);

/** What stands at the head of an operand: where C leaves the answer open, or says another than the IR. */
const edges = (name: string, dtype: DType): readonly number[] => {
  const signed = !dtype.startsWith('u'), least = dtype === 'bool' || isFloat(dtype) || !signed ? 0 : -(2 ** (8 * bytesOf[dtype] - 1));
  if (/^[AB] (?:max|min) f/.test(name)) return name.startsWith('A') ? [NaN, 1, NaN, 0.5] : [1, NaN, NaN, 0.5];
  if (isFloat(dtype) && / (?:held )?to [iu]/.test(name)) return  [NaN, Infinity, -Infinity, 1e19, -1e19, -(2 ** 31), 2 ** 31, 3e9, -3e9, 2 ** 33 + 2 ** 12, -70000.5, 70000.5, 300, -1, 1e10, -1e10];
  if (isFloat(dtype)) return [];
  if (/^A (?:divide|modulo|remainder)/.test(name)) return [7, least, least, 7, -7 * Number(signed), 0];
  if (/^B (?:divide|modulo|remainder)/.test(name)) return signed ? [0, -1, 0, -1, 0, 0] : [0, 1, 0, 255, 0, 0];
  if (/^A shift/.test(name)) return signed ? [3, -3, 3, -3, 3, -3, 3, -3, least] : [3, 200];
  if (/^B shift/.test(name)) return [0, 0, 64, 64, ...(signed ? [-1, -1] : []), 8 * bytesOf[dtype], 8 * bytesOf[dtype] - 1, 1];
  return [];
};
/** Values that all types hold and all operators take behind the edges: fractions inside (-1, 1) for floats, small integers and no zero divisor else. */
const fill = (name: string, dtype: DType, second: boolean): NumericArray => {
  const shift = name.startsWith('A acosh') ? 1 : 0, positive = name.startsWith('B shift');
  const random = seededRandom(3).fork(name);
  const numbers = Array.from({ length: count }, () => {
    if (dtype === 'bool') return random.below(2);
    if (isFloat(dtype)) return shift + (second ? 0.25 : 0.02) + 0.7 * random.next();
    const size = 1 + random.below(second ? 5 : 60);
    return positive || dtype.startsWith('u') || random.next() < 0.5 ? size : -size;
  });
  edges(name, dtype).forEach((value, i) => { numbers[i] = value; });
  return fromNumbers(dtype, [count], numbers).values;
};
const signed = new Set<string>(['negate', 'absolute', 'tanh', 'erf', 'floor', 'ceil', 'round', 'truncate', 'max', 'min', 'add', 'subtract', 'multiply', 'divide', 'modulo', 'remainder', 'exp', 'sin', 'atan', 'atan2', 'sinh', 'asinh']);
const withSigns = (name: string, array: NumericArray, dtype: DType): NumericArray => {
  if (!isFloat(dtype) || !signed.has(name.split(' ')[0]!)) return array;
  const flip = dtype === 'f16' || dtype === 'bf16' ? (bits: number) => bits ^ 0x8000 : (value: number) => -value;
  for (let i = 0; i < array.length; i += 3) array[i] = flip(Number(array[i]));
  return array;
};

const numberOf = (dtype: DType, value: number | bigint): number => {
  if (dtype === 'f16') return halfToNumber(Number(value));
  if (dtype === 'bf16') return new Float32Array(new Uint32Array([Number(value) << 16]).buffer)[0]!;
  return Number(value);
};
/** One rounding of the type, and for narrow floats the double rounding of computing in f32. */
const tolerance: Partial<Record<DType, number>> = { f32: 1e-6, f64: 1e-14, f16: 1.1e-3, bf16: 8.5e-3 };

const programOf = (cases: readonly Case[], vectors: boolean): { program: Program; buffers: Map<string, NumericArray> } => {
  const all: Buffer[] = [], buffers = new Map<string, NumericArray>();
  const kernels = cases.map(({ name, inputs, output, value }, i) => {
    const make = (letter: string, dtype: DType, role: Buffer['role']): Buffer => {
      const made = buffer(`${letter}${i}`, count, role, 'global', dtype, 0);
      all.push(made);
      return made;
    };
    const A = make('A', inputs[0], 'input'), B = make('B', inputs[1], 'input'), Y = make('Y', output, 'output');
    buffers.set(A.name, withSigns(name, fill(`A ${name}`, A.dtype, false), A.dtype));
    buffers.set(B.name, withSigns(name, fill(`B ${name}`, B.dtype, true), B.dtype));
    buffers.set(Y.name, elementArray(output, count));
    const o = loopVariable('o', count / lanes), l = loopVariable('l', lanes);
    const at = { kind: 'index' as const, constant: 0, terms: [{ coefficient: 1, atom: l }, { coefficient: lanes, atom: o }] };
    return { name: `Y${i}`, launch: null, body: [loop(o, 'serial', loop(l, vectors ? 'vectorized' : 'serial', store(Y, at, value(load(A, at), load(B, at)))))] };
  });
  return { program: { buffers: all, kernels }, buffers };
};

const copyOf = (buffers: ReadonlyMap<string, NumericArray>): Map<string, NumericArray> => new Map([...buffers].map(([name, array]) => [name, array.slice()]));

describe('operators in C', function () {
  const check = async (cases: readonly Case[], ...how: readonly [vectors: boolean, spellings: Spellings, flags: readonly string[]]): Promise<void> => {
    const wrong: string[] = [];
    // a program looks its buffers up by name, so what all three of each case cost grows with the square of the cases
    for (let i = 0; i < cases.length; i += 64) wrong.push(...await wrongOf(cases.slice(i, i + 64), ...how));
    expect(wrong).to.deep.equal([]);
  };
  const wrongOf = async (cases: readonly Case[], vectors: boolean, spellings: Spellings, flags: readonly string[]): Promise<readonly string[]> => {
    const { program, buffers } = programOf(cases, vectors);
    const expected = copyOf(buffers), found = copyOf(buffers);
    interpret(program, expected);
    const plain = unwrap(expand(program, { lanes: (dtype) => Math.max(lanes, 32 / bytesOf[dtype]), budget: 1000 }));
    // hundreds of kernels: speed of the compiler counts here, not theirs
    await runKernels(printKernels(plain, spellings, 'operators'), plain, [...flags, '-O1'], found);
    const wrong: string[] = [];
    cases.forEach(({ name, output }, c) => {
      const a = found.get(`Y${c}`)!, b = expected.get(`Y${c}`)!;
      for (let i = 0; i < count; i++) {
        const mine = numberOf(output, a[i]!), right = numberOf(output, b[i]!);
        const apart = Object.is(mine, right) ? 0 : Math.abs(mine - right) / (Math.abs(right) || 1);
        if (!(apart <= (tolerance[output] ?? 0))) { wrong.push(`${name}: ${mine} instead of ${right} for ${numberOf(cases[c]!.inputs[0], buffers.get(`A${c}`)![i]!)}, ${numberOf(cases[c]!.inputs[1], buffers.get(`B${c}`)![i]!)}`); break; }
      }
    });
    return wrong;
  };
  it('agree with the interpreter in scalars', () => check(allCases, false, portable, []));
  it('agree with the interpreter in portable vectors', () => check(allCases, true, portable, []));
  it('agree with the interpreter in AVX2 vectors, where those are spelled differently', async function () {
    needs(this, cpu('avx2'));
    const spelled = new Set(Object.keys(gccAvx2.expressions).map((key) => key.split(' ')[0]!));
    await check(allCases.filter(({ name, inputs: [dtype] }) => isFloat(dtype) && spelled.has(name.split(' ')[0]!)), true, gccAvx2, x86IsaFlags.avx2);
  });
});
