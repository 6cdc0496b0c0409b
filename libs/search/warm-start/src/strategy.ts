/**
 * Warm start: begins with the best points of other tasks, carried over to this space value by value, and leaves the rest to
 * another strategy. Without a history it is that strategy.
 */
import type { Choice, Point, SearchContext, SearchStrategy, StrategyCombination } from '@loopsmith/contracts';
import { searchMemory, spokenPoints } from '@loopsmith/search-moves';

/** Points taken over from each task, and tasks that are asked. */
const PER_TASK = 3, TASKS = 8;

export const warmStart: StrategyCombination = {
  id: 'warm-start', members: ['annealing'],
  combine: ([then]) => ({
    id: 'warm-start',
    start: (context) => {
      const { choices } = context.space, memory = searchMemory(choices), session = (then as SearchStrategy).start(context);
      const carried = carriedOver(context), spoken = spokenPoints(choices);
      return {
        propose: (count, predict) => {
          const first = memory.take(carried, Math.ceil(count / 2), predict);
          first.forEach(spoken.add);
          return [...first, ...session.propose(count - first.length, spoken.hiddenFrom(predict))];
        },
        observe: (results) => { memory.observe(results); session.observe(results); },
      };
    },
  }),
};

/** The best points of each task in turn: all first ones, then all second ones. */
const carriedOver = ({ space: { choices }, history = [] }: SearchContext): readonly Point[] => {
  const best = history.slice(0, TASKS).map(({ observations }) =>
    observations.filter(({ milliseconds }) => milliseconds !== null).sort((a, b) => a.milliseconds! - b.milliseconds!).slice(0, PER_TASK));
  return Array.from({ length: PER_TASK }, (_, rank) => best.flatMap((of) => (of[rank] ? [carry(choices, of[rank].point)] : []))).flat();
};

/** The nearest point of this space: a number becomes the nearest that is offered, a word stays where it is offered, else the first. */
const carry = (choices: readonly Choice[], point: Point): Point =>
  Object.fromEntries(choices.map(({ name, values }) => {
    const value = point[name];
    const nearest = typeof value === 'number' ? values.reduce((a, b) => (Math.abs(Number(b) - value) < Math.abs(Number(a) - value) ? b : a)) : values.find((one) => one === value);
    return [name, nearest ?? values[0]!];
  }));
