/** Spaces of a CPU with vector registers, for any task: the register tile where the definition has that shape, else the generic schedule. */
import { draftedSpace, genericSchedule, hasLegalPoint, structureOf, type Drafting } from '@loopsmith/codegen-spaces';
import type { Point, Space, Task } from '@loopsmith/contracts';
import { contractionChoices, contractionSchedule, placeRefusal, tileRefusal } from './contraction.js';
import { leastOfTile } from './contraction-bound.js';
import { draftPlan, featureNames } from './draft.js';
import { rowsOfVectors } from './rows-of-vectors.js';
import { sumsRows } from './sums-in-lanes.js';
import { withinRows } from './within-rows.js';
import { blockingOf, leastOfWinograd, wholeBlocks, winogradChoices, winogradRefusal, winogradSchedule } from './winograd.js';

/** Raise when the meaning of a point changes: records of another version are then read by their step text alone. */
const versions = { tile: 1, generic: 3 } as const;

const drafting: Drafting = { featureNames, draft: (plan, { target, threads }) => draftPlan(plan, target, threads) };

/** The tile space where it has a legal point and something to reuse in a tile, else the generic one, which always has a point. */
export const cpuSpace = (task: Task): Space => {
  const structure = structureOf(task);
  const { single } = structure;
  if (single && !sumsRows(task, structure, single)) {
    const algorithms = task.exact ? [] : winogradChoices(task, structure), direct = contractionChoices(task, structure, single);
    const whole = algorithms.length === 0 ? [] : direct.flatMap(({ name, values }) => (name === 'pixels' ? wholeBlocks(task, structure, values) : []));
    const tile = direct.map((choice) => (choice.name === 'pixels' ? { ...choice, values: [...choice.values, ...whole] } : choice));
    const directRefusal = (point: Point): string | null =>
      whole.includes(Number(point['pixels'])) ? `${point['pixels']!} are tiles of a whole block, which direct convolution has none of` : placeRefusal(task, structure, single, point);
    const least = leastOfTile(task, structure, single);
    const tiles = draftedSpace(task, drafting, {
      id: `tile ${versions.tile}`,
      choices: algorithms.length > 0 ? [{ name: 'algorithm', kind: 'categorical', values: ['direct', ...algorithms] }, ...tile] : tile,
      refuses: (point) => tileRefusal(task, point) ?? (blockingOf(point) ? winogradRefusal(task, tile, point) : directRefusal(point)),
      atLeast: (point) => (blockingOf(point) ? leastOfWinograd(task, point) : least(point)),
      schedule: (point) => ({ ok: true, value: blockingOf(point) ? winogradSchedule(task, structure, point) : contractionSchedule(task, structure, single, point) }),
    });
    if (hasLegalPoint(tiles)) return tiles;
  }
  return draftedSpace(task, drafting, {
    id: `generic ${versions.generic}`, fallback: true, choices: [{ name: 'lanes', kind: 'categorical', values: ['vector', 'scalar'] }], refuses: () => null,
    schedule: ({ lanes }) => genericSchedule(task, structure, rowsOfVectors(task, lanes === 'vector'), lanes === 'vector' ? withinRows(task) : undefined),
  });
};
