/**
 * C functions for the operators that C has no sign for (`max_f32x8`, `exp_f32x8`, `modulo_i32`), made when first asked for.
 * A dialect's own spelling comes first, then a form in vector arithmetic, then one lane at a time through the scalar.
 * Every function is guarded by a macro, so that several kernels can share one translation unit.
 */
import { isFloat, type BinaryOperator, type Comparison, type DType, type Type, type UnaryOperator } from '@loopsmith/ir';
import { code } from '@loopsmith/util';
import { computed, maskOf, shortName } from './c-types.js';
import { gnuC, type Dialect } from './dialect.js';
import type { Spellings } from './spellings.js';
import { vectorFunctions } from './vector-math.js';

export interface Helpers {
  /** The C name of a register type; its typedef is emitted. */
  type(type: Type): string;
  binary(operator: BinaryOperator, type: Type): string;
  unary(operator: UnaryOperator, type: Type): string;
  cast(from: Type, to: DType): string;
  choose(compare: Comparison, compared: Type, chosen: Type): string;
  /** 16-bit words to floats and back. */
  widen(dtype: 'f16' | 'bf16', lanes: number): string;
  narrow(dtype: 'f16' | 'bf16', lanes: number): string;
  floorDivide(): string;
  /** Typedefs and functions asked for so far, in an order C accepts. */
  readonly text: () => string;
}

/** The operators that C has a sign for. */
export const signs: Partial<Readonly<Record<BinaryOperator, string>>> = {
  add: '+', subtract: '-', multiply: '*', divide: '/', and: '&', or: '|', xor: '^', shiftLeft: '<<', shiftRight: '>>',
};
/** Scalar functions of libm by their name for doubles. */
const libm: Partial<Readonly<Record<UnaryOperator | BinaryOperator, string>>> = {
  exp: 'exp', log: 'log', sqrt: 'sqrt', tanh: 'tanh', erf: 'erf', floor: 'floor', ceil: 'ceil', round: 'rint', truncate: 'trunc', absolute: 'fabs',
  sin: 'sin', cos: 'cos', tan: 'tan', asin: 'asin', acos: 'acos', atan: 'atan', sinh: 'sinh', cosh: 'cosh', asinh: 'asinh', acosh: 'acosh', atanh: 'atanh',
  power: 'pow', atan2: 'atan2', remainder: 'fmod',
};

/** Functions that lanes of floats have in `vector-math`. */
const isVectorFunction = (name: string): name is keyof typeof vectorFunctions => name in vectorFunctions;

