/**
 * Benches by task, prepared once and kept while the run comes back to them. Of those that nobody uses the oldest is closed where all of them would
 * hold too much: inputs and right answers of a task, from some megabytes to hundreds. It measures nothing itself.
 */
import type { Bench, Device, Task } from '@loopsmith/contracts';
import { bytesOf, elementsOf, outputOf } from '@loopsmith/ir';
import { refuse, succeed, type Failure, type Outcome } from '@loopsmith/util';
import { guard } from './guard.js';

export interface Benches {
  /** Whether measurements may be asked for side by side. */
  readonly several: boolean;
  /** `work` with the bench of the task, which stays open until it is done; asked ahead of time, it is ready when it is needed. A Failure: the device cannot prepare the task. */
  use<T>(task: Task, work: (bench: Bench) => Promise<T>): Promise<Outcome<T>>;
  /** For when nobody uses any of them. Refused where one of them would not close, now or earlier. */
  close(): Promise<void>;
}

/** What all benches together may hold, but for those in use. */
const LIMIT_BYTES = 512 * 2 ** 20;

/** Two sets of what is known at run time, and of the answers in double. Layouts that candidates ask for come on top. */
const heldBytes = ({ definition }: Task): number =>
  definition.inputs.reduce((sum, input) => sum + (input.when === 'run' ? 2 : 1) * elementsOf(input) * bytesOf[input.dtype], 2 * 8 * elementsOf(outputOf(definition)));

interface Open { readonly preparing: Promise<Outcome<Bench>>; readonly bytes: number; users: number }

export const openBenches = (device: Device): Benches => {
  const open = new Map<string, Open>();
  /** What went wrong first as one was closed: told at the end, for no measurement is the worse for it. */
  let fault: Failure | null = null;
  const closeOne = async (key: string, { preparing }: Open): Promise<void> => {
    open.delete(key);
    const bench = await preparing;
    if (!bench.ok) return;
    const closed = await guard('measure', 'a bench that was closed', async () => succeed(await bench.value.close()));
    if (!closed.ok) fault ??= closed.failure;
  };
  const closeSpare = async (): Promise<void> => {
    while (open.size > 1 && [...open.values()].reduce((sum, { bytes }) => sum + bytes, 0) > LIMIT_BYTES) {
      // one that measures would lose its measurement
      const spare = [...open].find(([, { users }]) => users === 0);
      if (!spare) return;
      await closeOne(...spare);
    }
  };
  return {
    several: device.several ?? false,
    use: async (task, work) => {
      const mine = open.get(task.key) ?? { preparing: guard('measure', `the device of ${task.target.id}`, () => device.prepare(task)), bytes: heldBytes(task), users: 0 };
      // taken out and put back: a Map keeps the order of insertion, so the first is the one not used for longest
      open.delete(task.key);
      open.set(task.key, mine);
      mine.users++;
      try {
        await closeSpare();
        const bench = await mine.preparing;
        return bench.ok ? succeed(await work(bench.value)) : bench;
      } finally {
        mine.users--;
        await closeSpare();
      }
    },
    close: async () => {
      for (const [key, one] of [...open]) await closeOne(key, one);
      if (fault !== null) refuse(fault);
    },
  };
};
