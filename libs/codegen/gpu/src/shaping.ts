/** A schedule while it is made, with the plan of its steps so far. Points of a space begin alike, so that plans of beginnings are kept. */
import { printStep, type Plan, type Schedule, type Step } from '@loopsmith/ir';
import { applyStep } from '@loopsmith/lowering';

/** A schedule, and the plan that it makes: who shapes a plan step by step has both. */
export interface Shaped { readonly schedule: Schedule; readonly plan: Plan }

export interface Shaping {
  plan(): Plan;
  take(...steps: readonly Step[]): void;
  /** Steps that were tried: `made` is what they make of the plan. Only after `leave`. */
  adopt(steps: readonly Step[], made: Plan): void;
  /** What follows is this schedule's alone, and its plans are not kept. */
  leave(): void;
  shaped(): Shaped;
}

interface Beginning { readonly plan: Plan; readonly next: Map<string, Beginning> }

/** Every call begins a schedule. */
export const shapingFrom = (initial: Plan): (() => Shaping) => {
  const root: Beginning = { plan: initial, next: new Map() };
  return () => {
    const steps: Step[] = [];
    let plan = initial, shared: Beginning | null = root;
    const apply = (step: Step): Plan => {
      if (shared === null) return applyStep(plan, step);
      const text = printStep(step);
      let known = shared.next.get(text);
      if (!known) shared.next.set(text, known = { plan: applyStep(plan, step), next: new Map() });
      shared = known;
      return known.plan;
    };
    return {
      plan: () => plan,
      take: (...next) => { for (const step of next) { plan = apply(step); steps.push(step); } },
      adopt: (tried, made) => {
        if (shared !== null) throw new Error('steps are tried only after those that schedules share');
        steps.push(...tried);
        plan = made;
      },
      leave: () => { shared = null; },
      shaped: () => ({ schedule: steps, plan }),
    };
  };
};
