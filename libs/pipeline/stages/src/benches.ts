/**
 * Benches by task, prepared once and kept while the run comes back to them. The oldest is closed where all of them would hold too much: inputs and
 * right answers of a task, from some megabytes to hundreds.
 */
import type { Bench, Device, Task } from '@loopsmith/contracts';
import { bytesOf, elementsOf, outputOf } from '@loopsmith/ir';
import type { Outcome } from '@loopsmith/util';
import { guard } from './guard.js';

export interface Benches {
  /** Whether measurements may be asked for side by side. */
  readonly several: boolean;
  /** Asked ahead of time, it is ready when it is needed. */
  of(task: Task): Promise<Outcome<Bench>>;
  close(): Promise<void>;
}

/** What all benches together may hold. */
const LIMIT_BYTES = 512 * 2 ** 20;

/** Two sets of what is known at run time, and of the answers in double. Layouts that candidates ask for come on top. */
const heldBytes = ({ definition }: Task): number =>
  definition.inputs.reduce((sum, input) => sum + (input.when === 'run' ? 2 : 1) * elementsOf(input) * bytesOf[input.dtype], 2 * 8 * elementsOf(outputOf(definition)));

export const openBenches = (device: Device): Benches => {
  const open = new Map<string, Promise<Outcome<Bench>>>(), held = new Map<string, number>();
  const heldByAll = (): number => [...held.values()].reduce((sum, bytes) => sum + bytes, 0);
  const closeFirst = async (): Promise<void> => {
    const [key, preparing] = open.entries().next().value!;
    open.delete(key);
    held.delete(key);
    const bench = await preparing;
    if (bench.ok) await bench.value.close();
  };
  return {
    several: device.several ?? false,
    of: async (task) => {
      const bench = open.get(task.key) ?? guard('measure', `the device of ${task.target.id}`, () => device.prepare(task));
      // taken out and put back: a Map keeps the order of insertion, so the first is the one not used for longest
      open.delete(task.key);
      open.set(task.key, bench);
      held.set(task.key, heldBytes(task));
      while (open.size > 1 && heldByAll() > LIMIT_BYTES) await closeFirst();
      return bench;
    },
    close: async () => { while (open.size > 0) await closeFirst(); },
  };
};
