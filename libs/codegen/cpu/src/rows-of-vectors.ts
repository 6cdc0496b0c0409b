/** How the generic schedule of CPUs shapes a stage: rows of vectors where every access allows them, sums in registers. */
import { extentOf, type LoopVariable, type Step } from '@loopsmith/ir';
import { mostMergedStep } from '@loopsmith/lowering';
import type { Task } from '@loopsmith/contracts';
import { cacheWrite, computeAt, laneAxis, lanesIn, parallel, reorder, split, unroll, vectorize, type KernelShape } from '@loopsmith/codegen-spaces';
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
  const usable = lane !== undefined && (together || (!summed && areLanes(lane, mostMergedStep)));
  const inLanes = usable ? undefined : summed;
  const several = stage.reduce && !usable && !inLanes ? stage.axes.findLast((axis) => extentOf(axis) >= SUMS) : undefined;
  const order = stage.axes.filter((axis) => (!usable || axis !== lane) && axis !== several).map((axis) => axis.name);
  const cache = `${name}s`;
  const steps: Step[] = [];
  if (stage.reduce) steps.push(cacheWrite(name, cache));
  const vectors = usable && stage.reduce && place.kind === 'root' ? vectorsOfSum(lane, lanes) : 1;
  if (usable && vectors === 1) steps.push(split(name, lane.name, lanes, ['lo', 'li']), reorder(name, ...order, 'lo', 'li'), vectorize(name, 'li'));
  if (usable && vectors > 1)
    steps.push(
      split(name, lane.name, vectors * lanes, ['lo', 'lx']), split(name, 'lx', lanes, ['lv', 'li']),
      reorder(name, ...order, 'lo', 'lv', 'li'), ...unroll(name, 'lv'), vectorize(name, 'li'),
    );
  if (several) steps.push(split(name, several.name, SUMS, ['ro', 'ri']), reorder(name, ...order, 'ro', 'ri'), ...unroll(name, 'ri'));
  const outer = usable ? [...order, 'lo'] : several ? [...order, 'ro'] : order;
  const shared = stage.axes.find((axis) => extentOf(axis) > 1 && axis !== (usable ? lane : several))?.name;
  if (place.kind === 'root') steps.push(parallel(name, shared ?? outer[0]!));
  if (stage.reduce) {
    const ofSum = { ...stage, name: cache }, loop = outer.at(-1)!;
    if (inLanes) steps.push(...splitInLanes(ofSum, inLanes));
    steps.push(computeAt(cache, name, loop, 'register'));
    const reduced = stage.reduce.axes.map((axis) => axis.name);
    if (inLanes) steps.push(...partsInLanes(ofSum, inLanes, name, loop));
    if (usable && vectors === 1) steps.push(reorder(cache, ...reduced, lane.name), vectorize(cache, lane.name));
    if (usable && vectors > 1) steps.push(split(cache, lane.name, lanes, ['lv', 'li']), reorder(cache, ...reduced, 'lv', 'li'), ...unroll(cache, 'lv'), vectorize(cache, 'li'));
    if (several) steps.push(reorder(cache, ...reduced, several.name), ...unroll(cache, several.name));
  }
  return steps;
};

/** Vectors of results that a sum makes at once, as many as leave a tenth of them idle at most: one alone would wait for its last term. */
const vectorsOfSum = (lane: LoopVariable, lanes: number): number => {
  const all = Math.ceil(extentOf(lane) / lanes);
  let vectors = Math.min(SUMS, Math.floor(extentOf(lane) / lanes));
  while (Math.ceil(all / vectors) * vectors > 1.1 * all) vectors--;
  return vectors;
};
