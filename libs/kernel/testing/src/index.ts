// What every spec may lean on: goldens, the shared folder, and visible skips.
// It imports no other library, so that even the lowest layers can use it; only *.spec.ts files may import it.
export { golden } from './golden.js';
export { command, cpu, file, needs, type Need } from './needs.js';
export { repository, shared } from './places.js';
