/** From a schedule to the text of a kernel: steps, plan, program, expanded program, C. Pure; the order is written here once. */
import type { Outcome } from '@loopsmith/util';
import { bytesOf, outputOf, type Schedule } from '@loopsmith/ir';
import { applySchedule, buildProgram, defaultBudget, expand } from '@loopsmith/lowering';
import { kernelBuffers, printKernels, type Spellings } from '@loopsmith/codegen-c-family';
import type { KernelSource, Lowered, Task } from '@loopsmith/contracts';

/** The first illegal step, a stage without a place, or text beyond the budget is the Failure. */
export const lowerForCpu = (task: Task, schedule: Schedule): Outcome<Lowered> => {
  const plan = applySchedule(task.definition, task.layouts, schedule);
  if (!plan.ok) return plan;
  const structured = buildProgram(plan.value);
  if (!structured.ok) return structured;
  const { vectorBytes } = task.target;
  const expanded = expand(structured.value, {
    lanes: (dtype) => vectorBytes / bytesOf[dtype], budget: defaultBudget,
    tables: new Map(plan.value.definition.tables.map(({ name, values }) => [name, values])),
  });
  return expanded.ok ? { ok: true, value: { plan: plan.value, program: expanded.value } } : expanded;
};

export const emitForCpu = (spellings: Spellings, task: Task, { plan, program }: Lowered, symbol: string): KernelSource => {
  const aliased = task.inPlace === null ? [] : [task.definition.inputs[task.inPlace]!.name, outputOf(task.definition).name];
  const printed = printKernels(program, spellings, symbol, { aliased: new Set(aliased) });
  return { ...printed, buffers: kernelBuffers({ plan, program }), rewritten: plan.definition, algorithm: plan.algorithm };
};
