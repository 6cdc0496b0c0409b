/**
 * A genetic algorithm, as AutoTVM's GATuner: parents among the best measured, drawn by speed, one cut through the choices,
 * rare mutations. Uses the predictor for legality alone.
 */
import type { Observation, Point, SearchStrategy } from '@loopsmith/contracts';
import { sample, searchMemory } from '@loopsmith/search-moves';
import type { Random } from '@loopsmith/util';

export interface GeneticOptions {
  /** Points drawn at random before the first child, and parents kept. */
  readonly population: number;
  /** Chance of each choice of a child to be drawn anew. */
  readonly mutation: number;
}

export const genetic = (options: Partial<GeneticOptions> = {}): SearchStrategy => ({
  id: 'genetic',
  start: ({ space: { choices }, random }) => {
    const { population, mutation } = { population: 50, mutation: 0.1, ...options };
    const memory = searchMemory(choices);
    const child = (parents: readonly Observation[]): Point => {
      const [mother, father, cut, other] = [bySpeed(parents, random), bySpeed(parents, random), random.below(choices.length), sample(choices, random)];
      return Object.fromEntries(choices.map(({ name }, i) => [name, (random.next() < mutation ? other : i < cut ? mother : father)[name]!]));
    };
    return {
      propose: (count, predict) => {
        const parents = memory.best.slice(0, population);
        const children = parents.length < Math.min(population, 16) ? [] : memory.take(Array.from({ length: 40 * count }, () => child(parents)), count, predict);
        return [...children, ...memory.takeRandom(count - children.length, random, predict)];
      },
      observe: memory.observe,
    };
  },
});

/** One of the parents, with a chance in proportion to its speed. */
const bySpeed = (parents: readonly Observation[], random: Random): Point => {
  let left = random.next() * parents.reduce((sum, { milliseconds }) => sum + 1 / milliseconds!, 0);
  return (parents.find(({ milliseconds }) => (left -= 1 / milliseconds!) <= 0) ?? parents[0]!).point;
};
