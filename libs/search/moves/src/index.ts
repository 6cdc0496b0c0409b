/** Moves over the choices of a space that strategies share: pure, seeded, knowing neither device nor model. */
export { crossover, mutate, neighbours, pointCount, randomNeighbour, sample } from './moves.js';
export { unseenPoints, type DrawUnseen } from './unseen.js';
export { searchMemory, type Memory } from './memory.js';
export { spokenPoints, type SpokenPoints } from './spoken.js';
