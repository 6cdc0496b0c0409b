/** Orders compared: rank correlation. Knows nothing of what is ranked. */

/** Spearman's rank correlation; ties share their mean rank. 1: the same order. */
export const rankCorrelation = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const [p, q] = [ranksOf(a), ranksOf(b)];
  const mean = (p.length - 1) / 2;
  let both = 0, left = 0, right = 0;
  p.forEach((rank, i) => {
    both += (rank - mean) * (q[i]! - mean);
    left += (rank - mean) ** 2;
    right += (q[i]! - mean) ** 2;
  });
  return left === 0 || right === 0 ? 0 : both / Math.sqrt(left * right);
};

const ranksOf = (values: ArrayLike<number>): readonly number[] => {
  const order = Array.from(values, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const ranks = new Array<number>(order.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
};
