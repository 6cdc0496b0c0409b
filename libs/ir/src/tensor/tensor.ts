/**
 * Tensor: what an operator computes, as stages over index expressions and reductions. It says nothing about order of
 * evaluation, storage or devices. One definition serves shape checks, constant folding, the reference answer and
 * scheduling.
 */
import { product } from '@loopsmith/util';
import type { DType, TensorType } from '../dtype.js';
import { indirect, replaceGathers, substitute, visitGathers, type Guard, type Index, type Indirect, type LoopVariable } from '../index/index-expression.js';
import { mapOperation, partsOfOperation, type Binary, type Cast, type Choose, type Constant, type IndexValue, type Select, type Unary } from './operation.js';

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
export interface Input extends TensorType { readonly kind: 'input'; readonly name: string; readonly when: 'run' | 'compile' }
/** A small constant, folded into the text of the kernel. Row-major. */
export interface Table extends TensorType { readonly kind: 'table'; readonly name: string; readonly values: readonly number[] }

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

/** The dtype of a value: constants, loads, casts and `index` carry it; the others take it from their first operand of that kind. */
export type Value =
  | Constant | IndexValue | Binary<Value> | Unary<Value> | Cast<Value> | Select<Value> | Choose<Value>
  | { readonly kind: 'load'; readonly dtype: DType; readonly tensor: string; readonly at: readonly Index[] };

export const valueDType = (value: Value): DType => {
  switch (value.kind) {
    case 'constant': case 'load': case 'cast': case 'index': return value.dtype;
    case 'binary': return valueDType(value.left);
    case 'unary': return valueDType(value.of);
    case 'select': case 'choose': return valueDType(value.then);
    default: return value satisfies never;
  }
};

/** A value with its direct parts replaced. */
export const mapValue = (value: Value, ofValue: (part: Value) => Value, ofIndex: (index: Index) => Index): Value =>
  (value.kind === 'load' ? { ...value, at: value.at.map(ofIndex) } : mapOperation(value, ofValue, ofIndex));

/** What of a value is replaced; what is left out stays as it is. */
export interface Rewrite {
  readonly index?: (index: Index) => Index;
  /** The new name of a tensor that is loaded or gathered from. */
  readonly tensor?: (name: string) => string;
  /** What stands in place of a load, as it was before; undefined leaves it to the others. */
  readonly load?: (load: Load) => Value | undefined;
}
/** The value rewritten throughout; what `load` answers is not rewritten again. */
export const rewriteValue = (value: Value, { index: ofIndex = (index) => index, tensor, load }: Rewrite): Value => {
  const renamed = (index: Index): Index =>
    (tensor ? replaceGathers(index, ({ buffer, at, first, last }) => indirect(tensor(buffer), at.map(renamed), first, last)) : index);
  const walk = (part: Value): Value => {
    const replaced = part.kind === 'load' ? load?.(part) : undefined;
    if (replaced) return replaced;
    const rebuilt = mapValue(part, walk, (index) => renamed(ofIndex(index)));
    return tensor && rebuilt.kind === 'load' ? { ...rebuilt, tensor: tensor(rebuilt.tensor) } : rebuilt;
  };
  return walk(value);
};

/** A stage's value at another place: each of its axes replaced. */
export const valueAt = ({ axes, value }: Stage, at: readonly Index[]): Value => {
  const places = new Map(axes.map((axis, i) => [axis.name, at[i]!]));
  return rewriteValue(value, { index: (index) => substitute(index, (name) => places.get(name)) });
};

/** The value and everything below it, outermost first. */
export const visitValues = (value: Value, visit: (part: Value) => void): void => {
  visit(value);
  if (value.kind !== 'load') for (const part of partsOfOperation(value)) visitValues(part, visit);
};

export type Load = Extract<Value, { kind: 'load' }>;
/** Every load in a value, in order of appearance, with the guards of the selects around it. */
export const visitLoads = (value: Value, visit: (load: Load, under: Guard) => void, under: Guard = []): void => {
  switch (value.kind) {
    case 'load': visit(value, under); return;
    case 'select': visitLoads(value.then, visit, [...under, ...value.when]); visitLoads(value.otherwise, visit, under); return;
    default: for (const part of partsOfOperation(value)) visitLoads(part, visit, under);
  }
};

/** Values are immutable, and every step of a schedule asks this of many stages. */
const loads = new WeakMap<Value, readonly Load[]>();
/** Every load in a value, in order of appearance. */
export const loadsOf = (value: Value): readonly Load[] => {
  const known = loads.get(value);
  if (known) return known;
  const found: Load[] = [];
  visitValues(value, (part) => { if (part.kind === 'load') found.push(part); });
  loads.set(value, found);
  return found;
};

/** Every index in a value: where it loads, what it counts, what its selects ask. */
export const visitIndices = (value: Value, visit: (index: Index) => void): void => visitValues(value, (part) => {
  if (part.kind === 'load') part.at.forEach(visit);
  else if (part.kind === 'index') visit(part.of);
  else if (part.kind === 'select') part.when.forEach(visit);
});

/** Every gather in the indices of a value, also inside divisions and other gathers. */
export const gathersOf = (value: Value): readonly Indirect[] => {
  const found: Indirect[] = [];
  visitIndices(value, (index) => visitGathers(index, (gather) => found.push(gather)));
  return found;
};

/** Remembered as `loads` are. */
const reads = new WeakMap<Value, ReadonlySet<string>>();
/** Names of the tensors whose elements a value needs: those it loads and those its indices gather from. */
export const readsOf = (value: Value): ReadonlySet<string> => {
  const known = reads.get(value);
  if (known) return known;
  const names = new Set([...loadsOf(value).map(({ tensor }) => tensor), ...gathersOf(value).map(({ buffer }) => buffer)]);
  reads.set(value, names);
  return names;
};

export const extentOf = (axis: LoopVariable): number => axis.last - axis.first + 1;
/** How many points some axes span. */
export const pointsOf = (axes: readonly LoopVariable[]): number => product(axes.map(extentOf));
/** The axes of a stage, and after them those of its reduction. */
export const allAxes = ({ axes, reduce }: Pick<Stage, 'axes' | 'reduce'>): readonly LoopVariable[] => (reduce ? [...axes, ...reduce.axes] : axes);
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
