/** Who may use the cores of this machine: lanes for compilers, and the measurements that must have theirs to themselves. Knows neither. */
import type { Lane } from '@loopsmith/contracts';
import { oneAtATime } from '@loopsmith/util';

export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export const sideBySide: Turns = (work) => work();

export interface Cores {
  /** One per core. */
  readonly lanes: readonly Lane[];
  /** Asked before what is measured: a batch, a comparison. */
  readonly measuring: Turns;
  /** Answers when nothing is measured; what only waits for its turn does not count. */
  readonly quiet: () => Promise<void>;
}

/**
 * Compilers run on every core, on those that are measured on too: there they and the measurements take turns in the order they ask, a lane's
 * part of a batch and what is measured together one after the other. A core that only builds never waits.
 */
export const coresFor = (all: readonly number[], measured: readonly number[]): Cores => {
  const lanes = all.map((cpu): Lane => ({ cpus: [cpu], turn: oneAtATime() }));
  const shared = lanes.filter(({ cpus: [cpu] }) => measured.includes(cpu!));
  const running = new Set<Promise<unknown>>();
  const noted = <T>(work: () => Promise<T>) => (): Promise<T> => {
    const going = work();
    running.add(going);
    return going.finally(() => running.delete(going));
  };
  return {
    lanes,
    measuring: (work) => onAll(shared, noted(work)),
    quiet: async () => { while (running.size > 0) await Promise.allSettled(running); },
  };
};

/**
 * Asks every lane at once, so that all have the same order and no two ever wait for each other. One lane after the other would let what is asked
 * for meanwhile go ahead on the last of them, while the first ones wait with nothing to do.
 */
const onAll = async <T>(lanes: readonly Lane[], work: () => Promise<T>): Promise<T> => {
  let free = (): void => { /* set before any turn begins */ };
  const over = new Promise<void>((resolve) => { free = resolve; });
  const begun = lanes.map((lane) => new Promise<void>((begin, reject) => {
    lane.turn(() => { begin(); return over; }).catch(reject);
  }));
  try {
    await Promise.all(begun);
    return await work();
  } finally {
    free();
  }
};

/** A turn for what is more than one piece of work: answers when it has come, with what ends it. */
export const takeTurn = (turns: Turns): Promise<() => void> =>
  new Promise((begin, reject) => {
    turns(() => new Promise<void>((end) => { begin(end); })).catch(reject);
  });
