/** Grid search: every legal point once, in the order of the choices. Learns nothing; a whole space measured so is a recorded space. */
import { everyPoint, type Point, type SearchStrategy } from '@loopsmith/contracts';
import { searchMemory } from '@loopsmith/search-moves';

export const gridSearch: SearchStrategy = {
  id: 'grid',
  start: ({ space: { choices } }) => {
    const memory = searchMemory(choices), rest = everyPoint(choices);
    // `take` stops in the middle of the pool; a for loop over the generator itself would close it there
    const pool: Iterable<Point> = { [Symbol.iterator]: () => ({ next: () => rest.next() }) };
    return { propose: (count, predict) => memory.take(pool, count, predict), observe: memory.observe };
  },
};
