/** From a schedule to the text of a kernel for a CPU. Pure. */
import type { Outcome } from '@loopsmith/util';
import { bytesOf, type Schedule } from '@loopsmith/ir';
import { defaultBudget, lowerSchedule } from '@loopsmith/lowering';
import { kernelSource, printKernels, type Spellings } from '@loopsmith/codegen-c-family';
import type { KernelSource, Lowered, Task } from '@loopsmith/contracts';

export const lowerForCpu = ({ definition, layouts, target }: Task, schedule: Schedule): Outcome<Lowered> =>
  lowerSchedule(definition, layouts, schedule, { lanes: (dtype) => target.vectorBytes / bytesOf[dtype], budget: defaultBudget });

export const emitForCpu = (spellings: Spellings, task: Task, lowered: Lowered, symbol: string): KernelSource =>
  kernelSource(task, lowered, (aliased) => printKernels(lowered.program, spellings, symbol, aliased));
