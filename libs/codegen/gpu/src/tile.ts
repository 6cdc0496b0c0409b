/**
 * The tile of a single reduction on a GPU: convolution, pooling, matrix product. A block of threads computes features by rows by
 * columns, each thread some features and columns in registers, over data and weights that the block may load into shared memory
 * a few reduction steps at a time. Nothing here knows an operator's name, or the device.
 */
import { attempt, refuse, type Outcome } from '@loopsmith/util';
import { extentOf, outputOf, type Plan, type Step } from '@loopsmith/ir';
import { applyStep } from '@loopsmith/lowering';
import type { Choice, Point, Task } from '@loopsmith/contracts';
import { bind, cacheRead, cacheWrite, computeAt, dim, fuse, inline, layout, reorder, root, split, splitReduction, unroll, vectorize, type SingleReduction, type Structure } from '@loopsmith/codegen-spaces';
import { isPackable, type TileAxes } from './axes.js';
import { gpuOf } from './lower.js';
import { onePointPerThread } from './one-point.js';
import type { Shaped, Shaping } from './shaping.js';
import { movesTogether, togetherChoices } from './wide.js';

const extent = (axis: { readonly last: number } | null): number => (axis === null ? 1 : axis.last + 1);

export const tileChoices = (task: Task, single: SingleReduction, axes: TileAxes): readonly Choice[] => {
  const limits = gpuOf(task.target);
  const vectors = Math.ceil(extent(axes.features) / axes.lanes);
  const channel = reducedAxis(single);
  const steps = channel === null ? [] : [4, 8, 16].filter((by) => extentOf(channel) % by === 0 && extentOf(channel) > by);
  const parts = channel === null || single.sum.reduce!.operator !== 'sum' ? [] : [2, 4, 8].filter((count) => extentOf(channel) % count === 0 && extentOf(channel) / count >= 16);
  return [
    { name: 'outputs', kind: 'ordinal', values: axes.reuses ? [1, 2, 4, 8].filter((count) => count <= vectors) : [1] },
    { name: 'pixels', kind: 'ordinal', values: [1, 2, 4].filter((count) => count <= extent(axes.columns)) },
    { name: 'block', kind: 'categorical', values: blockShapes(task, axes) },
    { name: 'staged', kind: 'ordinal', values: [0, ...(limits.sharedBytes > 0 && axes.data !== null && axes.reuses ? steps : [])] },
    { name: 'parts', kind: 'ordinal', values: [1, ...parts] },
    { name: 'together', kind: 'ordinal', values: axes.lanes === 1 ? togetherChoices(task) : [1] },
  ];
};

/** Blocks of 16 to 256 threads as `columns rows features`, those that waste least of the output first. */
const blockShapes = (task: Task, axes: TileAxes): readonly string[] => {
  const limits = gpuOf(task.target), vectors = Math.ceil(extent(axes.features) / axes.lanes);
  const widths = (size: number): readonly number[] =>
    [1, 2, 4, 7, 8, 14, 16, 28, 32, 64, 128].filter((width) => width <= size && (width === 1 || Math.ceil(size / width) * width <= size * 1.15));
  const shapes: { readonly text: string; readonly cost: number }[] = [];
  const total = extent(axes.columns) * extent(axes.rows) * vectors;
  for (const x of widths(extent(axes.columns))) for (const y of widths(extent(axes.rows))) for (const z of widths(vectors)) {
    const threads = x * y * z;
    if (threads > limits.threadsPerBlock || threads > 256 || z > limits.threads[2] || y > limits.threads[1] || threads < Math.min(16, total)) continue;
    const warps = Math.ceil(threads / limits.warp) * limits.warp / threads;
    const waste =
      ((Math.ceil(extent(axes.columns) / x) * x) / extent(axes.columns)) *
      ((Math.ceil(extent(axes.rows) / y) * y) / extent(axes.rows)) *
      ((Math.ceil(vectors / z) * z) / vectors);
    shapes.push({ text: `${x} ${y} ${z}`, cost: waste * warps * (1 + 0.1 * Math.abs(Math.log2(threads / 64))) * (x >= 8 || x === extent(axes.columns) ? 1 : 1.2) });
  }
  shapes.sort((a, b) => a.cost - b.cost);
  return shapes.length === 0 ? ['1 1 1'] : shapes.slice(0, 10).map(({ text }) => text);
};

/** The longest axis that is summed: channels, as a rule. */
const reducedAxis = ({ sum }: SingleReduction) => {
  const axes = sum.reduce!.axes;
  return axes.length === 0 ? null : axes.reduce((longest, axis) => (extentOf(axis) > extentOf(longest) ? axis : longest));
};

