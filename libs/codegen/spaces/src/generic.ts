/**
 * The generic schedule, legal for every definition, so that everything compiles: cheap elementwise stages are computed where they
 * are read, everything else is a kernel of its own. How a kernel's loops are shaped is the hardware's to say.
 */
import { attempt, type Outcome } from '@loopsmith/util';
import type { PlannedStage, Plan, Schedule, Step } from '@loopsmith/ir';
import { applyStep, initialPlan } from '@loopsmith/lowering';
import type { Task } from '@loopsmith/contracts';
import { cheap, gathered } from './inlining.js';
import { inline, root } from './steps.js';
import type { Structure } from './structure.js';

/** The steps that shape the kernel of a stage, which has an axis and is placed at root, in the plan as it is then. */
export type KernelShape = (stage: PlannedStage, plan: Plan) => readonly Step[];

export const genericSchedule = (task: Task, { compileTime, output }: Structure, shape: KernelShape): Outcome<Schedule> => attempt(() => {
  const steps: Step[] = [];
  let plan = initialPlan(task.definition, task.layouts);
  const take = (...next: readonly Step[]): void => { for (const step of next) { plan = applyStep(plan, step); steps.push(step); } };
  // the output first: a stage is placed or inlined only after everything that reads it
  for (const { name } of [...task.definition.stages].reverse()) {
    if (compileTime.has(name)) continue;
    if (name !== output.name) {
      const { stage } = plan.stages.get(name)!;
      if (!stage.reduce && !gathered(plan, name) && cheap(plan, stage)) { take(inline(name)); continue; }
      take(root(name));
    }
    const planned = plan.stages.get(name)!;
    // a scalar has no loop to shape, and none to keep a sum in: it is computed in memory
    if (planned.stage.axes.length > 0) take(...shape(planned, plan));
  }
  return steps;
});
