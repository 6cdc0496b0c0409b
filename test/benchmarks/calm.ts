/**
 * Which rounds of a benchmark were calm. A neighbour on a core's second thread, which a virtual machine cannot see, slows all that loads by up to a half, for seconds (decisions 253, 272);
 * a loop that does nothing but load, timed right before and after a round, tells. Measures nothing.
 */

/** Times the loop's best; beyond it kernels are slower too (decision 272). */
const tolerated = 1.1;

/** Loads per second before and after a round, whichever are fewer. */
export interface Loaded { readonly loadsPerSecond: number }

export const mostLoads = (rounds: readonly Loaded[]): number => rounds.reduce((most, { loadsPerSecond }) => Math.max(most, loadsPerSecond), 0);

/** `most` are the loads per second of the calmest moment known. */
export const calmOnes = <T extends Loaded>(rounds: readonly T[], most: number): readonly T[] => rounds.filter(({ loadsPerSecond }) => loadsPerSecond * tolerated >= most);

/** Rounds until `wanted` were calm, `most` at most. What is calm is judged by the calmest so far, so a first round may turn out not to have been. */
export const untilCalm = async <T extends Loaded>(wanted: number, most: number, calmest: () => number, take: () => Promise<T>): Promise<readonly T[]> => {
  const rounds: T[] = [];
  while (rounds.length < most && calmOnes(rounds, calmest()).length < wanted) rounds.push(await take());
  return rounds;
};
