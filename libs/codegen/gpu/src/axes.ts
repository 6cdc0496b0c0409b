/**
 * What the axes of a single reduction are to a GPU: columns whose neighbours lie side by side in memory, rows around them,
 * features that share data, and the rest, which only multiplies blocks. It reads definitions and layouts; it decides no schedule.
 */
import { extentOf, loadsOf, onlyVariable, variablesOf, type Definition, type Load, type LoopVariable, type Stage } from '@loopsmith/ir';
import type { Task } from '@loopsmith/contracts';
import type { SingleReduction } from '@loopsmith/codegen-spaces';

export interface TileAxes {
  /** Elements of one vector along the features; 1 where the output's layout has no blocks. */
  readonly lanes: number;
  /** Whether the output's layout has room for a whole last vector. */
  readonly padded: boolean;
  readonly features: LoopVariable | null;
  readonly columns: LoopVariable | null;
  readonly rows: LoopVariable | null;
  /** Outermost first. */
  readonly others: readonly LoopVariable[];
  /** Whether one element of the data serves several features: then a thread gains by computing some. */
  readonly reuses: boolean;
  /** The compile-time operand and the axis of it that the features index plainly, when there is one. */
  readonly weight: { readonly load: Load; readonly axis: number } | null;
  /** The other operand of the product. */
  readonly data: Load | null;
}

export const tileAxes = (task: Task, single: SingleReduction, output: Stage, compileTime: ReadonlySet<string>): TileAxes => {
  const layout = task.layouts[output.name] ?? [], { sum } = single;
  const blocked = layout.find((dim) => dim.modulo !== null && dim.modulo > 1);
  const operands = operandsOf(sum);
  const long = output.axes.filter((axis) => extentOf(axis) > 1);
  // in the order of memory: a blocked axis counts where its blocks lie
  const inOrder = [...new Set(layout.filter((dim) => dim !== blocked).map((dim) => output.axes[dim.axis]!))].filter((axis) => long.includes(axis));
  const ofSum = (axis: LoopVariable): string => sum.axes[output.axes.indexOf(axis)]!.name;
  const without = (axis: LoopVariable): readonly Load[] => operands.filter(({ at }) => !at.some((index) => variablesOf(index).has(ofSum(axis))));
  const features = blocked
    ? output.axes[blocked.axis]!
    : largest(inOrder.filter((axis, i) => operands.length > 1 && without(axis).length > 0 && (i < inOrder.length - 1 || inOrder.length === 1)));
  const spatial = inOrder.filter((axis) => axis !== features);
  const weight = features ? operands.find(({ tensor, at }) => compileTime.has(tensor) && at.some((index) => isPlainly(index, ofSum(features)))) : undefined;
  return {
    lanes: blocked?.modulo ?? 1, padded: blocked !== undefined, features, columns: spatial.at(-1) ?? null, rows: spatial.at(-2) ?? null, others: spatial.slice(0, -2),
    reuses: features !== null && without(features).length > 0,
    weight: weight && features ? { load: weight, axis: weight.at.findIndex((index) => isPlainly(index, ofSum(features))) } : null,
    data: operands.find((load) => load !== weight) ?? null,
  };
};

const largest = (axes: readonly LoopVariable[]): LoopVariable | null =>
  axes.reduce<LoopVariable | null>((best, axis) => (best === null || extentOf(axis) > extentOf(best) ? axis : best), null);

const isPlainly = (index: Load['at'][number], name: string): boolean => onlyVariable(index)?.name === name;

/** The loads of a product of two; none for any other sum. */
const operandsOf = (sum: Stage): readonly Load[] => {
  if (sum.value.kind !== 'binary' || sum.value.operator !== 'multiply') return [];
  return [sum.value.left, sum.value.right].flatMap((side) => loadsOf(side).slice(0, 1));
};

/** Whether a tensor is known when the library is built and stored by the kernel's own order. */
export const isPackable = (definition: Definition, tensor: string): boolean => definition.inputs.some(({ name, when }) => name === tensor && when === 'compile');
