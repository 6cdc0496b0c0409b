/** What printed kernels leave in a buffer, against what the structured program means. */
import type { NumericArray, Program } from '@loopsmith/ir';
import { interpret } from '@loopsmith/ir/testing';
import { elementArray, seededRandom } from '@loopsmith/util';
import type { PrintedKernels } from '../print-kernels.js';
import { runKernels } from './run-kernels.js';

/** Numbers of [-1, 1) in every buffer. */
export const filled = (program: Program, seed: number): Map<string, NumericArray> => new Map(program.buffers.map(({ name, dtype, size }) => {
  const random = seededRandom(seed).fork(name), array = elementArray(dtype, size);
  for (let i = 0; i < size; i++) array[i] = random.next() * 2 - 1;
  return [name, array];
}));

/** What is in `name` after the kernels and after the structured program that they were printed of. */
export const leftIn = async (
  printed: PrintedKernels, program: Program, expanded: Program, name: string, isaFlags: readonly string[], parts: number, data: () => Map<string, NumericArray>,
): Promise<{ readonly found: NumericArray; readonly expected: NumericArray }> => {
  const found = data(), expected = data();
  await runKernels(printed, expanded, isaFlags, found, parts);
  interpret(program, expected);
  return { found: found.get(name)!, expected: expected.get(name)! };
};

/** Largest difference of an element of `name`, from random numbers; NaN where one of the two alone is NaN. */
export const differenceFromInterpreter = async (printed: PrintedKernels, program: Program, expanded: Program, name: string, isaFlags: readonly string[], parts: number): Promise<number> => {
  const { found, expected } = await leftIn(printed, program, expanded, name, isaFlags, parts, () => filled(program, 5));
  let most = 0;
  for (let i = 0; i < found.length; i++) if (!Object.is(found[i], expected[i])) most = Math.max(most, Math.abs(Number(found[i]) - Number(expected[i])));
  return most;
};
