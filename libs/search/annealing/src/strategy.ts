/**
 * Simulated annealing over the predicted cost, as AutoTVM's tuner had it: parallel chains that start from the best measured
 * points, a share of random points in every batch, no point twice. Knows the model only as a function of points.
 */
import { pointKey, type Point, type Predictor, type SearchStrategy } from '@loopsmith/contracts';
import { neighbours, randomNeighbour, sample, searchMemory } from '@loopsmith/search-moves';

interface Settings {
  readonly chains: number;
  readonly steps: number;
  /** Of log(predicted cost) at the first step; falls to zero in a straight line. */
  readonly temperature: number;
  /** Share of a batch that is random: what the model is blind to is found only so. */
  readonly epsilon: number;
  /** Share of a batch that comes from next to the best measured points, best predicted first: the model may rank them wrongly. */
  readonly local: number;
  /** Random points until the first results are in, as where the model knows nothing before them. */
  readonly blindStart: boolean;
}
const own: Settings = { chains: 16, steps: 32, temperature: 1, epsilon: 0.125, local: 0.375, blindStart: false };

/** The settings of AutoTVM's XGBTuner, which plans 64 candidates at a time: what others are compared with. */
const ofAutotvm: Settings = { chains: 128, steps: 500, temperature: 1, epsilon: 0.05, local: 0, blindStart: true };

const searchBy = (id: string, { chains, steps, temperature, epsilon, local, blindStart }: Settings): SearchStrategy => ({
  id,
  start: ({ space: { choices }, random }) => {
    const memory = searchMemory(choices);
    const key = (point: Point): string => pointKey(choices, point);

    /** Every point the chains visit, with its predicted cost. */
    const anneal = (predict: Predictor): ReadonlyMap<string, readonly [Point, number]> => {
      const starts = memory.best.slice(0, chains / 2).map(({ point }) => point);
      let points = [...starts, ...Array.from({ length: chains - starts.length }, () => sample(choices, random))];
      let costs = predict(points);
      const visited = new Map(points.map((point, i) => [key(point), [point, costs[i]!] as const]));
      for (let step = 0; step < steps; step++) {
        const heat = temperature * (1 - step / steps);
        const moved = points.map((point) => randomNeighbour(choices, point, random));
        const movedCosts = predict(moved);
        moved.forEach((point, i) => visited.set(key(point), [point, movedCosts[i]!]));
        const goes = moved.map((_, i) => accepts(costs[i]!, movedCosts[i]!, heat, random.next()));
        points = points.map((point, i) => (goes[i] ? moved[i]! : point));
        costs = costs.map((cost, i) => (goes[i] ? movedCosts[i]! : cost));
      }
      return visited;
    };

    return {
      propose: (count, predict) => {
        // the untuned point alone teaches a model nothing
        if (blindStart && memory.best.length < 2) return memory.takeRandom(count, random, predict);
        const beside = memory.takeBest(memory.best.slice(0, 3).flatMap(({ point }) => neighbours(choices, point)), Math.round(count * local), predict);
        const visited = anneal(predict), known: Predictor = (points) => Float64Array.from(points, (point) => visited.get(key(point))![1]);
        const best = memory.takeBest(Array.from(visited.values(), ([point]) => point), count - beside.length - Math.round(count * epsilon), known);
        return [...beside, ...best, ...memory.takeRandom(count - beside.length - best.length, random, predict)];
      },
      observe: memory.observe,
    };
  },
});

/** Metropolis' rule on the logarithm of the cost; an illegal point is left for any other and never entered from a legal one. */
const accepts = (from: number, to: number, heat: number, chance: number): boolean =>
  to <= from || (Number.isFinite(to) && heat > 0 && chance < Math.exp((Math.log(from) - Math.log(to)) / heat));

export const annealing = searchBy('annealing', own), autotvm = searchBy('autotvm', ofAutotvm);
