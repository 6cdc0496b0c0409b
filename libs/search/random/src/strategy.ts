/** Random search: legal points, uniformly, each once. Learns nothing; the baseline every other strategy has to beat. */
import type { SearchStrategy } from '@loopsmith/contracts';
import { searchMemory } from '@loopsmith/search-moves';

export const randomSearch: SearchStrategy = {
  id: 'random',
  start: ({ space, random }) => {
    const memory = searchMemory(space.choices);
    return { propose: (count, predict) => memory.takeRandom(count, random, predict), observe: memory.observe };
  },
};