/** Why a point cannot be, before any step is applied; null when it may. */
export const tileRefusal = (task: Task, axes: TileAxes, point: Point): string | null => {
  const [x = 1, y = 1, z = 1] = String(point['block']).split(' ').map(Number);
  const outputs = Number(point['outputs']), pixels = Number(point['pixels']);
  const vectors = Math.ceil(extent(axes.features) / axes.lanes);
  if (outputs * z > vectors) return `a block of ${outputs * z} features of ${vectors}`;
  if (pixels * x > extent(axes.columns)) return `a block of ${pixels * x} columns of ${extent(axes.columns)}`;
  const live = outputs * axes.lanes * (pixels + 1) + pixels * axes.lanes, { registersPerThread, threadsPerBlock } = gpuOf(task.target);
  if (live > registersPerThread) return `${live} live registers of ${registersPerThread}`;
  return x * y * z > threadsPerBlock ? `${x * y * z} threads a block of ${threadsPerBlock}` : null;
};

interface Tile { readonly x: number; readonly y: number; readonly z: number; readonly outputs: number; readonly pixels: number; readonly staged: number; readonly together: number }

/** `begin`: of the task's initial plan. */
export const tileSchedule = (begin: () => Shaping, task: Task, structure: Structure, single: SingleReduction, axes: TileAxes, point: Point): Outcome<Shaped> => attempt(() => {
  const shaping = begin(), { plan, take, shaped } = shaping;
  const [x = 1, y = 1, z = 1] = String(point['block']).split(' ').map(Number);
  const tile: Tile = { x, y, z, outputs: Number(point['outputs']), pixels: Number(point['pixels']), staged: Number(point['staged']), together: Number(point['together']) };
  const output = structure.output.name, parts = Number(point['parts']);
  const staged = tile.staged > 0 ? axes.data!.tensor : null;
  for (const { name } of [...structure.producers].reverse()) if (name !== staged) take(inline(name));
  let sum = single.isOutput ? `${output}s` : single.sum.name;
  if (single.isOutput) take(cacheWrite(output, sum));
  if (parts === 1) {
    shapeTile(shaping, task, single, axes, tile, output, sum, null);
    return shaped();
  }
  // parts of the sum in a kernel of their own, every part in blocks of its own; the output's kernel adds them
  const channel = reducedAxis(single)!;
  take(splitReduction(sum, channel.name, extentOf(channel) / parts));
  take(...onePointPerThread(plan(), output, 64));
  take(computeAt(sum, output, 'ft', 'register'));
  const part = `${sum}p`;
  take(root(part));
  sum = `${part}s`;
  take(cacheWrite(part, sum));
  shapeTile(shaping, task, single, axes, tile, part, sum, 'o');
  return shaped();
});

