/**
 * C functions for the operators that C has no sign for (`max_f32x8`, `exp_f32x8`, `modulo_i32`), made when first asked for.
 * A dialect's own spelling comes first, then a form in vector arithmetic, then one lane at a time through the scalar.
 * Every function is guarded by a macro, so that several kernels can share one translation unit.
 */
import { bytesOf, isFloat, type AcrossOperator, type BinaryOperator, type Comparison, type DType, type Type, type UnaryOperator } from '@loopsmith/ir';
import { code } from '@loopsmith/util';
import { computed, maskOf, shortName } from './c-types.js';
import { gnuC, type Dialect } from './dialect.js';
import { narrowBody, widenBody } from './half-floats.js';
import type { Spellings } from './spellings.js';
import { remainder, scaleInTwo, vectorFunctions, type VectorFunction } from './vector-math.js';

export interface Helpers {
  /** The C name of a register type; its typedef is emitted. */
  type(type: Type): string;
  binary(operator: BinaryOperator, type: Type): string;
  unary(operator: UnaryOperator, type: Type): string;
  /** `held`: a float is known to be within the range of an integer of at most 16 bits. */
  cast(from: Type, to: DType, held?: boolean): string;
  choose(compare: Comparison, compared: Type, chosen: Type): string;
  /** All lanes of a vector combined into a scalar, by halves. */
  across(operator: AcrossOperator, type: Type): string;
  /** Loads the first elements of a vector, with zeros behind them, or stores them: (pointer, number[, vector]). Null where the machine has no masks. */
  masked(what: 'load' | 'store', type: Type): string | null;
  /** The beginning of a call that takes lanes of two vectors: (a, b, places), those of b counted on from a's. gcc sees no shuffle in a list of lanes. */
  merge(type: Type): string;
  /** 16-bit words to floats and back. */
  widen(dtype: 'f16' | 'bf16', lanes: number): string;
  narrow(dtype: 'f16' | 'bf16', lanes: number): string;
  /** Typedefs and functions asked for so far, in an order C accepts. */
  readonly text: () => string;
}

