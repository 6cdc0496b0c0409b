/**
 * Recognises a convolution in a definition: a sum of products of data and weights over a two-dimensional window, whatever its
 * axes are called and in whatever order they come. It reads the form of indices alone and rewrites nothing.
 */
import {
  compileTimeTensors, extentOf, outputOf, variable, sameIndex,
  type Definition, type Index, type Load, type LoopVariable, type Stage,
} from '@loopsmith/ir';

/** `sum[c, r, s] data[.., c, stride*y + dilation*r, ..x and s..] * weight[k, c, r, s]` */
export interface WindowSum {
  readonly stage: Stage;
  readonly data: Load;
  readonly weight: Load;
  /** The axis of outputs, and the reduced one of channels. */
  readonly output: LoopVariable;
  readonly channel: LoopVariable;
  /** Rows, then columns. */
  readonly window: readonly [WindowAxis, WindowAxis];
  /** Axes that data and sum share point by point: the batch. */
  readonly batch: readonly LoopVariable[];
}
export interface WindowAxis { readonly axis: LoopVariable; readonly tap: LoopVariable; readonly stride: number; readonly dilation: number }

const found = new WeakMap<Definition, WindowSum | string>();
/** The convolution of the only stage that reduces, or why there is none, as a clause about that stage. Looked for once: spaces ask for it with every point. */
export const windowSum = (definition: Definition): WindowSum | string => {
  let sum = found.get(definition);
  if (sum === undefined) found.set(definition, sum = lookedFor(definition));
  return sum;
};

const lookedFor = (definition: Definition): WindowSum | string => {
  const known = compileTimeTensors(definition);
  const sums = definition.stages.filter((stage) => stage.reduce && !known.has(stage.name));
  const stage = sums[0];
  if (!stage || sums.length > 1) return `${outputOf(definition).name} has ${sums.length} sums below it`;
  const { value, reduce } = stage;
  if (reduce!.operator !== 'sum' || value.kind !== 'binary' || value.operator !== 'multiply' || value.left.kind !== 'load' || value.right.kind !== 'load')
    return `${stage.name} is no sum of products`;
  const [weight, data] = known.has(value.right.tensor) ? [value.right, value.left] : [value.left, value.right];
  if (!known.has(weight.tensor) || known.has(data.tensor)) return `${stage.name} has no weights that are known when the library is built`;
  const reduced = reduce!.axes.filter((axis) => extentOf(axis) > 1);
  const plain = (index: Index, axes: readonly LoopVariable[]): LoopVariable | undefined => axes.find((axis) => extentOf(axis) > 1 && sameIndex(index, variable(axis)));
  const window: WindowAxis[] = [], batch: LoopVariable[] = [], channels: LoopVariable[] = [];
  for (const at of data.at) {
    if (at.terms.length === 0 && at.constant === 0) continue;
    const shared = plain(at, stage.axes), channel = plain(at, reduced), moved = windowAxis(at, stage.axes, reduced);
    if (shared) batch.push(shared);
    else if (channel) channels.push(channel);
    else if (moved) window.push(moved);
    else return `${stage.name} has groups, or reads ${data.tensor} at places that are no window`;
  }
  const [rows, columns] = window, [channel] = channels;
  if (!rows || !columns || window.length > 2) return `${stage.name} has a window of ${window.length} axes`;
  if (!channel || channels.length > 1) return `${stage.name} sums over ${channels.length} axes of channels`;
  const taken = new Set([...batch, rows.axis, columns.axis]);
  const outputs = stage.axes.filter((axis) => extentOf(axis) > 1 && !taken.has(axis));
  const [output] = outputs;
  if (!output || outputs.length > 1) return `${stage.name} has ${outputs.length} axes of outputs`;
  // as weights come, and as U is written below
  const order = [output, channel, rows.tap, columns.tap];
  if (weight.at.length !== 4 || !weight.at.every((at, i) => sameIndex(at, variable(order[i]!))))
    return `${stage.name} has weights in another order than outputs, channels, rows, columns`;
  return { stage, data, weight, output, channel, window: [rows, columns], batch };
};

/** `stride*axis + dilation*tap`. */
const windowAxis = (at: Index, axes: readonly LoopVariable[], reduced: readonly LoopVariable[]): WindowAxis | undefined => {
  if (at.constant !== 0 || at.terms.length !== 2) return undefined;
  const part = (list: readonly LoopVariable[]): { axis: LoopVariable; coefficient: number } | undefined => {
    for (const { atom, coefficient } of at.terms) {
      const axis = atom.kind === 'variable' ? list.find(({ name }) => name === atom.name) : undefined;
      if (axis) return { axis, coefficient };
    }
    return undefined;
  };
  const moving = part(axes), tap = part(reduced);
  return moving && tap && { axis: moving.axis, tap: tap.axis, stride: moving.coefficient, dilation: tap.coefficient };
};
