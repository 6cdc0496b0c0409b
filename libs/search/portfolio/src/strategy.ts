/**
 * A portfolio: several strategies share a search, each gets of a batch what a bandit allots it by the improvements it found
 * lately (the "AUC bandit" of OpenTuner). Every member is told of every result. Knows its members as strategies only.
 */
import { pointKey, type Observation, type Point, type SearchStrategy, type StrategyCombination } from '@loopsmith/contracts';
import { spokenPoints } from '@loopsmith/search-moves';

/** Proposals that count as lately. */
const WINDOW = 100;
/** How much doubt about a member is worth, against its credit between 0 and 1. */
const EXPLORATION = 0.2;

interface Use { readonly member: number; readonly key: string; improved: boolean }

const combine = (strategies: readonly SearchStrategy[]): SearchStrategy => ({
  id: 'portfolio',
  start: (context) => {
    const sessions = strategies.map((strategy) => strategy.start({ ...context, random: context.random.fork(strategy.id) }));
    const { choices } = context.space, spoken = spokenPoints(choices);
    const uses: Use[] = [];
    let bestMs = Infinity;
    /** Area under the curve of improvements: 1 when every use improved, recent ones weigh more. */
    const credit = (member: number): number => {
      const own = uses.slice(-WINDOW).filter((use) => use.member === member);
      const sum = own.reduce((total, { improved }, i) => total + (improved ? i + 1 : 0), 0);
      return sum / Math.max(1, (own.length * (own.length + 1)) / 2) + EXPLORATION * Math.sqrt((2 * Math.log2(1 + uses.length)) / Math.max(1, own.length));
    };
    const learn = ({ point, milliseconds }: Observation): void => {
      spoken.add(point);
      if (milliseconds === null || milliseconds >= bestMs) return;
      // within noise of the best is no improvement
      const improved = milliseconds < 0.99 * bestMs;
      bestMs = milliseconds;
      const use = uses.findLast(({ key }) => key === pointKey(choices, point));
      if (use) use.improved = improved;
    };
    return {
      propose: (count, predict) => {
        const others = spoken.hiddenFrom(predict), taken: Point[] = [], open = new Set(sessions.keys());
        while (taken.length < count && open.size > 0) {
          const member = [...open].reduce((most, i) => (credit(i) > credit(most) ? i : most));
          const points = sessions[member]!.propose(Math.min(4, count - taken.length), others);
          if (points.length === 0) open.delete(member);
          for (const point of points) {
            spoken.add(point);
            uses.push({ member, key: pointKey(choices, point), improved: false });
            taken.push(point);
          }
        }
        return taken;
      },
      observe: (results) => { results.forEach(learn); sessions.forEach((session) => session.observe(results)); },
    };
  },
});

export const portfolio: StrategyCombination = { id: 'portfolio', members: ['annealing', 'evolutionary', 'droplet'], combine };
