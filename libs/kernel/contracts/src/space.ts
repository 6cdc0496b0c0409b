/** Space: what a hardware plugin offers for a task. Strategies see the choices and the drafts, never the steps or the device. */
import type { Schedule } from '@loopsmith/ir';
import type { Outcome } from '@loopsmith/util';

export interface Choice { readonly name: string; readonly kind: 'ordinal' | 'categorical'; readonly values: readonly (number | string)[] }
/** One value per choice. */
export type Point = Readonly<Record<string, number | string>>;

/** One text per point, whatever the order of its properties. */
export const pointKey = (choices: readonly Choice[], point: Point): string => {
  // searches ask for it more often than for anything else: no list in between
  let key = '';
  for (const { name } of choices) key += key === '' ? String(point[name]) : `|${point[name]}`;
  return key;
};

/**
 * Every point of some choices, the last choice fastest. Lazy: a space may have millions. Where given, `refusedAt` leaves points out: it says the place of the
 * last choice that refuses a point, and no other point that is the same up to that choice is made; null of points that stay.
 */
export function* everyPoint(choices: readonly Choice[], refusedAt?: (point: Point) => number | null): Generator<Point> {
  if (choices.some(({ values }) => values.length === 0)) return;
  const places = choices.map(() => 0);
  let point: Point = Object.fromEntries(choices.map(({ name, values }) => [name, values[0]!]));
  for (;;) {
    const refused = refusedAt?.(point) ?? null;
    if (refused === null) yield point;
    let at = refused ?? choices.length - 1;
    while (at >= 0 && places[at] === choices[at]!.values.length - 1) at--;
    if (at < 0) return;
    // counts up: the copy of a whole point takes less than building one name by name
    const next: Record<string, number | string> = { ...point };
    places[at]!++;
    places.fill(0, at + 1);
    for (let i = at; i < places.length; i++) next[choices[i]!.name] = choices[i]!.values[places[i]!]!;
    point = next;
  }
}

export interface Space {
  /** Name and version; a record's point is read only by the same one: `convolution 1`. */
  readonly id: string;
  readonly choices: readonly Choice[];
  /** Set where this is the schedule that every definition gets, because no better one is known for its shape. */
  readonly fallback?: boolean;
  /** Names of the features of its drafts, in their order; absent where they have none. */
  readonly featureNames?: readonly string[];
  /** Pure. A point that makes no legal schedule is an ordinary Failure. */
  schedule(point: Point): Outcome<Schedule>;
  /** Pure; from the Plan alone. A point that makes no legal schedule has a refused draft. */
  draft(point: Point): Draft;
  /** Pure, lazy. Points in the order of `everyPoint`, all legal ones among them; what a space refuses many at a time is left out. Absent where that is nothing. */
  open?(): Iterable<Point>;
  /** Pure. The legal point of the cheapest draft: what is compiled when nothing was measured, and the baseline of every search. */
  untuned(): Point;
}

/** What the analytical model says before anything is built. */
export interface Draft {
  readonly milliseconds: number;
  /** Why building it is pointless (`41 live registers of 16`), or null. */
  readonly refused: string | null;
  /** Named by the space's `featureNames`; the same length for every point of a space. */
  readonly features: Float64Array;
}
