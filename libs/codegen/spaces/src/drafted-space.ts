/** A space from choices, a schedule per point and a draft model: drafts are remembered, and the untuned point is the cheapest. Knows no hardware. */
import type { Outcome } from '@loopsmith/util';
import type { Plan, Schedule } from '@loopsmith/ir';
import { applySchedule } from '@loopsmith/lowering';
import type { Choice, Draft, Point, Space, Task } from '@loopsmith/contracts';

/** What a space is made of: its choices and the schedule of each point. */
export interface Offer {
  readonly id: string;
  readonly choices: readonly Choice[];
  /** A reason that is known before any step is applied. */
  refuses(point: Point): string | null;
  schedule(point: Point): Outcome<Schedule>;
}

/** The draft model of a kind of hardware. */
export interface Drafting {
  readonly featureNames: readonly string[];
  draft(plan: Plan, task: Task): Draft;
}

/** A space whose drafts come from the plan of each point's schedule; drafts are kept, since a search asks for the same ones often. */
export const draftedSpace = (task: Task, drafting: Drafting, offer: Offer): Space => {
  const refusedDraft = (refused: string): Draft => ({ milliseconds: Infinity, refused, features: new Float64Array(drafting.featureNames.length) });
  const drafts = new Map<string, Draft>();
  const compute = (point: Point): Draft => {
    const early = offer.refuses(point);
    if (early !== null) return refusedDraft(early);
    const schedule = offer.schedule(point);
    if (!schedule.ok) return refusedDraft(schedule.failure.message);
    const plan = applySchedule(task.definition, task.layouts, schedule.value);
    return plan.ok ? drafting.draft(plan.value, task) : refusedDraft(plan.failure.message);
  };
  const draft = (point: Point): Draft => {
    const key = offer.choices.map(({ name }) => point[name]).join(' ');
    let known = drafts.get(key);
    if (!known) drafts.set(key, known = compute(point));
    return known;
  };
  let untuned: Point | undefined;
  return {
    id: offer.id, choices: offer.choices, draft,
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
