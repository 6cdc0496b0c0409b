/**
 * What a definition looks like to a space: which stage reduces, which axis carries the lanes, which axes are pixels.
 * It reads definitions and layouts only; it decides no schedule.
 */
import {
  bytesOf, compileTimeTensors, extentOf, gcd, loadsOf, onlyVariable, outputOf, readsOf, variablesOf,
  type Definition, type DType, type Index, type Layout, type LayoutDim, type Load, type LoopVariable, type Stage,
} from '@loopsmith/ir';
import type { Task } from '@loopsmith/contracts';

/** Stages that run with the kernel, sorted by what a schedule does with them. */
export interface Structure {
  readonly definition: Definition;
  readonly output: Stage;
  /** Elementwise stages before the reduction (padding, prologues). */
  readonly producers: readonly Stage[];
  readonly compileTime: ReadonlySet<string>;
  /** Set when exactly one stage reduces and the output reads it point by point, or is it. */
  readonly single: SingleReduction | null;
}
export interface SingleReduction {
  readonly sum: Stage;
  /** Whether the reducing stage is the output itself. */
  readonly isOutput: boolean;
  readonly lane: LoopVariable;
  /** Elements along it that make one vector. */
  readonly lanes: number;
  /** Non-lane axes of more than one point, outermost first. */
  readonly others: readonly LoopVariable[];
  /** A compile-time operand that varies along the lane axis, when the sum is over products with one. */
  readonly weight: Load | null;
  /** The operand that is not the weight. */
  readonly data: Load | null;
}

/** Elements of one vector register. */
export const lanesOf = (task: Task, dtype: DType): number => Math.max(1, Math.floor(task.target.vectorBytes / bytesOf[dtype]));

/** Elements of a vector that lie together in a layout: a block may hold fewer than a register, as it does of half floats and bytes. */
export const lanesIn = (task: Task, dtype: DType, layout: Layout): number => gcd(lanesOf(task, dtype), blockedIn(layout)?.modulo ?? 0);

const blockedIn = (layout: Layout): LayoutDim | undefined => layout.find((dim) => dim.modulo !== null && dim.modulo > 1);

/** Most accumulators of a register tile. */
export const accumulatorsOf = ({ target }: Task): number => target.accumulators ?? target.registers - 2;

/** The axis that a layout blocks, or the one whose elements are neighbours. */
export const laneAxis = (stage: Stage, layout: Layout): LoopVariable | undefined => {
  const blocked = blockedIn(layout);
  if (blocked) return stage.axes[blocked.axis];
  for (let i = layout.length - 1; i >= 0; i--) {
    const dim = layout[i]!;
    if (dim.size > 1) return stage.axes[dim.axis];
  }
  return undefined;
};

export const structureOf = (task: Task): Structure => {
  const { definition } = task;
  const output = outputOf(definition);
  const compileTime = compileTimeTensors(definition);
  const running = definition.stages.filter((stage) => !compileTime.has(stage.name));
  const reducing = running.filter((stage) => stage.reduce);
  const producers = running.filter((stage) => !stage.reduce && stage !== output);
  return { definition, output, producers, compileTime, single: reducing.length === 1 ? singleReduction(task, reducing[0]!, output, producers, compileTime) : null };
};

const singleReduction = (task: Task, sum: Stage, output: Stage, producers: readonly Stage[], compileTime: ReadonlySet<string>): SingleReduction | null => {
  if (sum.reduce!.accumulate !== sum.dtype) return null;
  if (sum !== output && !readsPointwise(output, sum)) return null;
  // an elementwise stage between the sum and the output is not this structure
  if (producers.some(({ value }) => readsOf(value).has(sum.name))) return null;
  const layout = task.layouts[output.name];
  if (!layout) return null;
  const lane = laneAxis(output, layout);
  if (!lane) return null;
  const laneOfSum = sum.axes[output.axes.indexOf(lane)]!;
  const { weight, data } = operandsOf(sum, laneOfSum, compileTime);
  const others = output.axes.filter((axis) => axis !== lane && extentOf(axis) > 1);
  // rows shorter than a register make shorter vectors
  let lanes = lanesIn(task, sum.dtype, layout);
  while (!blockedIn(layout) && lanes > extentOf(lane)) lanes /= 2;
  return { sum, isOutput: sum === output, lane, lanes, others, weight, data };
};

/** Whether every load of `producer` in `consumer` is at the consumer's own axes, in order. */
const readsPointwise = (consumer: Stage, producer: Stage): boolean => {
  if (consumer.axes.length !== producer.axes.length) return false;
  const isOwn = (at: Index, axis: LoopVariable): boolean => (extentOf(axis) === 1 ? at.terms.length === 0 : onlyVariable(at)?.name === axis.name);
  return loadsOf(consumer.value).every(({ tensor, at }) => tensor !== producer.name || at.every((index, i) => isOwn(index, consumer.axes[i]!)));
};

const operandsOf = (sum: Stage, lane: LoopVariable, compileTime: ReadonlySet<string>): { weight: Load | null; data: Load | null } => {
  if (sum.value.kind !== 'binary' || sum.value.operator !== 'multiply') return { weight: null, data: null };
  const sides = [sum.value.left, sum.value.right];
  const weight = sides.find((side): side is Load => side.kind === 'load' && compileTime.has(side.tensor) && side.at.some((at) => variablesOf(at).has(lane.name)));
  const data = sides.find((side): side is Load => side.kind === 'load' && side !== weight);
  return { weight: weight ?? null, data: data ?? null };
};

/** Widths of a pixel tile worth trying for a row of `extent`: little waste first, every size up to `most` that wastes less than a quarter. */
export const usefulWidths = (extent: number, most: number): readonly number[] => {
  const widths: number[] = [];
  for (let width = 1; width <= Math.min(extent, most); width++)
    if (Math.ceil(extent / width) * width <= extent * 1.25 || width <= 2) widths.push(width);
  return widths;
};
