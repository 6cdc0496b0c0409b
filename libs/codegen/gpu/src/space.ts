/** Spaces of a GPU, for any task: the tile where the definition has that shape, else the generic schedule, which always is legal. */
import { draftedSpace, genericSchedule, refusalBy, structureOf, type Drafting } from '@loopsmith/codegen-spaces';
import type { Point, Space, Task } from '@loopsmith/contracts';
import { initialPlan } from '@loopsmith/lowering';
import { succeed, type Outcome } from '@loopsmith/util';
import { tileAxes } from './axes.js';
import { draftGpuPlan, gpuFeatureNames } from './draft.js';
import { shapingFrom, type Shaped } from './shaping.js';
import { threadPerElement } from './thread-per-element.js';
import { tileChoices, tileRefusal, tileSchedule } from './tile.js';
import { gpuOf, lowerForGpu } from './lower.js';
import { togetherChoices } from './wide.js';

/** Raise when the meaning of a point changes: records of another version are then read by their step text alone. */
const version = 4;

const drafting: Drafting = { featureNames: gpuFeatureNames, draft: (plan, { target }) => draftGpuPlan(plan, target) };

export const gpuSpace = (task: Task): Space => {
  const structure = structureOf(task);
  const { single } = structure;
  if (single) {
    const axes = tileAxes(task, single, structure.output, structure.compileTime);
    const begin = shapingFrom(initialPlan(task.definition, task.layouts));
    const shaped = (point: Point): Outcome<Shaped> => tileSchedule(begin, task, structure, single, axes, point);
    const tiles = draftedSpace(task, drafting, {
      id: `gpu tile ${version}`, choices: tileChoices(task, single, axes),
      refuses: (point) => refusalBy(['block', 'outputs', 'pixels'], tileRefusal(task, axes, point)),
      schedule: (point) => { const made = shaped(point); return made.ok ? succeed(made.value.schedule) : made; },
      plan: (point) => { const made = shaped(point); return made.ok ? succeed(made.value.plan) : made; },
    });
    const untuned = descend(task, tiles);
    if (untuned !== null) return { ...tiles, untuned: () => untuned };
  }
  return draftedSpace(task, drafting, {
    id: `gpu generic ${version}`, fallback: true, choices: [
      { name: 'threads', kind: 'ordinal', values: [32, 64, 128, 256].filter((threads) => threads <= gpuOf(task.target).threadsPerBlock) },
      { name: 'together', kind: 'ordinal', values: togetherChoices(task) }], refuses: () => null,
    schedule: (point) => genericSchedule(task, structure, threadPerElement(Number(point['threads']), Number(point['together']))),
  });
};

/**
 * A point whose draft no change of one choice makes cheaper, found from the first values of all: a space has thousands of points,
 * and each draft applies a schedule. What it makes can be built, or it is null.
 */
const descend = (task: Task, { choices, draft, schedule }: Space): Point | null => {
  let best: Point | null = null, least = Infinity;
  // one thread to a point and nothing staged is legal wherever a tile is
  let from: Point = Object.fromEntries(choices.map(({ name, values }) => [name, values[0]!]));
  for (let improved = true; improved;) {
    improved = false;
    for (const { name, values } of choices) {
      for (const value of values) {
        const point: Point = { ...from, [name]: value }, { milliseconds, refused } = draft(point);
        if (refused !== null || milliseconds >= least) continue;
        best = point;
        least = milliseconds;
        improved = true;
      }
      if (best !== null) from = best;
    }
  }
  const steps = best && schedule(best);
  return steps?.ok && lowerForGpu(task, steps.value).ok ? best : null;
};
