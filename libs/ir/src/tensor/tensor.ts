/**
 * Tensor: what an operator computes, as stages over index expressions and reductions. It says nothing about order of
 * evaluation, storage or devices. One definition serves shape checks, constant folding, the reference answer and
 * scheduling.
 */
import { product } from '@loopsmith/util';
import type { DType } from '../dtype.js';
import { substitute, visitGathers, type Guard, type Index, type Indirect, type LoopVariable } from '../index/index-expression.js';

/**
 * A definition: stages in an order in which every stage follows what it loads. The last stage is the output.
 * Names of inputs, tables and stages are distinct; axis names are local to their stage.
 */
export interface Definition {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly tables: readonly Table[];
  readonly stages: readonly Stage[];
}

export type Tensor = Input | Table | Stage;

/** `compile`: known when the library is built (weights). `run`: handed over at every call. */
export interface Input { readonly kind: 'input'; readonly name: string; readonly dtype: DType; readonly shape: readonly number[]; readonly when: 'run' | 'compile' }
/** A small constant, folded into the text of the kernel. Row-major. */
export interface Table { readonly kind: 'table'; readonly name: string; readonly dtype: DType; readonly shape: readonly number[]; readonly values: readonly number[] }

/** Computes `value` at every point of `axes`; with `reduce`, combines it over the reduction's axes first. Its shape is the extents of its axes. */
export interface Stage {
  readonly kind: 'stage';
  readonly name: string;
  readonly dtype: DType;
  readonly axes: readonly LoopVariable[];
  readonly reduce: Reduction | null;
  readonly value: Value;
}
export type ReductionOperator = 'sum' | 'max' | 'min' | 'product';
/** The identity follows from operator and `accumulate` (see `identityOf`). */
export interface Reduction { readonly operator: ReductionOperator; readonly axes: readonly LoopVariable[]; readonly accumulate: DType }

export const binaryOperators = [
  'add', 'subtract', 'multiply', 'divide', 'max', 'min', 'power', 'modulo', 'remainder', 'atan2',
  'and', 'or', 'xor', 'shiftLeft', 'shiftRight',
] as const;
/** `modulo` takes the divisor's sign (Python), `remainder` the dividend's (C). Integer `divide` truncates. */
export type BinaryOperator = (typeof binaryOperators)[number];
export const unaryOperators = [
  'negate', 'absolute', 'exp', 'log', 'sqrt', 'tanh', 'erf', 'floor', 'ceil', 'round', 'truncate', 'not',
  'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'asinh', 'acosh', 'atanh',
] as const;
/** `round` is half to even; `not` is logical on bool and bitwise on integers. */
export type UnaryOperator = (typeof unaryOperators)[number];
export type Comparison = '<' | '<=' | '==' | '!=' | '>' | '>=';

/** The dtype of a value: constants, loads, casts and `index` carry it; the others take it from their first operand of that kind. */
export type Value =
  | { readonly kind: 'constant'; readonly dtype: DType; readonly value: number }
  | { readonly kind: 'load'; readonly dtype: DType; readonly tensor: string; readonly at: readonly Index[] }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Value; readonly right: Value }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly of: Value }
  /** Chosen by indices alone, so that range analysis can decide it. `then` is evaluated only where the guard holds, `otherwise` only where it fails. */
  | { readonly kind: 'select'; readonly when: Guard; readonly then: Value; readonly otherwise: Value }
  /** Chosen by values; NaN compares false, except under `!=`. */
  | { readonly kind: 'choose'; readonly compare: Comparison; readonly left: Value; readonly right: Value; readonly then: Value; readonly otherwise: Value }
  | { readonly kind: 'cast'; readonly dtype: DType; readonly of: Value }
  /** The value of an index, as i64 or i32: ArgMax, Range, OneHot need it. */
  | { readonly kind: 'index'; readonly dtype: 'i32' | 'i64'; readonly of: Index };

export const valueDType = (value: Value): DType => {
  switch (value.kind) {
    case 'constant': case 'load': case 'cast': case 'index': return value.dtype;
    case 'binary': return valueDType(value.left);
    case 'unary': return valueDType(value.of);
    case 'select': case 'choose': return valueDType(value.then);
    default: return value satisfies never;
  }
};

/** The only walk over values that rebuilds: a value with its direct parts replaced. */
export const mapValue = (value: Value, ofValue: (part: Value) => Value, ofIndex: (index: Index) => Index): Value => {
  switch (value.kind) {
    case 'constant': return value;
    case 'load': return { ...value, at: value.at.map(ofIndex) };
    case 'binary': return { ...value, left: ofValue(value.left), right: ofValue(value.right) };
    case 'unary': case 'cast': return { ...value, of: ofValue(value.of) };
    case 'select': return { ...value, when: value.when.map(ofIndex), then: ofValue(value.then), otherwise: ofValue(value.otherwise) };
    case 'choose': return { ...value, left: ofValue(value.left), right: ofValue(value.right), then: ofValue(value.then), otherwise: ofValue(value.otherwise) };
    case 'index': return { ...value, of: ofIndex(value.of) };
    default: return value satisfies never;
  }
};

