/**
 * Several methods over several data sets: average ranks and Nemenyi's critical difference (Demšar, "Statistical Comparisons of
 * Classifiers over Multiple Data Sets", JMLR 2006). It computes no test over all methods at once, such as Friedman's.
 */

/** Studentized range over sqrt(2) at 5 %, for 2 to 20 methods (Demšar 2006, table 5, continued from the range's own table). */
const Q05 = [1.96, 2.343, 2.569, 2.728, 2.85, 2.949, 3.031, 3.102, 3.164, 3.219, 3.268, 3.313, 3.354, 3.391, 3.426, 3.458, 3.489, 3.517, 3.544];

export interface RankSummary {
  /** Per method, 1 is the best. */
  readonly averageRanks: readonly number[];
  /** Methods whose average ranks differ by less cannot be told apart; null for one method or more than 20. */
  readonly criticalDifference: number | null;
}

/** `scores[dataSet][method]`, smaller is better; ties share their mean rank. */
export const compareRanks = (scores: readonly (readonly number[])[]): RankSummary => {
  const methods = scores[0]?.length ?? 0, sets = scores.length;
  const sums = new Array<number>(methods).fill(0);
  for (const row of scores) row.forEach((score, i) => { sums[i]! += 1 + row.filter((other) => other < score).length + (row.filter((other) => other === score).length - 1) / 2; });
  const q = Q05[methods - 2];
  return { averageRanks: sums.map((sum) => sum / sets), criticalDifference: q === undefined ? null : q * Math.sqrt((methods * (methods + 1)) / (6 * sets)) };
};

/** Groups of methods, by position, that the critical difference does not tell apart: maximal runs along the ranks, of two at least. */
export const indistinguishable = ({ averageRanks, criticalDifference }: RankSummary): readonly (readonly number[])[] => {
  if (criticalDifference === null) return [];
  const order = [...averageRanks.keys()].sort((i, j) => averageRanks[i]! - averageRanks[j]!);
  const groups = order.map((first, at) => order.slice(at).filter((i) => averageRanks[i]! - averageRanks[first]! < criticalDifference));
  return groups.filter((group, at) => group.length > 1 && !groups.slice(0, at).some((earlier) => group.every((i) => earlier.includes(i))));
};