/** Shapes the kernel `stage` and the sum in it. `part`: an axis of parts, which blocks divide. */
const shapeTile = (shaping: Shaping, task: Task, single: SingleReduction, axes: TileAxes, tile: Tile, stage: string, sum: string, part: string | null): void => {
  const { plan, take } = shaping;
  const { features, columns, rows, lanes } = axes;
  // the parts have the axes of the sum
  const ofStage = (name: string): string => (part === null ? name : sumAxis(single, task, name));
  const feature = features && ofStage(features.name), column = columns && ofStage(columns.name), row = rows && ofStage(rows.name);
  const others = [...(part === null ? [] : [part]), ...axes.others.map(({ name }) => ofStage(name))];
  // parts lie in a temporary without blocks, where a cut vector is stored lane by lane
  const padded = axes.padded && part === null;
  if (feature !== null) {
    if (lanes > 1) take(split(stage, feature, lanes, ['fv', 'fl'], padded));
    take(split(stage, lanes > 1 ? 'fv' : feature, tile.z * tile.outputs, ['fb', 'fr']), split(stage, 'fr', tile.outputs, ['ft', 'fi']));
  }
  if (column !== null) take(split(stage, column, tile.x * tile.pixels, ['cb', 'cr']), split(stage, 'cr', tile.pixels, ['ct', 'ci']));
  if (row !== null) take(split(stage, row, tile.y, ['rb', 'rt']));
  const has = (loop: string): boolean => plan().stages.get(stage)!.loops.some(({ name }) => name === loop);
  const present = (...loops: readonly string[]): readonly string[] => loops.filter(has);
  take(reorder(stage, ...others, ...present('fb', 'rb', 'cb', 'ft', 'rt', 'ct', 'fi', 'ci', 'fl')));
  const blocks = [...others, ...present('fb')];
  let block = blocks[0];
  blocks.slice(1).forEach((name, i) => { const into = `b${i}`; take(fuse(stage, block!, name, into)); block = into; });
  // the first direction is the one whose neighbours lie side by side
  const directions = [['cb', 'ct'], ['rb', 'rt'], [block, 'ft']].filter(([outer, inner]) => (outer !== undefined && has(outer)) || has(inner!));
  directions.forEach(([outer, inner], i) => {
    const dimension = 'xyz'[i] as 'x' | 'y' | 'z';
    if (outer !== undefined && has(outer)) take(bind(stage, outer, `block.${dimension}`));
    if (has(inner!)) take(bind(stage, inner!, `thread.${dimension}`));
  });
  // of the block in hardware's directions: a tile without rows has its features in the second
  const extents: Readonly<Record<string, number>> = { ct: tile.x, rt: tile.y, ft: tile.z };
  const [x = 1, y = 1, z = 1] = directions.map(([, inner]) => (has(inner!) ? extents[inner!]! : 1));
  const threads = present('ft', 'rt', 'ct');
  const columnsTogether = tile.together > 1 && tile.pixels === tile.together && column !== null && movesTogether(plan(), stage, 'ci', tile.together);
  take(...unroll(stage, ...present('fi', ...(columnsTogether ? [] : ['ci']))));
  if (columnsTogether) take(vectorize(stage, 'ci'));
  if (lanes > 1 && has('fl')) take(vectorize(stage, 'fl'));
  const innermost = threads.at(-1) ?? block;
  if (innermost === undefined) return;
  take(computeAt(sum, stage, innermost, 'register'));
  shaping.leave();

  const planned = plan().stages.get(sum)!;
  const channel = reducedAxis(single);
  const reduced = planned.stage.reduce!.axes.map(({ name }) => name);
  const outside = tile.staged > 0 && channel !== null && extentOf(planned.loops.find(({ name }) => name === channel.name)!.variable) > tile.staged;
  if (outside) take(split(sum, channel.name, tile.staged, ['co', 'cc']));
  const inOrder = outside ? ['co', ...reduced.map((name) => (name === channel.name ? 'cc' : name))] : reduced;
  const featureOfSum = features && sumAxis(single, task, features.name);
  if (lanes > 1 && featureOfSum !== null) take(split(sum, featureOfSum, lanes, ['kv', 'kl']));
  // the loop of the sum that is a vector, and its axis: the lanes of a block, or columns that are stored together
  const vector =
    lanes > 1 && featureOfSum !== null
      ? { loop: 'kl', axis: featureOfSum }
      : columnsTogether
        ? { loop: sumAxis(single, task, columns!.name), axis: sumAxis(single, task, columns!.name) }
        : null;
  const left = plan().stages.get(sum)!.loops.map(({ name }) => name).filter((name) => !inOrder.includes(name) && name !== vector?.loop);
  take(reorder(sum, ...inOrder, ...left, ...(vector === null ? [] : [vector.loop])));
  take(...unroll(sum, ...left));
  if (vector !== null) {
    // lanes side by side, so that a sum is a vector of registers
    const names = planned.stage.axes.map(({ name }) => name).filter((name) => name !== vector.axis);
    take(vectorize(sum, vector.loop), layout(sum, [...names, vector.axis].map((name) => dim(name))));
  }
  packWeight(shaping, task, axes, tile);
  if (tile.staged > 0) stageOperands(shaping, task, axes, { ...tile, x, y, z }, sum, outside ? 'co' : null);
  if (tile.together > 1) weightsTogether(shaping, axes, tile, sum, inOrder.at(-1));
};

/** The features of one thread, neighbours in the weight as it is packed or staged, loaded into registers at once. `loop`: of the sum, around its unrolled ones. */
const weightsTogether = ({ plan, take, adopt }: Shaping, { weight }: TileAxes, { outputs, together }: Tile, sum: string, loop: string | undefined): void => {
  if (weight === null || loop === undefined || outputs % together !== 0) return;
  const staged = `${weight.load.tensor}s`, from = plan().stages.has(staged) ? staged : weight.load.tensor, name = `${weight.load.tensor}r`;
  if (plan().stages.has(from) && from !== staged) return;
  const steps: Step[] = [cacheRead(sum, from, name), computeAt(name, sum, loop, 'register')];
  let cached = steps.reduce(applyStep, plan());
  const then = (...next: readonly Step[]): void => { steps.push(...next); cached = next.reduce(applyStep, cached); };
  const loops = cached.stages.get(name)!.loops.map((each) => each.name), feature = loops[weight.axis]!, others = loops.filter((each) => each !== feature);
  then(
    split(name, feature, together, ['wq', 'wv']),
    reorder(name, ...others, 'wq', 'wv'),
    ...unroll(name, ...others, 'wq'),
    layout(
      name,
      [...others, feature].map((each) => dim(each)),
    ),
  );
  if (!movesTogether(cached, name, 'wv', together)) return;
  adopt(steps, cached);
  take(vectorize(name, 'wv'));
};

