/**
 * Evolution under the cost model, as Ansor's sketch search: a population of the best measured and of random points goes through a
 * few generations that are judged by the predictor alone; the best predicted that are new are proposed.
 */
import { pointKey, type Point, type SearchStrategy } from '@loopsmith/contracts';
import { crossover, mutate, sample, searchMemory } from '@loopsmith/search-moves';

const POPULATION = 256, GENERATIONS = 4;
/** Share of the first population that comes from the best measured. */
const MEASURED = 0.2;
/** Chance of a child to be a mutation of one parent, not a mixture of two. */
const MUTATION = 0.85;
/** Share of a batch that is random. */
const EPSILON = 0.05;

export const evolutionary: SearchStrategy = {
  id: 'evolutionary',
  start: ({ space: { choices }, random }) => {
    const memory = searchMemory(choices);
    return {
      propose: (count, predict) => {
        const known = memory.best.slice(0, Math.round(POPULATION * MEASURED)).map(({ point }) => point);
        let living: readonly Point[] = [...known, ...Array.from({ length: POPULATION - known.length }, () => sample(choices, random))];
        const visited = new Map<string, Point>();
        for (let generation = 0; generation <= GENERATIONS; generation++) {
          const costs = predict(living);
          const fit = [...living.keys()].filter((i) => Number.isFinite(costs[i])).sort((i, j) => costs[i]! - costs[j]! || i - j).map((i) => living[i]!);
          fit.forEach((point) => visited.set(pointKey(choices, point), point));
          if (fit.length === 0) break;
          // the square of a uniform number: the fitter, the likelier a parent
          const parent = (): Point => fit[Math.floor(random.next() ** 2 * fit.length)]!;
          living = Array.from({ length: POPULATION }, () => (random.next() < MUTATION ? mutate(choices, parent(), random) : crossover(choices, parent(), parent(), random)));
        }
        const best = memory.takeBest([...visited.values()], Math.ceil(count * (1 - EPSILON)), predict);
        return [...best, ...memory.takeRandom(count - best.length, random, predict)];
      },
      observe: memory.observe,
    };
  },
};
