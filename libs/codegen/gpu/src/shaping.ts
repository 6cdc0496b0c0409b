/**
 * A schedule while it is made, with the plan of its steps so far. Points of a space begin alike, so that plans of beginnings are kept; of what
 * follows the last schedule's alone, since neighbours in a space differ in their last choice and take many steps alike.
 */
import { printStep, type Plan, type Schedule, type Step } from '@loopsmith/ir';
import { applyStep } from '@loopsmith/lowering';

/** A schedule, and the plan that it makes: who shapes a plan step by step has both. */
export interface Shaped { readonly schedule: Schedule; readonly plan: Plan }

export interface Shaping {
  plan(): Plan;
  take(...steps: readonly Step[]): void;
  /** Steps that were tried: `made` is what they make of the plan. Only after `leave`. */
  adopt(steps: readonly Step[], made: Plan): void;
  /** What follows is kept until the next schedule has come as far. */
  leave(): void;
  shaped(): Shaped;
}

interface Beginning { readonly plan: Plan; readonly next: Map<string, Beginning> }
/** What steps made, by their text, after a beginning. */
interface Following { readonly from: Beginning; readonly made: { readonly text: string; readonly plan: Plan }[] }

/** Every call begins a schedule. */
export const shapingFrom = (initial: Plan): (() => Shaping) => {
  const root: Beginning = { plan: initial, next: new Map() };
  let last: Following | null = null;
  return () => {
    const steps: Step[] = [];
    let plan = initial, shared: Beginning | null = root;
    // of the schedule before, as long as this one takes the same steps; and of this one
    let before: Following['made'] | null = null;
    const own: Following['made'] = [];
    const follow = (text: string, make: () => Plan): Plan => {
      const known = before?.[own.length];
      if (known?.text !== text) before = null;
      const made = before === null ? make() : known!.plan;
      own.push({ text, plan: made });
      return made;
    };
    const apply = (step: Step): Plan => {
      const text = printStep(step);
      if (shared === null) return follow(text, () => applyStep(plan, step));
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
        plan = follow(tried.map(printStep).join('; '), () => made);
      },
      leave: () => {
        if (shared === null) throw new Error('a schedule leaves the others once');
        before = last?.from === shared ? last.made : null;
        last = { from: shared, made: own };
        shared = null;
      },
      shaped: () => ({ schedule: steps, plan }),
    };
  };
};
