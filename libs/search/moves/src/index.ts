/** Moves over the choices of a space that strategies share: pure, seeded, knowing neither device nor model. */
export { crossover, mutate, neighbours, pointCount, randomNeighbour, sample } from './moves.js';
export { searchMemory, type Memory } from './memory.js';
export { spokenPoints } from './spoken.js';
