/**
 * Sums of everything, whose result is one number: no loop of theirs can be shared by threads, and a scalar has none to keep a sum in. They get parts in a
 * kernel of their own, one for each thread, which are shaped as any other sum. Steps only.
 */
import { extentOf, pointsOf, type LoopVariable, type Plan, type PlannedStage, type Step } from '@loopsmith/ir';
import { applyStep } from '@loopsmith/lowering';
import type { Task } from '@loopsmith/contracts';
import { root, splitReduction, type KernelShape } from '@loopsmith/codegen-spaces';

/** Fewer terms are added up before another thread has begun. */
const fewTerms = 4096;

/** The steps of a stage at root that is such a sum, `shape` being those of any other; undefined where it is none. */
export const wholeSum = (task: Task, { stage, place }: PlannedStage, plan: Plan, shape: KernelShape): readonly Step[] | undefined => {
  const { name, axes, reduce } = stage;
  if (!reduce || place.kind !== 'root' || pointsOf(axes) > 1 || pointsOf(reduce.axes) < fewTerms) return undefined;
  const partsOf = (axis: LoopVariable): number => {
    let parts = Math.min(task.threads, extentOf(axis));
    while (extentOf(axis) % parts !== 0) parts--;
    return parts;
  };
  const longest = reduce.axes.reduce((best, axis) => (partsOf(axis) > partsOf(best) || extentOf(best) === 1 ? axis : best)), parts = partsOf(longest);
  if (axes.length > 0 && parts === 1) return undefined;
  const steps: Step[] = [];
  let current = plan;
  const take = (...next: readonly Step[]): void => { for (const step of next) { current = applyStep(current, step); steps.push(step); } };
  take(splitReduction(name, longest.name, extentOf(longest) / parts));
  take(...shape(current.stages.get(name)!, current));
  take(root(`${name}p`));
  take(...shape(current.stages.get(`${name}p`)!, current));
  return steps;
};
