/** Points of a space and the small steps between them, generic over its choices. Judges no point: legality is the predictor's. */
import type { Choice, Point } from '@loopsmith/contracts';
import type { Random } from '@loopsmith/util';

/** How many points the choices span, legal or not. */
export const pointCount = (choices: readonly Choice[]): number => choices.reduce((product, { values }) => product * values.length, 1);

/** A uniform point. */
export const sample = (choices: readonly Choice[], random: Random): Point => {
  const point: Record<string, number | string> = {};
  for (const { name, values } of choices) point[name] = random.pick(values);
  return point;
};

/** Every point one move away: an ordinal choice one place up or down, a categorical choice changed. */
export const neighbours = (choices: readonly Choice[], point: Point): readonly Point[] =>
  choices.flatMap((choice) => movesOf(choice, point).map((value): Point => ({ ...point, [choice.name]: value })));

const movesOf = ({ name, kind, values }: Choice, point: Point): readonly (number | string)[] => {
  const at = values.indexOf(point[name]!);
  return values.filter((_, i) => (kind === 'ordinal' ? Math.abs(i - at) === 1 : i !== at));
};

/** One of `neighbours`, uniformly, without making the others; the point itself where there are none. */
export const randomNeighbour = (choices: readonly Choice[], point: Point, random: Random): Point => {
  const counts = choices.map((choice) => movesOf(choice, point).length), total = counts.reduce((a, b) => a + b, 0);
  if (total === 0) return point;
  let at = random.below(total), choice = 0;
  while (at >= counts[choice]!) at -= counts[choice++]!;
  return { ...point, [choices[choice]!.name]: movesOf(choices[choice]!, point)[at]! };
};

/** A child that takes each choice from one of its parents. */
export const crossover = (choices: readonly Choice[], mother: Point, father: Point, random: Random): Point =>
  Object.fromEntries(choices.map(({ name }) => [name, (random.below(2) === 0 ? mother : father)[name]!]));

/** The point with one choice changed to another of its values; the point itself where every choice has one value. */
export const mutate = (choices: readonly Choice[], point: Point, random: Random): Point => {
  const open = choices.filter(({ values }) => values.length > 1);
  if (open.length === 0) return point;
  const { name, values } = random.pick(open);
  return { ...point, [name]: random.pick(values.filter((value) => value !== point[name])) };
};