/** A stage's value at another place: each of its axes replaced. */
export const valueAt = ({ axes, value }: Stage, at: readonly Index[]): Value => {
  const places = new Map(axes.map((axis, i) => [axis.name, at[i]!]));
  const walk = (part: Value): Value => mapValue(part, walk, (index) => substitute(index, (name) => places.get(name)));
  return walk(value);
};

export type Load = Extract<Value, { kind: 'load' }>;
/** Every load in a value, in order of appearance, with the guards of the selects around it. */
export const visitLoads = (value: Value, visit: (load: Load, under: Guard) => void, under: Guard = []): void => {
  switch (value.kind) {
    case 'constant': case 'index': return;
    case 'load': visit(value, under); return;
    case 'binary': visitLoads(value.left, visit, under); visitLoads(value.right, visit, under); return;
    case 'unary': case 'cast': visitLoads(value.of, visit, under); return;
    case 'select': visitLoads(value.then, visit, [...under, ...value.when]); visitLoads(value.otherwise, visit, under); return;
    case 'choose': for (const part of [value.left, value.right, value.then, value.otherwise]) visitLoads(part, visit, under); return;
    default: value satisfies never;
  }
};

/** Calls `visit` for every index of a value, those in the guards of its selects too. */
const visitIndices = (value: Value, visit: (index: Index) => void): void => {
  switch (value.kind) {
    case 'constant': return;
    case 'load': value.at.forEach(visit); return;
    case 'index': visit(value.of); return;
    case 'binary': visitIndices(value.left, visit); visitIndices(value.right, visit); return;
    case 'unary': case 'cast': visitIndices(value.of, visit); return;
    case 'select': value.when.forEach(visit); visitIndices(value.then, visit); visitIndices(value.otherwise, visit); return;
    case 'choose': for (const part of [value.left, value.right, value.then, value.otherwise]) visitIndices(part, visit); return;
    default: value satisfies never;
  }
};

/** Every gather in the indices of a value, also inside divisions and other gathers. */
export const gathersOf = (value: Value): readonly Indirect[] => {
  const found: Indirect[] = [];
  visitIndices(value, (index) => visitGathers(index, (gather) => found.push(gather)));
  return found;
};

/** Values are immutable, and every step of a schedule asks this of every stage. */
const reads = new WeakMap<Value, ReadonlySet<string>>();
/** Names of the tensors whose elements a value needs: those it loads and those its indices gather from. */
export const readsOf = (value: Value): ReadonlySet<string> => {
  const known = reads.get(value);
  if (known) return known;
  const names = new Set<string>();
  visitLoads(value, (load) => names.add(load.tensor));
  for (const { buffer } of gathersOf(value)) names.add(buffer);
  reads.set(value, names);
  return names;
};

export const extentOf = (axis: LoopVariable): number => axis.last - axis.first + 1;
/** Extents of a tensor, outermost first. */
export const shapeOf = (tensor: Tensor): readonly number[] => (tensor.kind === 'stage' ? tensor.axes.map(extentOf) : tensor.shape);
export const elementsOf = (tensor: Tensor): number => product(shapeOf(tensor));
export const outputOf = (definition: Definition): Stage => {
  const last = definition.stages[definition.stages.length - 1];
  if (!last) throw new Error(`definition ${definition.name} has no stage`);
  return last;
};
export const tensorsOf = (definition: Definition): ReadonlyMap<string, Tensor> =>
  new Map([...definition.inputs, ...definition.tables, ...definition.stages].map((tensor) => [tensor.name, tensor]));

/** Names of the tensors that are known when the library is built: compile inputs, tables, and stages that load only such. */
export const compileTimeTensors = (definition: Definition): ReadonlySet<string> => {
  const known = new Set<string>([...definition.tables.map((t) => t.name), ...definition.inputs.filter((t) => t.when === 'compile').map((t) => t.name)]);
  for (const stage of definition.stages) {
    const reads = [...readsOf(stage.value)];
    if (reads.length > 0 && reads.every((name) => known.has(name)) && stage !== outputOf(definition)) known.add(stage.name);
  }
  return known;
};

/** The value that leaves any other unchanged under the operator. */
export const identityOf = (operator: ReductionOperator, dtype: DType): number => {
  switch (operator) {
    case 'sum': return 0;
    case 'product': return 1;
    case 'max': case 'min': {
      const [low, high] = limitsOf(dtype);
      return operator === 'max' ? low : high;
    }
    default: return operator satisfies never;
  }
};

const limitsOf = (dtype: DType): readonly [number, number] => {
  switch (dtype) {
    case 'f32': case 'f64': case 'f16': case 'bf16': return [-Infinity, Infinity];
    case 'bool': return [0, 1];
    case 'i8': return [-128, 127];
    case 'u8': return [0, 255];
    case 'i16': return [-32768, 32767];
    case 'u16': return [0, 65535];
    case 'i32': return [-2147483648, 2147483647];
    case 'u32': return [0, 4294967295];
    // doubles hold these bounds only approximately; the nearest exact double inside the range is used
    case 'i64': return [-9223372036854775808, 9223372036854774784];
    case 'u64': return [0, 18446744073709549568];
    default: return dtype satisfies never;
  }
};