/** The sum's own name of an axis of the output. */
const sumAxis = (single: SingleReduction, task: Task, name: string): string => single.sum.axes[outputOf(task.definition).axes.findIndex((axis) => axis.name === name)]!.name;

/** Data and weight into shared memory, loaded by all threads of the block together. `tile`: in hardware's directions. */
const stageOperands = ({ plan, take, adopt }: Shaping, task: Task, axes: TileAxes, tile: Tile, sum: string, loop: string | null): void => {
  const at = loop ?? plan().stages.get(sum)!.loops[0]!.name;
  for (const operand of [axes.data, axes.weight?.load ?? null]) {
    if (operand === null) continue;
    let name = operand.tensor;
    if (plan().stages.get(name)?.place.kind !== 'unplaced') {
      name = `${operand.tensor}s`;
      take(cacheRead(sum, operand.tensor, name));
    }
    take(computeAt(name, sum, at, 'shared'));
    if (axes.weight !== null && operand === axes.weight.load && isPackable(task.definition, operand.tensor)) {
      // as `packWeight` stores it: what a block loads is one piece of memory, copied as it lies
      const loops = plan().stages.get(name)!.loops.map((each) => each.name), feature = loops[axes.weight.axis]!;
      const inMemory = [...loops.filter((each) => each !== feature), feature];
      take(reorder(name, ...inMemory), layout(name, inMemory.map((each) => dim(each))));
    }
    const together = tile.together > 1 ? cooperative(plan(), name, tile, tile.together) : null;
    const dealt = together?.reduce(applyStep, plan()) ?? null;
    if (together !== null && dealt !== null && movesTogether(dealt, name, 'gv', tile.together)) {
      adopt(together, dealt);
      take(vectorize(name, 'gv'));
    } else
      take(
        ...(cooperative(plan(), name, tile, 1) ??
          refuse({
            code: 'schedule-illegal',
            stage: 'schedule',
            message: `${name} has too few points for a block of ${tile.x} ${tile.y} ${tile.z} threads to load it together`,
          })),
      );
  }
};

/**
 * The points of a shared stage in the order of memory, dealt out to the threads of the block: `together` neighbours, the loop `gv`, to each at once.
 * Null where that leaves a rest, or some threads nothing of their own.
 */
const cooperative = (plan: Plan, name: string, { x, y, z }: Tile, together: number): readonly Step[] | null => {
  const { loops } = plan.stages.get(name)!;
  const steps: Step[] = [];
  let fused = loops[0]!.name, points = extentOf(loops[0]!.variable);
  loops.slice(1).forEach((loop, i) => { const into = `g${i}`; steps.push(fuse(name, fused, loop.name, into)); fused = into; points *= extentOf(loop.variable); });
  if (points % together !== 0) return null;
  if (together > 1) { steps.push(split(name, fused, together, ['gq', 'gv'])); fused = 'gq'; points /= together; }
  if (points > x * y * z) { steps.push(split(name, fused, x * y * z, ['go', 'gt'])); fused = 'gt'; points = x * y * z; }
  // where there are fewer points than threads, each direction still has its share: threads that it does not tell apart would all store
  const inside = (inner: number, outer: number): number => (points > inner ? inner : Math.ceil(points / outer));
  if (z > 1) { const each = inside(x * y, z); steps.push(split(name, fused, each, ['tz', 'tr']), bind(name, 'tz', 'thread.z')); fused = 'tr'; points = each; }
  if (points === 1 && x * y > 1) return null;
  if (y > 1) { const each = inside(x, y); steps.push(split(name, fused, each, ['ty', 'tx']), bind(name, 'ty', 'thread.y')); fused = 'tx'; points = each; }
  if (points === 1 && x > 1) return null;
  return [...steps, bind(name, fused, 'thread.x')];
};

/** Weights in the order in which a block reads them: its features innermost. */
const packWeight = ({ take }: Pick<Shaping, 'take'>, task: Task, { weight, lanes }: TileAxes, { z, outputs }: Tile): void => {
  if (weight === null || !isPackable(task.definition, weight.load.tensor)) return;
  const rank = weight.load.at.length, block = z * outputs * lanes, axis = `_${weight.axis}`;
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== weight.axis).map((i) => dim(`_${i}`));
  take(layout(weight.load.tensor, [dim(axis, { divide: block }), ...others, ...(block > 1 ? [dim(axis, { modulo: block })] : [])]));
};
