/** From a schedule to the text of a GPU kernel. Pure; what a program is checked for before it is expanded is written here once, for every GPU. */
import { fail, type Outcome } from '@loopsmith/util';
import { bytesOf, verifyProgram, type Schedule } from '@loopsmith/ir';
import { launchKernels, lowerSchedule } from '@loopsmith/lowering';
import { kernelSource, type Spellings } from '@loopsmith/codegen-c-family';
import type { GpuLimits, KernelSource, Lowered, Target, Task } from '@loopsmith/contracts';
import type { GpuDialect } from './dialect.js';
import { printGpuKernels } from './print-kernels.js';

/** Statements beyond which a driver's compiler takes seconds for nothing. */
const budget = 4000;
/** Addresses are 32-bit integers, as GPUs compute them. */
const mostElements = 2 ** 31;
/** What `native/` hands over at a launch: twice as many words are all that OpenCL promises of a kernel's parameters. */
const mostBuffers = 64;

export const gpuOf = ({ id, gpu }: Target): GpuLimits => {
  if (gpu === undefined) throw new Error(`${id} is no GPU`);
  return gpu;
};

/** What is beyond the device's limits, and threads that could meet without a barrier, are Failures too. */
export const lowerForGpu = ({ definition, layouts, target }: Task, schedule: Schedule): Outcome<Lowered> =>
  lowerSchedule(definition, layouts, schedule, {
    lanes: (dtype) => Math.max(1, target.vectorBytes / bytesOf[dtype]), budget,
    prepare: (structured) => {
      const large = structured.buffers.find(({ size, slack }) => size + slack >= mostElements);
      if (large)
        return fail({
          code: 'program-too-large',
          stage: 'lower',
          message: `${large.name} has ${large.size} elements; kernels of ${target.id} address fewer than ${mostElements}, so compile a smaller batch`,
        });
      if (structured.buffers.length > mostBuffers)
        return fail({
          code: 'program-too-large',
          stage: 'lower',
          message: `${definition.name} takes ${structured.buffers.length} tensors; kernels of ${target.id} take at most ${mostBuffers}, so split the operator that joins so many`,
        });
      const launched = launchKernels(structured, gpuOf(target)), [unsound] = launched.ok ? verifyProgram(launched.value) : [];
      return unsound ? fail(unsound) : launched;
    },
  });

export const emitForGpu = (task: Task, lowered: Lowered, symbol: string, dialect: GpuDialect, spellings: Spellings): KernelSource =>
  kernelSource(task, lowered, (aliased) => ({ ...printGpuKernels(lowered.program, dialect, spellings, symbol, aliased), scratchBytes: 0 }));
