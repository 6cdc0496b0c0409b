/** What the spaces of all hardware share: steps by short names, what a definition looks like to a space, the generic schedule, spaces with drafts. */
export * from './steps.js';
export * from './structure.js';
export * from './generic.js';
export { cheap, functionsIn, gathered } from './inlining.js';
export * from './drafted-space.js';
