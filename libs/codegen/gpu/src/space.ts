/** Spaces of a GPU, for any task: the tile where the definition has that shape, else the generic schedule, which always is legal. */
import { draftedSpace, structureOf, type Drafting } from '@loopsmith/codegen-spaces';
import type { Space, Task } from '@loopsmith/contracts';
import { tileAxes } from './axes.js';
import { draftGpuPlan, gpuFeatureNames } from './draft.js';
import { genericSchedule } from './generic.js';
import { tileChoices, tileRefusal, tileSchedule } from './tile.js';
import { gpuOf } from './lower.js';

/** Raise when the meaning of a point changes: records of another version are then read by their step text alone. */
const version = 1;

const drafting: Drafting = { featureNames: gpuFeatureNames, draft: (plan, { target }) => draftGpuPlan(plan, target) };

export const gpuSpace = (task: Task): Space => {
  const structure = structureOf(task);
  const { single } = structure;
  if (single) {
    const axes = tileAxes(task, single, structure.output, structure.compileTime);
    const tiles = draftedSpace(task, drafting, {
      id: `gpu tile ${version}`, choices: tileChoices(task, single, axes),
      refuses: (point) => tileRefusal(task, axes, point),
      schedule: (point) => tileSchedule(task, structure, single, axes, point),
    });
    if (tiles.draft(tiles.untuned()).refused === null) return tiles;
  }
  return draftedSpace(task, drafting, {
    id: `gpu generic ${version}`, choices: [{ name: 'threads', kind: 'ordinal', values: [32, 64, 128, 256].filter((threads) => threads <= gpuOf(task.target).threadsPerBlock) }], refuses: () => null,
    schedule: (point) => genericSchedule(task, structure, Number(point['threads'])),
  });
};
