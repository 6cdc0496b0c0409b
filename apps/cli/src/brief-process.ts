/**
 * V8 set for a process that ends within seconds: it keeps the room for new objects as small as it begins, and its optimising compiler takes
 * only what stays hot, and that without inlining. A search wants the opposite. For the program alone: flags are of the whole process.
 */
import { setFlagsFromString } from 'node:v8';

/** V8 asks whether a function is hot each time it has run so many bytes of its code; the default is 67,584. */
const interruptBudget = 600_000;

export const makeBrief = (): void => {
  for (const flag of ['--semi-space-growth-factor=1', '--max-inlined-bytecode-size-cumulative=0', `--interrupt-budget=${interruptBudget}`]) setFlagsFromString(flag);
};
