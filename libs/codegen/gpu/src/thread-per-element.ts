/** Kernels of the generic schedule of GPUs: one thread per element and its sum in registers, or to neighbours that it computes and moves at once. */
import { cacheWrite, computeAt, type KernelShape } from '@loopsmith/codegen-spaces';
import { onePointPerThread, pointsPerThread } from './one-point.js';

/** `threads`: of a block. `together`: elements that a thread computes and moves at once, where they lie so. */
export const threadPerElement = (threads: number, together: number): KernelShape => (planned, plan) => {
  const { name, reduce, axes } = planned.stage;
  // a scalar has no loop to bind, and none to keep a sum in: one thread computes it in memory
  if (axes.length === 0) return [];
  return reduce
    ? [cacheWrite(name, `${name}s`), ...onePointPerThread(plan, name, threads), computeAt(`${name}s`, name, 'ft', 'register')]
    : pointsPerThread(plan, name, threads, together);
};
