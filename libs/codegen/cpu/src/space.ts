/** Spaces of a CPU with vector registers, for any task: the register tile where the definition has that shape, else the generic schedule. */
import { draftedSpace, genericSchedule, hasLegalPoint, openPoints, structureOf, type Drafting, type Offer, type Refusal, type SingleReduction, type Structure } from '@loopsmith/codegen-spaces';
import { applySchedule } from '@loopsmith/lowering';
import type { Choice, Point, Space, Task } from '@loopsmith/contracts';
import { contractionChoices, contractionSchedule, placeRefusal, tileRefusal } from './contraction.js';
import { leastOfTile } from './contraction-bound.js';
import { placeOf } from './data-place.js';
import { draftKernels, draftPlan, featureNames } from './draft.js';
import { rowsOfVectors } from './rows-of-vectors.js';
import { sumsRows } from './sums-in-lanes.js';
import { tileOutlines } from './tile-outline.js';
import { withinRows } from './within-rows.js';
import { blockingOf, direct, leastOfWinograd, wholeBlocks, winogradChoices, winogradRefusal, winogradSchedule } from './winograd.js';

/** Raise when the meaning of a point changes: records of another version are then read by their step text alone. */
const versions = { tile: 1, generic: 5 } as const;

const drafting: Drafting = { featureNames, draft: (plan, { target, threads }) => draftPlan(plan, target, threads) };

/** What the schedule of a direct tile whose data has no place of its own has besides numbers. */
const kindOf = (point: Point): string => (placeOf(point) !== 'inline' ? 'placed' : point['outer'] === 'blocks' ? 'blocks' : (point['sums'] ?? 'one') === 'one' ? 'one sum' : 'parts');

/** The register tiles of a single reduction, and Winograd's where the task allows them. */
export const tileOffer = (task: Task, structure: Structure, single: SingleReduction): Offer => {
  const algorithms = task.exact ? [] : winogradChoices(task, structure), ofDirect = contractionChoices(task, structure, single);
  const whole = algorithms.length === 0 ? [] : ofDirect.flatMap(({ name, values }) => (name === 'pixels' ? wholeBlocks(task, structure, values) : []));
  const tile = ofDirect.map((choice) => (choice.name === 'pixels' ? { ...choice, values: [...choice.values, ...whole] } : choice));
  const directRefusal = (point: Point): Refusal | null =>
    whole.includes(Number(point['pixels']))
      ? { reason: `${point['pixels']!} are tiles of a whole block, which direct convolution has none of`, by: ['algorithm', 'pixels'] }
      : placeRefusal(task, structure, single, point);
  const least = leastOfTile(task, structure, single);
  const choices: readonly Choice[] = algorithms.length > 0 ? [{ name: 'algorithm', kind: 'categorical', values: [direct, ...algorithms] }, ...tile] : tile;
  const refuses = (point: Point): Refusal | null => tileRefusal(task, point) ?? (blockingOf(point) ? winogradRefusal(task, tile, point) : directRefusal(point));
  const outlines = tileOutlines(task, structure, single), legal = new Map<string, boolean>();
  /** Whether the schedules of a point's kind are legal: they differ in numbers alone, so the first one's plan says so for all. */
  const isLegal = (point: Point): boolean => {
    const kind = kindOf(point), known = legal.get(kind);
    if (known !== undefined) return known;
    for (const first of openPoints({ choices, refuses })) {
      if (blockingOf(first) || kindOf(first) !== kind) continue;
      const { ok } = applySchedule(task.definition, task.layouts, contractionSchedule(task, structure, single, first));
      legal.set(kind, ok);
      return ok;
    }
    return false;
  };
  return {
    id: `tile ${versions.tile}`, choices, refuses,
    draft: (point) => {
      const kernels = blockingOf(point) ? null : outlines(point);
      return kernels && isLegal(point) ? draftKernels(kernels, task.target, task.threads) : null;
    },
    atLeast: (point) => (blockingOf(point) ? leastOfWinograd(task, point) : least(point)),
    schedule: (point) => ({ ok: true, value: blockingOf(point) ? winogradSchedule(task, structure, point) : contractionSchedule(task, structure, single, point) }),
  };
};

/** The tile space where it has a legal point and something to reuse in a tile, else the generic one, which always has a point. */
export const cpuSpace = (task: Task): Space => {
  const structure = structureOf(task), { single } = structure;
  if (single && !sumsRows(task, structure, single)) {
    const tiles = draftedSpace(task, drafting, tileOffer(task, structure, single));
    if (hasLegalPoint(tiles)) return tiles;
  }
  return draftedSpace(task, drafting, {
    id: `generic ${versions.generic}`, fallback: true, choices: [{ name: 'lanes', kind: 'categorical', values: ['vector', 'scalar'] }], refuses: () => null,
    schedule: ({ lanes }) => genericSchedule(task, structure, rowsOfVectors(task, lanes === 'vector'), lanes === 'vector' ? withinRows(task) : undefined),
  });
};
