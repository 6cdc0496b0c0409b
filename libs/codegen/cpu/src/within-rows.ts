/**
 * Stages that are computed for one row of the output at a time, in registers or in a row of scratch, where all that reads them reads no
 * other row: the statistics of a normalisation, the exponentials of a softmax. What would be computed more often than at root, or would
 * not stay in L2, has no place here.
 */
import { bytesOf, extentOf, pointsOf, readsOf, visitValues, type Plan, type PlannedStage, type Stage } from '@loopsmith/ir';
import { applyStep } from '@loopsmith/lowering';
import { attempt } from '@loopsmith/util';
import type { Task } from '@loopsmith/contracts';
import { cheap, computeAt, gathered, type PlaceWithin } from '@loopsmith/codegen-spaces';
import { sumInLanes } from './sums-in-lanes.js';

export const withinRows = (task: Task): PlaceWithin => (stage, plan) => {
  const { name, reduce, dtype } = stage;
  if (gathered(plan, name) || (reduce && (reduce.accumulate !== dtype || !sumInLanes(task, plan, stage)))) return null;
  for (const host of plan.stages.values()) {
    const row = host.place.kind === 'root' ? rowOf(host) : undefined;
    if (row === undefined) continue;
    const inScratch = computeAt(name, host.stage.name, row, 'scratch'), inRegisters = computeAt(name, host.stage.name, row, 'register');
    const placed = placedBy(plan, inScratch, name);
    if (!placed || repeats(placed, rowsOf(host, row))) continue;
    if (isPoint(placed)) return placedBy(plan, inRegisters, name) ? inRegisters : null;
    if (reduce || (cheap(plan, stage) && !computedAnew(plan, stage))) return null;
    const bytes = placed.region.reduce((total, { extent }) => total * extent, bytesOf[dtype]), { l1, l2 } = task.target.caches;
    return bytes <= l1 / 2 || (bytes <= l2 / 2 && rowsOf(host, row) >= task.threads) ? inScratch : null;
  }
  return null;
};

/** Whether a stage computes one value where it stands. */
export const isPoint = ({ place, region }: PlannedStage): boolean => place.kind === 'at' && region.every(({ extent }) => extent === 1);

/** The loop around those along the elements that lie together, as `rowsOfVectors` names them; where rows read each other, that of a column of vectors. */
const rowOf = ({ loops }: PlannedStage): string | undefined => {
  if (loops.some(({ name }) => name === 'co')) return 'co';
  const along = loops.findIndex(({ name }) => name === 'lo' || name === 'ro');
  return loops[(along < 0 ? loops.length : along) - 1]?.name;
};

const rowsOf = ({ loops }: PlannedStage, row: string): number =>
  loops.slice(0, loops.findIndex(({ name }) => name === row) + 1).reduce((rows, { variable }) => rows * extentOf(variable), 1);

const placedBy = (plan: Plan, step: Parameters<typeof applyStep>[1], name: string): PlannedStage | undefined => {
  const placed = attempt(() => applyStep(plan, step));
  return placed.ok ? placed.value.stages.get(name) : undefined;
};

/** Whether a formula would be computed again and again where it is read: by stages that have more points. */
const computedAnew = (plan: Plan, stage: Stage): boolean => {
  let computes = false;
  visitValues(stage.value, ({ kind }) => { computes ||= kind === 'binary' || kind === 'unary' || kind === 'choose'; });
  return computes && [...plan.stages.values()].some(({ stage: reader, place }) =>
    place.kind !== 'inlined' && readsOf(reader.value).has(stage.name) && pointsOf(reader.axes) > pointsOf(stage.axes));
};

/** Whether some point would be computed more than once. */
const repeats = ({ stage, region }: PlannedStage, rows: number): boolean =>
  region.reduce((points, { extent }, i) => points * Math.min(extent, extentOf(stage.axes[i]!)), rows) > stage.axes.reduce((points, axis) => points * extentOf(axis), 1);
