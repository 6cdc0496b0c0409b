/**
 * Evolution under the cost model, as Ansor's sketch search: a population of the best measured and of random points goes through a
 * few generations that are judged by the predictor alone; the best predicted that are new are proposed.
 */
import { pointKey, type Point, type SearchStrategy } from '@loopsmith/contracts';
import { crossover, mutate, sample, searchMemory } from '@loopsmith/search-moves';

export interface EvolutionaryOptions {
  readonly population: number;
  readonly generations: number;
  /** Share of the first population that comes from the best measured. */
  readonly measured: number;
  /** Chance of a child to be a mutation of one parent, not a mixture of two. */
  readonly mutation: number;
  /** Share of a batch that is random. */
  readonly epsilon: number;
}
const defaults: EvolutionaryOptions = { population: 256, generations: 4, measured: 0.2, mutation: 0.85, epsilon: 0.05 };

export const evolutionary = (options: Partial<EvolutionaryOptions> = {}): SearchStrategy => ({
  id: 'evolutionary',
  start: ({ space: { choices }, random }) => {
    const { population, generations, measured, mutation, epsilon } = { ...defaults, ...options };
    const memory = searchMemory(choices);
    return {
      propose: (count, predict) => {
        const known = memory.best.slice(0, Math.round(population * measured)).map(({ point }) => point);
        let living: readonly Point[] = [...known, ...Array.from({ length: population - known.length }, () => sample(choices, random))];
        const visited = new Map<string, Point>();
        for (let generation = 0; generation <= generations; generation++) {
          const costs = predict(living);
          const fit = [...living.keys()].filter((i) => Number.isFinite(costs[i])).sort((i, j) => costs[i]! - costs[j]! || i - j).map((i) => living[i]!);
          fit.forEach((point) => visited.set(pointKey(choices, point), point));
          if (fit.length === 0) break;
          // the square of a uniform number: the fitter, the likelier a parent
          const parent = (): Point => fit[Math.floor(random.next() ** 2 * fit.length)]!;
          living = Array.from({ length: population }, () => (random.next() < mutation ? mutate(choices, parent(), random) : crossover(choices, parent(), parent(), random)));
        }
        const best = memory.takeBest([...visited.values()], Math.ceil(count * (1 - epsilon)), predict);
        return [...best, ...memory.takeRandom(count - best.length, random, predict)];
      },
      observe: memory.observe,
    };
  },
});
