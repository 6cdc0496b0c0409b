/**
 * Seeded test data: which distribution each input of a definition gets, and the very numbers that the harness draws
 * (native/harness/values.c), so that `evaluate` can check the reference. Draws nothing at random.
 */
import { mixBits as mix, mixName, product } from '@loopsmith/util';
import { fromNumbers, gathersOf, isFloat, loadsOf, valueDType, type Definition, type DType, type Input, type TensorData, type Value } from '@loopsmith/ir';

/** Formulas in native/harness/values.h. `a` and `b` mean what they mean there. */
export interface Generator { readonly kind: 'normal' | 'uniform' | 'positive' | 'integers'; readonly a: number; readonly b: number; readonly key: number }

const draw = ({ kind, a, b }: Generator, bits: number): number => {
  switch (kind) {
    case 'normal': {
      const more = mix(bits + 0x7f4a7c15);
      return ((bits & 0xffff) + (bits >>> 16) + (more & 0xffff) + (more >>> 16) - 131070) * a;
    }
    case 'uniform': return (2 * (bits >>> 8) + 1 - 16777216) * a;
    case 'positive': return 1 + (bits >>> 9) / 8388608;
    case 'integers': return a + (bits % b);
    default: return kind satisfies never;
  }
};

/** The values of an input in one of the two sets; compile-time inputs use set 0 in both. Row-major, each rounded once to the dtype. */
export const generate = (generator: Generator, set: 0 | 1, dtype: DType, shape: readonly number[]): TensorData => {
  const count = product(shape);
  const base = mix(generator.key + (set + 1) * 0x9e3779b9);
  // weights of a layer are millions of numbers: the array of the commonest type is filled in place
  const numbers = dtype === 'f32' ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) numbers[i] = draw(generator, mix(base + Math.imul(i, 0x9e3779b9)));
  return numbers instanceof Float32Array ? { dtype, shape, values: numbers } : fromNumbers(dtype, shape, numbers);
};

/** Operators whose argument has a domain: what is loaded below them must stay inside. */
const positiveBelow = new Set(['sqrt', 'log', 'acosh']);
const boundedBelow = new Set(['asin', 'acos', 'atanh']);
type Domain = 'positive' | 'uniform' | 'shift';

/** Inputs loaded below an operator with a domain, and the domain. */
const domainsOf = (definition: Definition): ReadonlyMap<string, Domain> => {
  const domains = new Map<string, Domain>();
  const mark = (value: Value, domain: Domain): void => loadsOf(value).forEach(({ tensor }) => { domains.set(tensor, domain); });
  const walk = (value: Value): void => {
    switch (value.kind) {
      case 'constant': case 'load': case 'index': return;
      case 'unary':
        if (positiveBelow.has(value.operator)) mark(value.of, 'positive');
        if (boundedBelow.has(value.operator)) mark(value.of, 'uniform');
        walk(value.of);
        return;
      case 'cast': walk(value.of); return;
      case 'binary':
        if (value.operator === 'power') mark(value.left, 'positive');
        // integers are divided by whatever comes: that a divisor of 0 or -1 is nothing special is part of what is checked
        if ((value.operator === 'divide' || value.operator === 'modulo' || value.operator === 'remainder') && isFloat(valueDType(value.right))) mark(value.right, 'positive');
        if (value.operator === 'shiftLeft' || value.operator === 'shiftRight') mark(value.right, 'shift');
        walk(value.left);
        walk(value.right);
        return;
      case 'select': walk(value.then); walk(value.otherwise); return;
      case 'choose': for (const part of [value.left, value.right, value.then, value.otherwise]) walk(part); return;
      default: value satisfies never;
    }
  };
  // Last stage first: a domain reaches inputs through elementwise stages between.
  for (const stage of [...definition.stages].reverse()) {
    const domain = domains.get(stage.name);
    if (domain !== undefined && stage.reduce === null) mark(stage.value, domain);
    walk(stage.value);
  }
  return domains;
};

/** Inclusive range of the indices that a buffer must hold, when it is used to address another. */
const indexRangesOf = (definition: Definition): ReadonlyMap<string, { readonly first: number; readonly last: number }> => {
  return new Map(definition.stages.flatMap(({ value }) => gathersOf(value)).map(({ buffer, first, last }) => [buffer, { first, last }]));
};

/** Integers that keep sums far from overflow and are not all alike. Shifts go from one below none to one more than any type has bits. */
const integerRange = (dtype: DType, domain: Domain | undefined): readonly [first: number, count: number] => {
  if (domain === 'positive') return [1, 100];
  if (domain === 'shift') return dtype.startsWith('i') ? [-1, 66] : [0, 65];
  switch (dtype) {
    case 'bool': return [0, 2];
    case 'u8': case 'u16': case 'u32': case 'u64': return [0, 200];
    default: return [-100, 201];
  }
};

/** Terms that each element of the output sums, roughly: keeps activations of a deep sum about N(0, 1), so that exp does not saturate. */
const fanIn = (input: Input): number => (input.when === 'compile' && input.shape.length >= 2 ? product(input.shape.slice(1)) : 1);

/** A generator for every input, in the definition's order. */
export const generatorsFor = (definition: Definition, seed: number): readonly Generator[] => {
  const domains = domainsOf(definition), ranges = indexRangesOf(definition);
  return definition.inputs.map((input) => {
    // data follow from the tensor's name, never from its position
    const key = mixName(seed, input.name);
    const range = ranges.get(input.name);
    if (range !== undefined) return { kind: 'integers', a: range.first, b: range.last - range.first + 1, key };
    const domain = domains.get(input.name);
    if (!isFloat(input.dtype)) {
      const [first, count] = integerRange(input.dtype, domain);
      return { kind: 'integers', a: first, b: input.dtype === 'bool' ? 2 : count, key };
    }
    if (domain === 'positive') return { kind: 'positive', a: 0, b: 0, key };
    if (domain === 'uniform') return { kind: 'uniform', a: 1 / 16777216, b: 0, key };
    return { kind: 'normal', a: 1 / Math.sqrt(fanIn(input)) / 37837.2, b: 0, key };
  });
};