/** The operators that C has a sign for; what C leaves open of them (see `defined-in-c`), helpers say. */
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

  /** a * 2^(b - 1.5*2^23) in floats. */
  const scale = (type: Type): string => {
    const V = typeName(type), I = typeName(maskOf(type)), own = spellings.expressions[`scale ${shortName(type)}`];
    return define(`scale_${shortName(type)}`, V, `${V} a, ${V} b`, () => (own === undefined ? scaleInTwo.replaceAll(/\bI\b/g, I).replaceAll(/\bV\b/g, V) : `return ${own};`));
  };

  const libmCall = (operator: UnaryOperator | BinaryOperator, dtype: DType, ...operands: readonly string[]): string | undefined => {
    const name = libm[operator];
    return name === undefined ? undefined : dialect.function(name, computed(dtype), operands);
  };

  /** A function of `vector-math`, for vectors of floats. */
  const vectorBody = ({ needs, body }: VectorFunction, type: Type): string => {
    for (const need of needs) {
      const name = need.slice(0, -2), of = need.endsWith('_S') ? scalarOf(type) : type;
      if (name === 'pick') pick(of);
      else if (name === 'scale') scale(of);
      else if (name === 'max' || name === 'min' || name === 'remainder') binary(name, of);
      else if (name === 'across_max') across('max', of);
      else unary(name as UnaryOperator, of);
    }
    const D = /\bD\b/.test(body) ? typeName({ dtype: 'f64', lanes: type.lanes }) : '';
    return body.replaceAll(/\bI\b/g, typeName(maskOf(type))).replaceAll(/\bV\b/g, typeName(type)).replaceAll(/\bD\b/g, D)
      .replaceAll(/_V\b/g, `_${shortName(type)}`).replaceAll(/_S\b/g, `_${shortName(scalarOf(type))}`);
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
        if (lanes > 1 && vectors.arithmetic && computed(dtype) === 'f32') return `${C} r = ${binary('remainder', type)}(a, b);\nreturn ${pick(type)}((r != (${C}){}) & ((r < (${C}){}) ^ (b < (${C}){})), r + b, r);`;
        if (lanes > 1) break;
        return `${C} r = ${float ? libmCall('remainder', dtype, 'a', 'b')! : `${withoutRest(dtype)} ? 0 : a % b`};\nreturn r != 0 && (r < 0) != (b < 0) ? r + b : r;`;
      case 'remainder':
        if (lanes > 1 && vectors.arithmetic && computed(dtype) === 'f32') return vectorBody(remainder, type);
        if (lanes > 1) break;
        return `return ${float ? libmCall(operator, dtype, 'a', 'b')! : `${withoutRest(dtype)} ? 0 : a % b`};`;
      case 'power':
        if (lanes > 1) break;
        if (float) return `return ${libmCall(operator, dtype, 'a', 'b')!};`;
        return `${C} r = 1;\nif (b < 0) return a == 1 ? 1 : a == (${C})-1 ? (b & 1 ? a : 1) : 0;\nfor (; b > 0; b >>= 1, a *= a) if (b & 1) r *= a;\nreturn r;`;
      case 'atan2': {
        if (lanes > 1) break;
        const angle = libmCall(operator, float ? dtype : 'f64', 'a', 'b')!;
        return `return ${float ? angle : `${cast({ dtype: 'f64', lanes: 1 }, dtype)}(${angle})`};`;
      }
      case 'divide': {
        if (float) return signed(operator, type);
        if (lanes > 1) break;
        const unsigned = typeName({ dtype: dtype === 'i64' ? 'u64' : 'u32', lanes: 1 });
        return `return b == 0 ? 0 : ${dtype === 'i32' || dtype === 'i64' ? `b == -1 ? (${C})(0 - (${unsigned})a) : ` : ''}a / b;`;
      }
      case 'shiftLeft': case 'shiftRight': {
        // no bit of b above those that count up to the width, so neither negative nor too many
        const bits = 8 * bytesOf[dtype], few = `b >> ${Math.log2(bits)} == 0`;
        if (lanes === 1) return operator === 'shiftLeft' ? `return ${few} ? a << b : 0;` : `return ${few} ? a >> b : ${dtype.startsWith('u') ? '0' : `a >> ${bits - 1}`};`;
        if (!vectors.arithmetic) break;
        if (operator === 'shiftLeft') return `return ${pick(type)}(${few}, a << (b & ${bits - 1}), (${C}){});`;
        return dtype.startsWith('u') ? `return ${pick(type)}(${few}, a >> (b & ${bits - 1}), (${C}){});` : `return a >> ${pick(type)}(${few}, b, ${bits - 1} - (${C}){});`;
      }
      case 'add': case 'subtract': case 'multiply': case 'and': case 'or': case 'xor': return signed(operator, type);
      default: return operator satisfies never;
    }
    const scalar = binary(operator, scalarOf(type));
    return laneByLane(type, (i) => `${scalar}(${lane('a', i)}, ${lane('b', i)})`);
  };
  /** Lane by lane, where a vector only carries. */
  const signed = (operator: BinaryOperator, type: Type): string => {
    if (type.lanes === 1 || vectors.signs) throw new Error(`${operator} has a sign in C and needs no helper`);
    return laneByLane(type, (i) => `${lane('a', i)} ${signs[operator]!} ${lane('b', i)}`);
  };
  /** C's condition that a / b leaves nothing, or is not defined in C. */
  const withoutRest = (dtype: DType): string => (dtype.startsWith('u') ? 'b == 0' : 'b == 0 || b == -1');

  const unaryBody = (operator: UnaryOperator, type: Type): string => {
    const { lanes } = type, dtype = computed(type.dtype), float = isFloat(dtype), C = typeName(type);
    if (lanes > 1) {
      if (vectors.arithmetic && dtype === 'f32' && isVectorFunction(operator)) {
        return vectorBody(vectorFunctions[operator], type);
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
      default: return `return ${cast({ dtype: 'f64', lanes: 1 }, dtype)}(${libmCall(operator, 'f64', 'a') ?? ''});`;
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

  /** 16-bit words to floats, or floats to words; lanes one by one. */
  const converted = (what: 'widen' | 'narrow', dtype: 'f16' | 'bf16', lanes: number): string => {
    const float: Type = { dtype: 'f32', lanes }, word: Type = { dtype: 'u16', lanes }, F = typeName(float), W = typeName(word);
    const [from, C, to] = what === 'widen' ? [W, F, float] : [F, W, word];
    return define(`${what}_${dtype}${lanes === 1 ? '' : `x${lanes}`}`, C, `${from} a`, () => {
      if (lanes === 1) return what === 'widen' ? widenBody(dtype) : narrowBody(dtype);
      const scalar = converted(what, dtype, 1);
      return laneByLane(to, (i) => `${scalar}(${lane('a', i)})`);
    });
  };
  const widen: Helpers['widen'] = (dtype, lanes) => converted('widen', dtype, lanes);
  const narrow: Helpers['narrow'] = (dtype, lanes) => converted('narrow', dtype, lanes);

  const cast: Helpers['cast'] = (from, dtype, held = false) => {
    const to: Type = { dtype, lanes: from.lanes }, C = typeName(to), V = typeName(from);
    // what C leaves open: a float that the integer cannot hold
    const open = isFloat(from.dtype) && !isFloat(dtype) && dtype !== 'bool' && !held;
    return define(`${held ? 'convert' : 'cast'}_${shortName(from)}_${dtype}`, C, `${V} a`, () => {
      if (dtype === 'f16' || dtype === 'bf16')
        return `return ${widen(dtype, to.lanes)}(${narrow(dtype, to.lanes)}(${computed(from.dtype) === 'f32' ? 'a' : `${cast(from, 'f32')}(a)`}));`;
      if (from.lanes === 1) {
        if (dtype === 'bool') return 'return a != 0;';
        if (!open) return `return (${C})a;`;
        const end = from.dtype === 'f64' ? '0x1p63' : '0x1p63f', long = typeName({ dtype: 'i64', lanes: 1 });
        return `return a >= -${end} && a < ${end} ? ${dtype === 'i64' ? '' : `(${C})`}(${long})a : 0;`;
      }
      const wide = computed(from.dtype) !== 'f32' || bytesOf[dtype] > 4;
      if (!vectors.arithmetic || (open && wide)) { const scalar = cast(scalarOf(from), dtype, held); return laneByLane(to, (i) => `${scalar}(${lane('a', i)})`); }
      if (open) return wrappedIn32(from, to);
      if (dtype !== 'bool') return `return __builtin_convertvector(a, ${C});`;
      return `return __builtin_convertvector((a != (${V}){}) & 1, ${C});`;
    });
  };
  /** Floats modulo 2^32, in three digits that 32 bits with a sign hold each: none of the conversions is beyond them. */
  const wrappedIn32 = (from: Type, to: Type): string => {
    const V = typeName(from), I = typeName(maskOf(from)), C = typeName(to);
    return [
      `${V} x = (${V})((a > -0x1p63f & a < 0x1p63f) & (${I})a);`,
      `x -= __builtin_convertvector(__builtin_convertvector(x * 0x1p-32f, ${I}), ${V}) * 0x1p32f;`,
      `${I} high = __builtin_convertvector(x * 0x1p-16f, ${I}), low = __builtin_convertvector(x - __builtin_convertvector(high, ${V}) * 0x1p16f, ${I});`,
      to.dtype === 'i32' ? 'return (high << 16) + low;' : `return __builtin_convertvector((high << 16) + low, ${C});`,
    ].join('\n');
  };

  const across: Helpers['across'] = (operator, type) => {
    const { dtype, lanes } = type, half: Type = { dtype, lanes: lanes / 2 };
    const combined = (of: Type, a: string, b: string): string => {
      const sign = signs[operator];
      return sign === undefined || (of.lanes > 1 && !vectors.signs) ? `${binary(operator, of)}(${a}, ${b})` : `${a} ${sign} ${b}`;
    };
    return define(`across_${operator}_${shortName(type)}`, typeName(scalarOf(type)), `${typeName(type)} a`, () => {
      if (lanes === 2) return `return ${combined(half, lane('a', 0), lane('a', 1))};`;
      const one = scalarOf(type), pair = (i: number): string => (signs[operator] === undefined ? '' : '(') + combined(one, lane('a', i), lane('a', i + 2)) + (signs[operator] === undefined ? '' : ')');
      if (lanes === 4) return `return ${combined(one, pair(0), pair(1))};`;
      const part = (from: number): string => vectors.make(typeName(half), Array.from({ length: half.lanes }, (_, i) => lane('a', from + i)));
      return `const ${typeName(half)} low = ${part(0)}, high = ${part(half.lanes)};\nreturn ${across(operator, half)}(${combined(half, 'low', 'high')});`;
    });
  };
  const masked: Helpers['masked'] = (what, type) => {
    const name = shortName(type), own = spellings.expressions[`${what} ${name}`], C = typeName(scalarOf(type));
    if (own === undefined) return null;
    return what === 'load' ? define(`load_first_${name}`, typeName(type), `const ${C} *a, int b`, () => `return ${own};`)
      : define(`store_first_${name}`, 'void', `${C} *a, int b, ${typeName(type)} value`, () => `${own};`);
  };

  const merge: Helpers['merge'] = (type) => {
    functions.set('LOOPSMITH_merge', code`
      #ifndef LOOPSMITH_merge
      #if defined(__clang__) || __GNUC__ >= 12
      #define LOOPSMITH_merge(mask, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
      #else
      #define LOOPSMITH_merge(mask, a, b, ...) __builtin_shuffle(a, b, (mask){__VA_ARGS__})
      #endif
      #endif
    `);
    return `LOOPSMITH_merge(${typeName(maskOf(type))}, `;
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
    type: typeName, binary, unary, cast, choose, across, masked, merge, widen, narrow,
    text: () => [...typedefs.values(), ...functions.values()].join('\n'),
  };
};

