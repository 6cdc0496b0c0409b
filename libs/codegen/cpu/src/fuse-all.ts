/** Fuses neighbouring loops into one, as what threads share. */
import type { Step } from '@loopsmith/ir';
import { fuse } from '@loopsmith/codegen-spaces';

/** The name of what is left of `loops` of a stage, outermost first, and the steps to it. */
export const fuseAll = (stage: string, loops: readonly string[]): readonly [string, readonly Step[]] => {
  const steps: Step[] = [];
  let current = loops[0]!;
  loops.slice(1).forEach((next, i) => {
    const into = i === loops.length - 2 ? 'team' : `f${i}`;
    steps.push(fuse(stage, current, next, into));
    current = into;
  });
  return [current, steps];
};
