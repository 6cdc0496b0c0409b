/** Random search: legal points, uniformly, each once. Learns nothing; the baseline every other strategy has to beat. */
import type { SearchStrategy } from '@loopsmith/contracts';
import { pointKey, unseenPoints } from '@loopsmith/search-moves';

export const randomSearch: SearchStrategy = {
  id: 'random',
  start: ({ space, random }) => {
    const seen = new Set<string>();
    return {
      propose: (count, predict) => unseenPoints(space.choices, count, seen, random, predict),
      observe: (results) => results.forEach(({ point }) => seen.add(pointKey(space.choices, point))),
    };
  },
};
