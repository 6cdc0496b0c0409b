/** From a schedule to an expanded program: steps, plan, program, registers and vectors. The order is written here once, for every device. */
import type { Definition, Layout, Plan, Program, Schedule } from '@loopsmith/ir';
import { attempt, succeed, unwrap, type Outcome } from '@loopsmith/util';
import { buildProgram } from './loops/build.js';
import { expand, type ExpandOptions } from './loops/expand.js';
import { applySchedule } from './schedule/apply.js';

export interface LowerOptions extends Pick<ExpandOptions, 'lanes' | 'budget'> {
  /** What a device makes of the structured program before it is expanded, or why it cannot run it; nothing when absent. */
  readonly prepare?: (program: Program) => Outcome<Program>;
}

/** The first illegal step, a stage without a place, what `prepare` refuses, or text beyond the budget is the Failure. */
export const lowerSchedule = (
  definition: Definition, layouts: Readonly<Record<string, Layout>>, schedule: Schedule, { lanes, budget, prepare = succeed }: LowerOptions,
): Outcome<{ readonly plan: Plan; readonly program: Program }> => attempt(() => {
  const plan = unwrap(applySchedule(definition, layouts, schedule)), structured = unwrap(prepare(unwrap(buildProgram(plan))));
  return { plan, program: unwrap(expand(structured, { lanes, budget, tables: new Map(plan.definition.tables.map(({ name, values }) => [name, values])) })) };
});
