/** Who may use the cores of this machine: lanes for compilers, and the measurements that must have theirs to themselves. Knows neither. */
import type { Lane } from '@loopsmith/contracts';
import { oneAtATime } from '@loopsmith/util';

export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export const sideBySide: Turns = (work) => work();

export interface Cores {
  /** One per core. */
  readonly lanes: readonly Lane[];
  /** Asked before every measurement. */
  readonly measuring: Turns;
}

/**
 * Compilers run on every core, on those that are measured on too: there they and the measurements take turns, one run of a
 * compiler and one measurement after the other. A core that only builds never waits.
 */
export const coresFor = (all: readonly number[], measured: readonly number[]): Cores => {
  const lanes = all.map((cpu): Lane => ({ cpus: [cpu], turn: oneAtATime() }));
  const shared = lanes.filter(({ cpus: [cpu] }) => measured.includes(cpu!));
  // one lane after the other, always in the same order, so that no two ever wait for each other
  return { lanes, measuring: (work) => shared.reduceRight<() => ReturnType<typeof work>>((inner, lane) => () => lane.turn(inner), work)() };
};
