/**
 * A genetic algorithm, as AutoTVM's GATuner: parents among the best measured, drawn by speed, one cut through the choices,
 * rare mutations. Uses the predictor for legality alone.
 */
import type { Observation, Point, SearchStrategy } from '@loopsmith/contracts';
import { sample, searchMemory } from '@loopsmith/search-moves';
import type { Random } from '@loopsmith/util';

/** Parents kept, and how many there have to be before the first child; what is drawn before comes by chance. */
const POPULATION = 50, LEAST = 16;
/** Chance of each choice of a child to be drawn anew. */
const MUTATION = 0.1;

export const genetic: SearchStrategy = {
  id: 'genetic',
  start: ({ space: { choices }, random }) => {
    const memory = searchMemory(choices);
    const child = (parents: readonly Observation[]): Point => {
      const [mother, father, cut, other] = [bySpeed(parents, random), bySpeed(parents, random), random.below(choices.length), sample(choices, random)];
      return Object.fromEntries(choices.map(({ name }, i) => [name, (random.next() < MUTATION ? other : i < cut ? mother : father)[name]!]));
    };
    return {
      propose: (count, predict) => {
        const parents = memory.best.slice(0, POPULATION);
        const children = parents.length < LEAST ? [] : memory.take(Array.from({ length: 40 * count }, () => child(parents)), count, predict);
        return [...children, ...memory.takeRandom(count - children.length, random, predict)];
      },
      observe: memory.observe,
    };
  },
};

/** One of the parents, with a chance in proportion to its speed. */
const bySpeed = (parents: readonly Observation[], random: Random): Point => {
  let left = random.next() * parents.reduce((sum, { milliseconds }) => sum + 1 / milliseconds!, 0);
  return (parents.find(({ milliseconds }) => (left -= 1 / milliseconds!) <= 0) ?? parents[0]!).point;
};
