/** Names of a tensor's axes for texts: n batch, c channel, z y x space. They mean nothing to any pass. */

/** n c y x for four axes, n c x for three, n c for two; beyond five they are counted. */
export const axisNames = (rank: number): readonly string[] =>
  rank <= 5 ? ['n', 'c', ...['z', 'y', 'x'].slice(rank < 3 ? 3 : 5 - rank)].slice(0, rank) : Array.from({ length: rank }, (_, i) => `i${i}`);
