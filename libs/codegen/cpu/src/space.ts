/** Spaces of a CPU with vector registers, for any task: the register tile where the definition has that shape, else the generic schedule. */
import type { Outcome } from '@loopsmith/util';
import type { Schedule } from '@loopsmith/ir';
import { applySchedule } from '@loopsmith/lowering';
import type { Choice, Draft, Point, Space, Task } from '@loopsmith/contracts';
import { contractionChoices, contractionSchedule, tileRefusal } from './contraction.js';
import { draftPlan, featureNames } from './draft.js';
import { genericSchedule } from './generic.js';
import { structureOf } from './structure.js';
import { blockingOf, winogradChoices, winogradRefusal, winogradSchedule } from './winograd.js';

/** Raise when the meaning of a point changes: records of another version are then read by their step text alone. */
const version = 1;

/** The tile space where it has a legal point, else the generic one, which always has. */
export const cpuSpace = (task: Task): Space => {
  const structure = structureOf(task);
  const { single } = structure;
  if (single) {
    const algorithms = task.exact ? [] : winogradChoices(task, structure), tile = contractionChoices(task, structure, single);
    const tiles = drafted(task, {
      id: `tile ${version}`,
      choices: algorithms.length > 0 ? [{ name: 'algorithm', kind: 'categorical', values: ['direct', ...algorithms] }, ...tile] : tile,
      refuses: (point) => tileRefusal(task, point) ?? winogradRefusal(task, tile, point),
      schedule: (point) => ({ ok: true, value: blockingOf(point) ? winogradSchedule(task, structure, point) : contractionSchedule(task, structure, single, point) }),
    });
    if (tiles.draft(tiles.untuned()).refused === null) return tiles;
  }
  return drafted(task, {
    id: `generic ${version}`, fallback: true, choices: [{ name: 'lanes', kind: 'categorical', values: ['vector', 'scalar'] }], refuses: () => null,
    schedule: (point) => genericSchedule(task, structure, point['lanes'] === 'vector'),
  });
};

interface Offer {
  readonly id: string;
  readonly choices: readonly Choice[];
  readonly fallback?: boolean;
  /** A reason that is known before any step is applied. */
  refuses(point: Point): string | null;
  schedule(point: Point): Outcome<Schedule>;
}

/** Of the draft, then one or more per choice, see `choiceFeatures`. */
const refusedDraft = (refused: string, choices: readonly Choice[]): Draft => ({ milliseconds: Infinity, refused, features: new Float64Array(featureNames.length + featuresOfChoices(choices, {}).length) });

/** What a point says itself: the base-two logarithm of a number; of a word its place in the list and every number in it. What the plan does not tell apart, a model can. */
const featuresOfChoices = (choices: readonly Choice[], point: Point): readonly number[] =>
  choices.flatMap(({ name, kind, values }) => {
    const value = point[name] ?? values[0]!;
    if (kind === 'ordinal') return [Math.log2(1 + Number(value))];
    const numbersIn = (one: number | string): readonly number[] => (String(one).match(/\d+/g) ?? []).map((digits) => Math.log2(1 + Number(digits)));
    const most = Math.max(...values.map((one) => numbersIn(one).length));
    return [values.indexOf(value), ...Array.from({ length: most }, (_, i) => numbersIn(value)[i] ?? 0)];
  });

/** A space whose drafts come from the plan of each point's schedule; drafts are kept, since a search asks for the same ones often. */
const drafted = (task: Task, offer: Offer): Space => {
  const drafts = new Map<string, Draft>();
  const compute = (point: Point): Draft => {
    const early = offer.refuses(point);
    if (early !== null) return refusedDraft(early, offer.choices);
    const schedule = offer.schedule(point);
    if (!schedule.ok) return refusedDraft(schedule.failure.message, offer.choices);
    const plan = applySchedule(task.definition, task.layouts, schedule.value);
    if (!plan.ok) return refusedDraft(plan.failure.message, offer.choices);
    const draft = draftPlan(plan.value, task.target, task.threads);
    return { ...draft, features: Float64Array.from([...draft.features, ...featuresOfChoices(offer.choices, point)]) };
  };
  const draft = (point: Point): Draft => {
    const key = offer.choices.map(({ name }) => point[name]).join(' ');
    let known = drafts.get(key);
    if (!known) drafts.set(key, known = compute(point));
    return known;
  };
  let untuned: Point | undefined;
  return {
    id: offer.id, choices: offer.choices, fallback: offer.fallback ?? false, featureNames, draft,
    schedule: (point) => offer.schedule(point),
    untuned: () => {
      if (untuned) return untuned;
      let least = Infinity;
      for (const point of allPoints(offer.choices)) {
        const { milliseconds, refused } = draft(point);
        if (untuned === undefined || (refused === null && milliseconds < least)) { untuned = point; if (refused === null) least = milliseconds; }
      }
      return untuned!;
    },
  };
};

/** Every point, the last choice fastest. */
export function* allPoints(choices: readonly Choice[], at = 0, chosen: Point = {}): Generator<Point> {
  const choice = choices[at];
  if (!choice) { yield chosen; return; }
  for (const value of choice.values) yield* allPoints(choices, at + 1, { ...chosen, [choice.name]: value });
}
