/** Kernels of the generic schedule of GPUs: one thread per element, its sum in registers. */
import { cacheWrite, computeAt, type KernelShape } from '@loopsmith/codegen-spaces';
import { onePointPerThread } from './tile.js';

/** `threads`: of a block. */
export const threadPerElement = (threads: number): KernelShape => (planned, plan) => {
  const { name, reduce } = planned.stage;
  const points = onePointPerThread(plan, name, threads);
  return reduce ? [cacheWrite(name, `${name}s`), ...points, computeAt(`${name}s`, name, 'ft', 'register')] : points;
};
