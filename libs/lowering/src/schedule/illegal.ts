/** How a step refuses: an ordinary, cheap Failure that names the step, the object and the way out. */
import { refuse } from '@loopsmith/util';
import { printStep, type Plan, type PlannedLoop, type PlannedStage, type Step } from '@loopsmith/ir';

/** Refuses `step` because of `reason`. */
export const illegal = (step: Step, reason: string): never =>
  refuse({ code: 'schedule-illegal', stage: 'schedule', message: `${printStep(step)}: ${reason}` });

/** The stage a step speaks of, whatever its state. */
export const stageOf = (plan: Plan, name: string, step: Step): PlannedStage =>
  plan.stages.get(name) ?? illegal(step, `there is no stage "${name}"; stages are ${[...plan.stages.keys()].join(', ')}`);

/** A stage that has loops: placed, and neither inlined nor computed when the library is built. */
export const placedStage = (plan: Plan, name: string, step: Step): PlannedStage => {
  const planned = stageOf(plan, name, step);
  switch (planned.place.kind) {
    case 'unplaced': return illegal(step, `${name} has no place yet; computeAt or root it first`);
    case 'inlined': return illegal(step, `${name} is inlined and has no loops`);
    case 'compile': return illegal(step, `${name} is computed when the library is built and has no loops`);
    case 'root': case 'at': return planned;
    default: return planned.place satisfies never;
  }
};

export const loopOf = (planned: PlannedStage, name: string, step: Step): PlannedLoop =>
  planned.loops.find((loop) => loop.name === name) ??
  illegal(step, `${planned.stage.name} has no loop "${name}"; its loops are ${planned.loops.map((loop) => loop.name).join(', ')}`);

/** Whether some stage is computed inside this very loop. */
export const producerIn = (plan: Plan, stage: string, loop: string): string | undefined => {
  for (const [name, planned] of plan.stages)
    if (planned.place.kind === 'at' && planned.place.consumer === stage && planned.place.loop === loop) return name;
  return undefined;
};
