/** From a schedule to the text of a GPU kernel: steps, plan, program, launches, expanded program, text. Pure; the order is written here once, for every GPU. */
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { bytesOf, outputOf, verifyProgram, type Schedule } from '@loopsmith/ir';
import { applySchedule, buildProgram, expand, launchKernels } from '@loopsmith/lowering';
import { kernelBuffers, type Spellings } from '@loopsmith/codegen-c-family';
import type { GpuLimits, KernelSource, Lowered, Target, Task } from '@loopsmith/contracts';
import type { GpuDialect } from './dialect.js';
import { printGpuKernels } from './print-kernels.js';

/** Statements beyond which a driver's compiler takes seconds for nothing. */
const budget = 4000;
/** Addresses are 32-bit integers, as GPUs compute them. */
const mostElements = 2 ** 31;

export const gpuOf = ({ id, gpu }: Target): GpuLimits => {
  if (gpu === undefined) throw new Error(`${id} is no GPU`);
  return gpu;
};

/** The first illegal step, what is beyond the device's limits, threads that could meet without a barrier, or text beyond the budget is the Failure. */
export const lowerForGpu = (task: Task, schedule: Schedule): Outcome<Lowered> => {
  const plan = applySchedule(task.definition, task.layouts, schedule);
  if (!plan.ok) return plan;
  const structured = buildProgram(plan.value);
  if (!structured.ok) return structured;
  const large = structured.value.buffers.find(({ size, slack }) => size + slack >= mostElements);
  if (large)
    return fail({
      code: 'program-too-large',
      stage: 'lower',
      message: `${large.name} has ${large.size} elements; kernels of ${task.target.id} address fewer than ${mostElements}, so compile a smaller batch`,
    });
  const launched = launchKernels(structured.value, gpuOf(task.target));
  if (!launched.ok) return launched;
  const [unsound] = verifyProgram(launched.value);
  if (unsound) return fail(unsound);
  const expanded = expand(launched.value, {
    lanes: (dtype) => Math.max(1, task.target.vectorBytes / bytesOf[dtype]), budget,
    tables: new Map(plan.value.definition.tables.map(({ name, values }) => [name, values])),
  });
  return expanded.ok ? succeed({ plan: plan.value, program: expanded.value }) : expanded;
};

export const emitForGpu = (task: Task, { plan, program }: Lowered, symbol: string, dialect: GpuDialect, spellings: Spellings): KernelSource => {
  const aliased = task.inPlace === null ? [] : [task.definition.inputs[task.inPlace]!.name, outputOf(task.definition).name];
  const printed = printGpuKernels(program, dialect, spellings, symbol, new Set(aliased));
  return { ...printed, scratchBytes: 0, buffers: kernelBuffers({ plan, program }), rewritten: plan.definition, algorithm: plan.algorithm };
};
