/** Benches by task, prepared once and kept while the run comes back to them. The oldest is closed when too many are open: each holds a process and its inputs. */
import type { Bench, Device, Task } from '@loopsmith/contracts';
import type { Outcome } from '@loopsmith/util';
import { guard } from './guard.js';

export interface Benches {
  /** Whether measurements may be asked for side by side. */
  readonly several: boolean;
  /** Asked ahead of time, it is ready when it is needed. */
  of(task: Task): Promise<Outcome<Bench>>;
  close(): Promise<void>;
}

export const openBenches = (device: Device, limit = 16): Benches => {
  const open = new Map<string, Promise<Outcome<Bench>>>();
  const closeFirst = async (): Promise<void> => {
    const [key, preparing] = open.entries().next().value!;
    open.delete(key);
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
      if (open.size > limit) await closeFirst();
      return bench;
    },
    close: async () => { while (open.size > 0) await closeFirst(); },
  };
};
