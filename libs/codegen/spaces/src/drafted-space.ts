/** A space from choices, a schedule per point and a draft model: drafts are remembered, and the untuned point is the cheapest. Knows no hardware. */
import type { Outcome } from '@loopsmith/util';
import type { Plan, Schedule } from '@loopsmith/ir';
import { applySchedule } from '@loopsmith/lowering';
import { everyPoint, type Choice, type Draft, type Point, type Space, type Task } from '@loopsmith/contracts';

/** Why a point is not worth a plan, and the choices that it asks about: every point that is the same up to the last of these, in the order of the choices, is refused too. */
export interface Refusal { readonly reason: string; readonly by: readonly string[] }
/** A refusal where there is a reason. */
export const refusalBy = (by: readonly string[], reason: string | null): Refusal | null => (reason === null ? null : { reason, by });

/** What a space is made of: its choices and the schedule of each point. */
export interface Offer {
  readonly id: string;
  readonly choices: readonly Choice[];
  /** See `Space`. */
  readonly fallback?: boolean;
  /** What is known before any step is applied. */
  refuses(point: Point): Refusal | null;
  /** Milliseconds that the draft of a point cannot be under, of points that are not refused: the untuned point is then found among few plans. */
  atLeast?(point: Point): number;
  /** The draft of a point that is not refused, where it takes no plan; its features are those of the draft model. */
  draft?(point: Point): Draft | null;
  schedule(point: Point): Outcome<Schedule>;
  /** The plan of that schedule, where the space has it anyhow: drafts then need no steps applied again. */
  plan?(point: Point): Outcome<Plan>;
}

/** The draft model of a kind of hardware. */
export interface Drafting {
  /** Of its drafts; the space adds those of its choices. */
  readonly featureNames: readonly string[];
  draft(plan: Plan, task: Task): Draft;
}

interface ChoiceFeature { readonly name: string; of(point: Point): number }

/** What a point says itself: the base-two logarithm of a number; of a word its place in the list and every number in it. What the plan does not tell apart, a model can. */
const featuresOfChoices = (choices: readonly Choice[]): readonly ChoiceFeature[] =>
  choices.flatMap(({ name, kind, values }): readonly ChoiceFeature[] => {
    const valueIn = (point: Point): number | string => point[name] ?? values[0]!;
    if (kind === 'ordinal') return [{ name: `choice ${name}`, of: (point) => Math.log2(1 + Number(valueIn(point))) }];
    const numbersIn = (value: number | string): readonly number[] => (String(value).match(/\d+/g) ?? []).map((digits) => Math.log2(1 + Number(digits)));
    const places = new Map(values.map((value, place) => [value, { place, numbers: numbersIn(value) }]));
    const most = Math.max(...[...places.values()].map(({ numbers }) => numbers.length));
    return [
      { name: `choice ${name}`, of: (point) => places.get(valueIn(point))?.place ?? -1 },
      ...Array.from({ length: most }, (_, i): ChoiceFeature => ({ name: `choice ${name}, number ${i + 1}`, of: (point) => (places.get(valueIn(point))?.numbers ?? numbersIn(valueIn(point)))[i] ?? 0 })),
    ];
  });

/** A space whose drafts come from the plan of each point's schedule; drafts are kept, since a search asks for the same ones often. */
export const draftedSpace = (task: Task, drafting: Drafting, offer: Offer): Space => {
  const ofChoices = featuresOfChoices(offer.choices), featureNames = [...drafting.featureNames, ...ofChoices.map(({ name }) => name)];
  const noFeatures = new Float64Array(featureNames.length);
  const refusedDraft = (refused: string): Draft => ({ milliseconds: Infinity, refused, features: noFeatures });
  const drafts = new Map<string, Draft>();
  const planOf = offer.plan?.bind(offer) ?? ((point: Point): Outcome<Plan> => {
    const schedule = offer.schedule(point);
    return schedule.ok ? applySchedule(task.definition, task.layouts, schedule.value) : schedule;
  });
  const ofPlan = (point: Point): Draft => {
    const plan = planOf(point);
    return plan.ok ? drafting.draft(plan.value, task) : refusedDraft(plan.failure.message);
  };
  const compute = (point: Point): Draft => {
    const draft = offer.draft?.(point) ?? ofPlan(point);
    if (draft.features === noFeatures) return draft;
    const features = new Float64Array(featureNames.length);
    features.set(draft.features);
    ofChoices.forEach((feature, i) => { features[drafting.featureNames.length + i] = feature.of(point); });
    return { ...draft, features };
  };
  const draftOfOpen = (point: Point): Draft => {
    const key = offer.choices.map(({ name }) => point[name]).join(' ');
    let known = drafts.get(key);
    if (!known) drafts.set(key, known = compute(point));
    return known;
  };
  const draft = (point: Point): Draft => {
    // most points of a space: not kept, since it takes less to refuse one again than to remember it
    const early = offer.refuses(point);
    return early === null ? draftOfOpen(point) : refusedDraft(early.reason);
  };
  let untuned: Point | undefined;
  return {
    id: offer.id, choices: offer.choices, fallback: offer.fallback ?? false, featureNames, draft,
    schedule: (point) => offer.schedule(point),
    open: () => openPoints(offer),
    untuned: () => {
      untuned ??= cheapest(offer, draftOfOpen);
      return untuned;
    },
  };
};

/** The points of an offer that it does not refuse, in the order of `everyPoint`. */
export const openPoints = ({ choices, refuses }: Pick<Offer, 'choices' | 'refuses'>): Generator<Point> => {
  const places = new Map(choices.map(({ name }, place) => [name, place]));
  return everyPoint(choices, (point) => {
    const refusal = refuses(point);
    return refusal && refusal.by.reduce((last, name) => Math.max(last, places.get(name) ?? 0), 0);
  });
};

/** The first of the points whose draft is cheapest; the first of all where none is legal. Asks `draft` of points alone that are not refused. */
const cheapest = (offer: Offer, draft: (point: Point) => Draft): Point => {
  const open: { readonly point: Point; readonly place: number; readonly atLeast: number }[] = [];
  for (const point of openPoints(offer)) open.push({ point, place: open.length, atLeast: offer.atLeast?.(point) ?? 0 });
  let best: { readonly point: Point | null; readonly place: number; readonly milliseconds: number } = { point: null, place: 0, milliseconds: Infinity };
  for (const { point, place, atLeast } of open.sort((a, b) => a.atLeast - b.atLeast || a.place - b.place)) {
    if (atLeast > best.milliseconds) break;
    const { milliseconds, refused } = draft(point);
    if (refused === null && (milliseconds < best.milliseconds || (milliseconds === best.milliseconds && place < best.place))) best = { point, place, milliseconds };
  }
  return best.point ?? everyPoint(offer.choices).next().value as Point;
};

/** Whether any point makes a kernel; drafts no further than the first that does. */
export const hasLegalPoint = (space: Space): boolean => {
  for (const point of everyPoint(space.choices)) if (space.draft(point).refused === null) return true;
  return false;
};
