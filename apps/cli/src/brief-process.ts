/**
 * V8 set for a process that ends within seconds: it keeps the room for new objects as small as it begins, and its optimising compiler
 * inlines nothing. A search wants the opposite. For the program alone: flags are of the whole process.
 */
import { setFlagsFromString } from 'node:v8';

export const makeBrief = (): void => {
  for (const flag of ['--semi-space-growth-factor=1', '--max-inlined-bytecode-size-cumulative=0']) setFlagsFromString(flag);
};
