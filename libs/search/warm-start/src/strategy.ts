/**
 * Warm start: begins with the best points of other tasks, carried over to this space value by value, and leaves the rest to
 * another strategy. Without a history it is that strategy.
 */
import type { Choice, Point, Predictor, SearchContext, SearchStrategy, StrategyCombination } from '@loopsmith/contracts';
import { searchMemory, spokenPoints } from '@loopsmith/search-moves';

/** Points taken over from each task, and tasks that are asked. */
const PER_TASK = 3, TASKS = 8;

export const warmStart: StrategyCombination = {
  id: 'warm-start', members: ['annealing'],
  combine: ([then]) => ({
    id: 'warm-start',
    start: (context) => {
      const { choices } = context.space, memory = searchMemory(choices), session = (then as SearchStrategy).start(context);
      const waiting = bestOfOthers(context), spoken = spokenPoints(choices);
      return {
        propose: (count, predict) => {
          const first = memory.take(carriedOver(choices, waiting, predict), Math.ceil(count / 2), predict);
          first.forEach(spoken.add);
          return [...first, ...session.propose(count - first.length, spoken.hiddenFrom(predict))];
        },
        observe: (results) => { memory.observe(results); session.observe(results); },
      };
    },
  }),
};

/** The best points of each task in turn: all first ones, then all second ones. */
const bestOfOthers = ({ history = [] }: SearchContext): Point[] => {
  const best = history.slice(0, TASKS).map(({ observations }) =>
    observations.filter(({ milliseconds }) => milliseconds !== null).sort((a, b) => a.milliseconds! - b.milliseconds!).slice(0, PER_TASK));
  return Array.from({ length: PER_TASK }, (_, rank) => best.flatMap((of) => (of[rank] ? [of[rank].point] : []))).flat();
};

/**
 * Takes what waits, one after another, to the nearest points of this space: a number becomes the nearest that is offered, a word stays where it
 * is offered. A choice of which the other point says nothing that is offered, as where its record is older than the choice, gets the value
 * that is predicted best beside what the point does say.
 */
const carriedOver = function* (choices: readonly Choice[], waiting: Point[], predict: Predictor): Iterable<Point> {
  while (waiting.length > 0) {
    const point = waiting.shift()!;
    const said = new Map(choices.flatMap(({ name, values }) => {
      const value = point[name];
      const nearest = typeof value !== 'number' ? values.find((one) => one === value)
        : values.reduce((a, b) => (Math.abs(Number(b) - value) < Math.abs(Number(a) - value) ? b : a));
      return nearest === undefined ? [] : [[name, nearest] as const];
    }));
    const begun: Point = Object.fromEntries(choices.map(({ name, values }) => [name, said.get(name) ?? values[0]!]));
    yield choices.filter(({ name }) => !said.has(name)).reduce((one, { name, values }) => {
      const completed = values.map((value): Point => ({ ...one, [name]: value })), times = predict(completed);
      return completed[times.indexOf(Math.min(...times))]!;
    }, begun);
  }
};
