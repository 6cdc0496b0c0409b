/**
 * The generic schedule of GPUs: one thread per element of every kernel, so that every operator compiles. Cheap elementwise stages
 * are computed where they are read, everything else is a kernel of its own with its sums in registers.
 */
import { attempt, type Outcome } from '@loopsmith/util';
import type { Schedule, Step } from '@loopsmith/ir';
import { applyStep, initialPlan } from '@loopsmith/lowering';
import type { Task } from '@loopsmith/contracts';
import { cacheWrite, cheap, computeAt, gathered, inline, root, type Structure } from '@loopsmith/codegen-spaces';
import { onePointPerThread, pointsPerThread } from './one-point.js';

/** `threads`: of a block. `together`: elements that a thread computes and moves at once, where they lie so. */
export const genericSchedule = (task: Task, structure: Structure, threads: number, together: number): Outcome<Schedule> => attempt(() => {
  const steps: Step[] = [];
  let plan = initialPlan(task.definition, task.layouts);
  const take = (...next: readonly Step[]): void => { for (const step of next) { plan = applyStep(plan, step); steps.push(step); } };
  // the output first: a stage is placed or inlined only after everything that reads it
  for (const { name } of [...task.definition.stages].reverse()) {
    if (structure.compileTime.has(name)) continue;
    if (name !== structure.output.name) {
      const { stage } = plan.stages.get(name)!;
      if (!stage.reduce && !gathered(plan, name) && cheap(plan, stage)) { take(inline(name)); continue; }
      take(root(name));
    }
    const { stage } = plan.stages.get(name)!;
    // a scalar has no loop to bind, and none to keep a sum in: one thread computes it in memory
    if (stage.axes.length === 0) continue;
    if (stage.reduce) take(cacheWrite(name, `${name}s`));
    take(...(stage.reduce ? onePointPerThread(plan, name, threads) : pointsPerThread(plan, name, threads, together)));
    if (stage.reduce) take(computeAt(`${name}s`, name, 'ft', 'register'));
  }
  return steps;
});
