/**
 * Sums (maxima, products) along elements that lie together: their parts are the lanes of a vector, of several where there are terms enough,
 * and the lanes are combined at the end. Steps only; where the stage stands is decided elsewhere.
 */
import { extentOf, variablesOf, visitLoads, type LoopVariable, type Plan, type Stage, type Step } from '@loopsmith/ir';
import { initialPlan, partsAxis } from '@loopsmith/lowering';
import type { Task } from '@loopsmith/contracts';
import { computeAt, lanesOf, reorder, splitReduction, unroll, vectorize, type SingleReduction, type Structure } from '@loopsmith/codegen-spaces';
import { countsAlong, lanesAlong } from './neighbours.js';

/** Sums that are kept side by side: each waits for its last addition, so that one alone would leave most of the machine idle. */
export const SUMS = 4;

/** So many terms of a part are written out: none is added to a zero, and no loop counts them. */
const mostWrittenOut = 4;

export interface SumInLanes { readonly axis: LoopVariable; readonly lanes: number; readonly vectors: number }

/** How the stage sums in lanes; undefined where it does not reduce, or along nothing that lies together and is longer than a vector. */
export const sumInLanes = (task: Task, plan: Plan, stage: Stage): SumInLanes | undefined => {
  if (!stage.reduce) return undefined;
  const lanes = lanesOf(task, stage.reduce.accumulate);
  const liesTogether = (axis: LoopVariable): boolean => lanesAlong(plan, stage, axis, lanes)?.neighbours === true && !countsAlong(stage, axis);
  const axis = lanes < 2 ? undefined : stage.reduce.axes.findLast((each) => extentOf(each) > lanes && liesTogether(each));
  if (!axis) return undefined;
  const inRow = Math.ceil(extentOf(axis) / lanes), rows = stage.reduce.axes.reduce((count, each) => (each === axis ? count : count * extentOf(each)), 1);
  return { axis, lanes, vectors: rows > 1 ? Math.min(SUMS, inRow) : inRow < 2 * SUMS ? 1 : SUMS };
};

/** Whether a sum is over elements that lie together, each of them read once: lanes across its results would have to gather them. */
export const sumsRows = (task: Task, { output }: Structure, { sum, lane, lanes }: SingleReduction): boolean => {
  const plan = initialPlan(task.definition, task.layouts), axes = sum.axes.filter((axis) => extentOf(axis) > 1);
  const across = sum.axes[output.axes.indexOf(lane)]!;
  let reads = 0, once = true;
  visitLoads(sum.value, ({ at }) => {
    reads++;
    const names = new Set(at.flatMap((index) => [...variablesOf(index)]));
    if (sum.reduce!.axes.some(({ name }) => names.has(name)) && axes.some(({ name }) => !names.has(name))) once = false;
  });
  return reads > 0 && once && sumInLanes(task, plan, sum) !== undefined && lanesAlong(plan, sum, across, lanes) === null;
};

/** Splits `stage`, whose sum has no shape yet; then, once it is placed where it is one point, computes the parts in a loop. */
export const splitInLanes = ({ name }: Stage, { axis, lanes, vectors }: SumInLanes): readonly Step[] =>
  [splitReduction(name, axis.name, lanes, true), ...(vectors > 1 ? [splitReduction(`${name}p`, axis.name, vectors, true)] : [])];

export const partsInLanes = (stage: Stage, { axis, lanes, vectors }: SumInLanes, host: string, loop: string): readonly Step[] => {
  const { name } = stage, lane = partsAxis(stage), part = `${name}p`;
  // what is left of the axis in each part: nothing where its parts are as many as its vectors
  const along = Math.ceil(extentOf(axis) / lanes / vectors), left = along > 1 ? [axis.name] : [];
  const summed = [...stage.reduce!.axes.filter((each) => each !== axis).map((each) => each.name), ...left];
  const steps: Step[] = [vectorize(name, lane), computeAt(part, host, loop, 'register')];
  const few = along <= mostWrittenOut ? left : [];
  if (vectors === 1) return [...steps, reorder(part, ...summed, lane), ...unroll(part, ...few), vectorize(part, lane)];
  const vector = partsAxis({ ...stage, axes: [{ ...axis, name: lane }, ...stage.axes] });
  return [
    ...steps, reorder(part, vector, lane), ...unroll(part, vector), vectorize(part, lane),
    computeAt(`${part}p`, host, loop, 'register'), reorder(`${part}p`, ...summed, vector, lane), ...unroll(`${part}p`, ...few, vector), vectorize(`${part}p`, lane),
  ];
};
