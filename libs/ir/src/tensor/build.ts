/** Short constructors for definitions, so that an operator's file reads like its formula. They check nothing; `verifyDefinition` does. */
import type { DType } from '../dtype.js';
import { loopVariable, variable, type Guard, type Index, type LoopVariable } from '../index/index-expression.js';
import type { BinaryOperator, Comparison, UnaryOperator } from './operation.js';
import type { Input, Reduction, ReductionOperator, Stage, Table, Tensor, Value } from './tensor.js';

export const input = (name: string, dtype: DType, shape: readonly number[], when: Input['when'] = 'run'): Input => ({ kind: 'input', name, dtype, shape, when });
export const table = (name: string, dtype: DType, shape: readonly number[], values: readonly number[]): Table => ({ kind: 'table', name, dtype, shape, values });

/** Axes by name and extent, with each also as an Index: `const [{ k, y }, axes] = axesOf({ k: 64, y: 56 })`. */
export const axesOf = <Name extends string>(extents: Readonly<Record<Name, number>>): readonly [Readonly<Record<Name, Index>>, readonly LoopVariable[]] => {
  const axes = Object.entries<number>(extents).map(([name, extent]) => loopVariable(name, extent));
  return [Object.fromEntries(axes.map((axis) => [axis.name, variable(axis)])) as Record<Name, Index>, axes];
};

export const stage = (name: string, dtype: DType, axes: readonly LoopVariable[], value: Value, reduce: Reduction | null = null): Stage => ({
  kind: 'stage',
  name,
  dtype,
  axes,
  reduce,
  value,
});
export const over = (operator: ReductionOperator, axes: readonly LoopVariable[], accumulate: DType): Reduction => ({ operator, axes, accumulate });

export const literal = (value: number, dtype: DType = 'f32'): Value => ({ kind: 'constant', dtype, value });
export const load = (tensor: Tensor, ...at: readonly Index[]): Value => ({ kind: 'load', dtype: tensor.dtype, tensor: tensor.name, at });
export const binary = (operator: BinaryOperator, left: Value, right: Value): Value => ({ kind: 'binary', operator, left, right });
export const unary = (operator: UnaryOperator, of: Value): Value => ({ kind: 'unary', operator, of });
export const select = (when: Guard, then: Value, otherwise: Value): Value => ({ kind: 'select', when, then, otherwise });
export const choose = (left: Value, compare: Comparison, right: Value, then: Value, otherwise: Value): Value => ({ kind: 'choose', compare, left, right, then, otherwise });
export const cast = (dtype: DType, of: Value): Value => ({ kind: 'cast', dtype, of });
