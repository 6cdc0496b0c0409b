/**
 * The generic schedule, legal for every definition, so that everything compiles: cheap elementwise stages are computed where they
 * are read, everything else is a kernel of its own, or where the hardware finds a better place for it in one. How loops are shaped is the
 * hardware's to say.
 */
import { attempt, type Outcome } from '@loopsmith/util';
import type { PlannedStage, Plan, Schedule, Stage, Step } from '@loopsmith/ir';
import { applyStep, initialPlan } from '@loopsmith/lowering';
import type { Task } from '@loopsmith/contracts';
import { cheap, gathered } from './inlining.js';
import { inline, root } from './steps.js';
import type { Structure } from './structure.js';

/** The steps that shape a stage that has a place, in the plan as it is then; a scalar has no loop. */
export type KernelShape = (stage: PlannedStage, plan: Plan) => readonly Step[];
/** The step that places a stage in a kernel that is shaped already, null where it has no place there. */
export type PlaceWithin = (stage: Stage, plan: Plan) => Step | null;

export const genericSchedule = (task: Task, { compileTime, output }: Structure, shape: KernelShape, within: PlaceWithin = () => null): Outcome<Schedule> => attempt(() => {
  const steps: Step[] = [];
  let plan = initialPlan(task.definition, task.layouts);
  const take = (...next: readonly Step[]): void => { for (const step of next) { plan = applyStep(plan, step); steps.push(step); } };
  // the output first: a stage is placed or inlined only after everything that reads it
  for (const { name } of [...task.definition.stages].reverse()) {
    if (compileTime.has(name)) continue;
    if (name !== output.name) {
      const { stage } = plan.stages.get(name)!, place = within(stage, plan);
      if (place) take(place);
      else if (!stage.reduce && !gathered(plan, name) && cheap(plan, stage)) { take(inline(name)); continue; }
      else take(root(name));
    }
    take(...shape(plan.stages.get(name)!, plan));
  }
  return steps;
});
