/** How the generic schedule of CPUs shapes a stage: rows of vectors where every access allows them, sums in registers. */
import { extentOf, loadsOf, onlyVariable, variablesOf, type LoopVariable, type Plan, type PlannedStage, type Stage, type Step } from '@loopsmith/ir';
import { mostMergedStep } from '@loopsmith/lowering';
import type { Task } from '@loopsmith/contracts';
import { cacheWrite, computeAt, functionsIn, laneAxis, lanesIn, parallel, reorder, split, unroll, vectorize, type KernelShape } from '@loopsmith/codegen-spaces';
import { lanesAlong } from './neighbours.js';
import { partsInLanes, splitInLanes, sumInLanes, SUMS } from './sums-in-lanes.js';
import { turnedTile } from './turned-tiles.js';
import { wholeSum } from './whole-sums.js';
import { isPoint } from './within-rows.js';

/** `vector: false` leaves every loop scalar. */
export const rowsOfVectors = (task: Task, vector: boolean): KernelShape => (planned, plan) => {
  const { stage, layout, place } = planned, { name } = stage;
  const whole = wholeSum(task, planned, plan, rowsOfVectors(task, vector));
  if (whole) return whole;
  const summed = vector ? sumInLanes(task, plan, stage) : undefined;
  if (place.kind === 'at' && isPoint(planned)) return summed ? [...splitInLanes(stage, summed), ...partsInLanes(stage, summed, place.consumer, place.loop)] : [];
  // a scalar that is no long sum is computed in memory
  if (stage.axes.length === 0) return [];
  const lanes = lanesIn(task, stage.dtype, layout);
  const lane = laneAxis(stage, layout);
  const areLanes = (axis: LoopVariable, apart: number): boolean => vector && lanes > 1 && extentOf(axis) >= lanes && lanesAlong(plan, stage, axis, lanes, apart) !== null;
  const together = lane !== undefined && areLanes(lane, 1);
  const turned = vector && lane !== undefined && !together ? turnedTile(plan, stage, lane, lanes) : undefined;
  if (turned) {
    const shared = stage.axes.find((axis) => extentOf(axis) > 1 && turned.outer.includes(axis.name))?.name ?? turned.outer.find((loop) => loop === 'to')!;
    return [...turned.steps, ...(place.kind === 'root' ? [parallel(name, shared)] : [])];
  }
  const along = lane !== undefined && (together || (!summed && areLanes(lane, mostMergedStep))) ? lane : vector && lanes > 1 ? lanesPutTogether(planned, lane, lanes) : undefined;
  const inLanes = along ? undefined : summed;
  const several = stage.reduce && !along && !inLanes ? stage.axes.findLast((axis) => extentOf(axis) >= SUMS) : undefined;
  const order = stage.axes.filter((axis) => axis !== along && axis !== several).map((axis) => axis.name);
  const cache = `${name}s`;
  const steps: Step[] = [];
  if (stage.reduce) steps.push(cacheWrite(name, cache));
  const vectors = along && stage.reduce && place.kind === 'root' ? vectorsOfSum(along, lanes) : 1;
  const columns = along && !stage.reduce && place.kind === 'root' ? readAcross(plan, stage, along) : [];
  if (along && columns.length > 0) {
    const others = order.filter((axis) => !columns.includes(axis)), shared = stage.axes.find((axis) => extentOf(axis) > 1 && others.includes(axis.name))?.name;
    return [split(name, along.name, lanes, ['co', 'li']), reorder(name, ...others, 'co', ...columns, 'li'), vectorize(name, 'li'), parallel(name, shared ?? 'co')];
  }
  if (along && vectors === 1) steps.push(split(name, along.name, lanes, ['lo', 'li']), reorder(name, ...order, 'lo', 'li'), vectorize(name, 'li'));
  if (along && vectors > 1)
    steps.push(
      split(name, along.name, vectors * lanes, ['lo', 'lx']), split(name, 'lx', lanes, ['lv', 'li']),
      reorder(name, ...order, 'lo', 'lv', 'li'), ...unroll(name, 'lv'), vectorize(name, 'li'),
    );
  if (several) steps.push(split(name, several.name, SUMS, ['ro', 'ri']), reorder(name, ...order, 'ro', 'ri'), ...unroll(name, 'ri'));
  const outer = along ? [...order, 'lo'] : several ? [...order, 'ro'] : order;
  const shared = stage.axes.find((axis) => extentOf(axis) > 1 && axis !== (along ?? several))?.name;
  if (place.kind === 'root') steps.push(parallel(name, shared ?? outer[0]!));
  if (stage.reduce) {
    const ofSum = { ...stage, name: cache }, loop = outer.at(-1)!;
    if (inLanes) steps.push(...splitInLanes(ofSum, inLanes));
    steps.push(computeAt(cache, name, loop, 'register'));
    const reduced = stage.reduce.axes.map((axis) => axis.name);
    if (inLanes) steps.push(...partsInLanes(ofSum, inLanes, name, loop));
    if (along && vectors === 1) steps.push(reorder(cache, ...reduced, along.name), vectorize(cache, along.name));
    if (along && vectors > 1) steps.push(split(cache, along.name, lanes, ['lv', 'li']), reorder(cache, ...reduced, 'lv', 'li'), ...unroll(cache, 'lv'), vectorize(cache, 'li'));
    if (several) steps.push(reorder(cache, ...reduced, several.name), ...unroll(cache, several.name));
  }
  return steps;
};

/** Axes besides the lanes' along which a stage reads other points of another one than its own: whole columns of vectors then need no other column. */
const readAcross = (plan: Plan, { axes, value }: Stage, lane: LoopVariable): readonly string[] => {
  const found = new Set<string>();
  for (const { tensor, at } of loadsOf(value))
    if (plan.stages.has(tensor)) at.forEach((index) => { if (onlyVariable(index) === undefined) for (const name of variablesOf(index)) found.add(name); });
  return found.has(lane.name) ? [] : axes.map(({ name }) => name).filter((name) => found.has(name));
};

/**
 * The axis that a costly formula is computed along in lanes though what it reads lies apart: a function of a vector takes as long as that of one element, so operands
 * are put together one by one. The axis that is stored in lanes, where it is as long as a vector, else the innermost that is.
 */
const lanesPutTogether = ({ stage: { axes, reduce, value }, place, region }: PlannedStage, lane: LoopVariable | undefined, lanes: number): LoopVariable | undefined => {
  if (reduce || functionsIn(value) === 0) return undefined;
  const long = axes.filter((axis, i) => (place.kind === 'at' ? region[i]!.extent : extentOf(axis)) >= lanes);
  return lane && long.includes(lane) ? lane : long.at(-1);
};

/** Vectors of results that a sum makes at once, as many as leave a tenth of them idle at most: one alone would wait for its last term. */
const vectorsOfSum = (lane: LoopVariable, lanes: number): number => {
  const all = Math.ceil(extentOf(lane) / lanes);
  let vectors = Math.min(SUMS, Math.floor(extentOf(lane) / lanes));
  while (Math.ceil(all / vectors) * vectors > 1.1 * all) vectors--;
  return vectors;
};