export const createHelpers = (spellings: Spellings, dialect: Dialect = gnuC): Helpers => {
  const { vectors } = dialect;
  const typedefs = new Map<string, string>();
  const functions = new Map<string, string>();

  const typeName = (type: Type): string => {
    if (type.lanes === 1) return dialect.element(computed(type.dtype));
    const { name, declaration } = vectors.type({ ...type, dtype: computed(type.dtype) });
    if (declaration !== null && !typedefs.has(name)) typedefs.set(name, declaration);
    return name;
  };
  /** `body` is asked for first, so that what it needs stands above it. */
  const define = (name: string, result: string, parameters: string, body: () => string): string => {
    if (functions.has(name)) return name;
    const lines = body().trim();
    functions.set(name, code`
      #ifndef LOOPSMITH_${name}
      #define LOOPSMITH_${name}
      ${dialect.inline} ${result} ${name}(${parameters}) {
        ${lines.split('\n')}
      }
      #endif
    `);
    return name;
  };
  const lane = (vector: string, i: number): string => vectors.lane(vector, i);
  const scalarOf = (type: Type): Type => ({ dtype: type.dtype, lanes: 1 });
  const laneByLane = (type: Type, of: (lane: number) => string): string => `return ${vectors.make(typeName(type), Array.from({ length: type.lanes }, (_, i) => of(i)))};`;

  /** mask ? a : b for vectors; gcc's C has no vector conditional. */
  const pick = (type: Type): string => {
    const V = typeName(type), I = typeName(maskOf(type));
    return define(`pick_${shortName(type)}`, V, `${I} mask, ${V} a, ${V} b`, () => `return (${V})((mask & (${I})a) | (~mask & (${I})b));`);
  };

  const libmCall = (operator: UnaryOperator | BinaryOperator, dtype: DType, ...operands: readonly string[]): string | undefined => {
    const name = libm[operator];
    return name === undefined ? undefined : dialect.function(name, computed(dtype), operands);
  };

  const binaryBody = (operator: BinaryOperator, type: Type): string => {
    const { dtype, lanes } = type, float = isFloat(dtype), C = typeName(type);
    switch (operator) {
      case 'max': case 'min': {
        const sign = operator === 'max' ? '>' : '<';
        if (lanes === 1) return `return b ${sign} a ? b : a;`;
        if (vectors.arithmetic) return `return ${pick(type)}(b ${sign} a, b, a);`;
        break;
      }
      case 'modulo':
        if (lanes > 1) break;
        return float ? `${C} r = ${libmCall('remainder', dtype, 'a', 'b')!};\nreturn r != 0 && (r < 0) != (b < 0) ? r + b : r;`
          : `${C} r = a % b;\nreturn r != 0 && (r < 0) != (b < 0) ? r + b : r;`;
      case 'remainder': if (lanes > 1) break; return float ? `return ${libmCall(operator, dtype, 'a', 'b')!};` : 'return a % b;';
      case 'power':
        if (lanes > 1) break;
        if (float) return `return ${libmCall(operator, dtype, 'a', 'b')!};`;
        return `${C} r = 1;\nif (b < 0) return a == 1 ? 1 : a == (${C})-1 ? (b & 1 ? a : 1) : 0;\nfor (; b > 0; b >>= 1, a *= a) if (b & 1) r *= a;\nreturn r;`;
      case 'atan2': if (lanes > 1) break; return `return ${libmCall(operator, float ? dtype : 'f64', 'a', 'b')!};`;
      case 'add': case 'subtract': case 'multiply': case 'divide': case 'and': case 'or': case 'xor': case 'shiftLeft': case 'shiftRight':
        if (lanes === 1 || vectors.signs) throw new Error(`${operator} has a sign in C and needs no helper`);
        return laneByLane(type, (i) => `${lane('a', i)} ${signs[operator]!} ${lane('b', i)}`);
      default: return operator satisfies never;
    }
    const scalar = binary(operator, scalarOf(type));
    return laneByLane(type, (i) => `${scalar}(${lane('a', i)}, ${lane('b', i)})`);
  };

  const unaryBody = (operator: UnaryOperator, type: Type): string => {
    const { lanes } = type, dtype = computed(type.dtype), float = isFloat(dtype), C = typeName(type);
    if (lanes > 1) {
      if (vectors.arithmetic && dtype === 'f32' && isVectorFunction(operator)) {
        const { needs, body } = vectorFunctions[operator];
        for (const need of needs) {
          const name = need.slice(0, -2);
          if (name === 'pick') pick(type);
          else if (name === 'max' || name === 'min') binary(name, type);
          else unary(name as 'exp', type);
        }
        return body.replaceAll(/\bI\b/g, typeName(maskOf(type))).replaceAll(/\bV\b/g, C).replaceAll(/_V\b/g, `_${shortName(type)}`);
      }
      if (vectors.arithmetic && operator === 'absolute') {
        const I = typeName(maskOf(type));
        if (float) return `return (${C})((${I})a & ${dtype === 'f64' ? '0x7fffffffffffffffLL' : '0x7fffffff'});`;
        return dtype.startsWith('u') ? 'return a;' : 'return (a ^ (a < 0)) - (a < 0);';
      }
      if (operator === 'negate') return laneByLane(type, (i) => `-${lane('a', i)}`);
      if (operator === 'not') return laneByLane(type, (i) => (type.dtype === 'bool' ? `${lane('a', i)} ^ 1` : `~${lane('a', i)}`));
      const scalar = unary(operator, scalarOf(type));
      return laneByLane(type, (i) => `${scalar}(${lane('a', i)})`);
    }
    if (float) {
      const call = libmCall(operator, dtype, 'a');
      if (call === undefined) throw new Error(`${operator} is not defined on ${dtype}`);
      return `return ${call};`;
    }
    switch (operator) {
      case 'absolute': return dtype.startsWith('u') ? 'return a;' : 'return a < 0 ? -a : a;';
      case 'floor': case 'ceil': case 'round': case 'truncate': return 'return a;';
      default: return `return ${libmCall(operator, 'f64', 'a') ?? ''};`;
    }
  };

  const binary = (operator: BinaryOperator, type: Type): string => {
    const name = shortName(type), C = typeName(type), own = spellings.expressions[`${operator} ${name}`];
    return define(`${operator}_${name}`, C, `${C} a, ${C} b`, () => (own === undefined ? binaryBody(operator, type) : `return ${own};`));
  };
  const unary = (operator: UnaryOperator, type: Type): string => {
    const name = shortName(type), C = typeName(type), own = spellings.expressions[`${operator} ${name}`];
    return define(`${operator}_${name}`, C, `${C} a`, () => (own === undefined ? unaryBody(operator, type) : `return ${own};`));
  };

  const widen: Helpers['widen'] = (dtype, lanes) => {
    const V = typeName({ dtype: 'f32', lanes }), from = typeName({ dtype: 'u16', lanes }), name = `widen_${dtype}${lanes === 1 ? '' : `x${lanes}`}`;
    return define(name, V, `${from} a`, () => {
      if (lanes > 1) { const scalar = widen(dtype, 1); return laneByLane({ dtype: 'f32', lanes }, (i) => `${scalar}(${lane('a', i)})`); }
      const bits = dtype === 'bf16' ? 'unsigned bits = (unsigned)a << 16;'
        // exponents shift by 112; 2^-24 units make denormals; all ones stay all ones
        : 'unsigned exponent = a >> 10 & 31, fraction = a & 1023;\nunion { float f; unsigned u; } small = { fraction * 0x1p-24f };\n'
          + 'unsigned bits = (unsigned)(a & 0x8000) << 16 | (exponent == 0 ? small.u : exponent == 31 ? 0x7f800000u | fraction << 13 : (exponent + 112) << 23 | fraction << 13);';
      return `${bits}\nunion { unsigned u; float f; } value = { bits };\nreturn value.f;`;
    });
  };
  const narrow: Helpers['narrow'] = (dtype, lanes) => {
    const to: Type = { dtype: 'u16', lanes }, V = typeName({ dtype: 'f32', lanes }), name = `narrow_${dtype}${lanes === 1 ? '' : `x${lanes}`}`;
    return define(name, typeName(to), `${V} a`, () => {
      if (lanes > 1) { const scalar = narrow(dtype, 1); return laneByLane(to, (i) => `${scalar}(${lane('a', i)})`); }
      const start = 'union { float f; unsigned u; } value = { a };\nunsigned sign = value.u >> 16 & 0x8000, size = value.u & 0x7fffffff;\n';
      // ties to even: half of the last kept bit, less one, plus that bit
      if (dtype === 'bf16') return `${start}return size > 0x7f800000 ? 0x7fc0 : sign | (size + 0x7fff + (size >> 16 & 1)) >> 16;`;
      return `${start}if (size > 0x7f800000) return sign | 0x7e00;\nif (size >= 0x477ff000) return sign | 0x7c00;\n`
        + 'if (size < 0x38800000) {\n  union { unsigned u; float f; } small = { size };\n  small.f += 0.5f;\n  return sign | (small.u - 0x3f000000);\n}\n'
        + 'return sign | (size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13;';
    });
  };

  const cast: Helpers['cast'] = (from, dtype) => {
    const to: Type = { dtype, lanes: from.lanes }, C = typeName(to), name = `cast_${shortName(from)}_${dtype}`;
    return define(name, C, `${typeName(from)} a`, () => {
      if (dtype === 'f16' || dtype === 'bf16') return `return ${widen(dtype, to.lanes)}(${narrow(dtype, to.lanes)}(${computed(from.dtype) === 'f32' ? 'a' : `${cast(from, 'f32')}(a)`}));`;
      if (from.lanes === 1) return dtype === 'bool' ? 'return a != 0;' : `return (${C})a;`;
      if (!vectors.arithmetic) { const scalar = cast(scalarOf(from), dtype); return laneByLane(to, (i) => `${scalar}(${lane('a', i)})`); }
      if (dtype !== 'bool') return `return __builtin_convertvector(a, ${C});`;
      return `return __builtin_convertvector((a != (${typeName(from)}){}) & 1, ${C});`;
    });
  };

  const choose: Helpers['choose'] = (compare, compared, chosen) => {
    const names = { '<': 'less', '<=': 'atMost', '==': 'equal', '!=': 'unequal', '>': 'greater', '>=': 'atLeast' } as const;
    const L = typeName(compared), C = typeName(chosen);
    return define(`choose_${names[compare]}_${shortName(compared)}_${shortName(chosen)}`, C, `${L} a, ${L} b, ${C} then, ${C} otherwise`, () => {
      if (!vectors.arithmetic) return laneByLane(chosen, (i) => `${lane('a', i)} ${compare} ${lane('b', i)} ? ${lane('then', i)} : ${lane('otherwise', i)}`);
      const mask = typeName(maskOf(compared)), wanted = typeName(maskOf(chosen)), test = `a ${compare} b`;
      return `return ${pick(chosen)}(${mask === wanted ? test : `__builtin_convertvector(${test}, ${wanted})`}, then, otherwise);`;
    });
  };

  return {
    type: typeName, binary, unary, cast, choose, widen, narrow,
    floorDivide: () => define('floor_divide', dialect.index, `${dialect.index} a, ${dialect.index} b`, () => 'return a / b - (a % b < 0);'),
    text: () => [...typedefs.values(), ...functions.values()].join('\n'),
  };
};

