/**
 * The matrices of Winograd's minimal filtering F(m x m, 3 x 3), row-major: `BT` transforms data, `G` weights, `AT` products. Data only.
 *
 * Source: A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks" (arXiv:1509.09308), sections 4.1 (m = 2) and
 * 4.3 (m = 4). For a tile d of m+2 by m+2 and a filter g of 3 by 3, AT ((G g GT) * (BT d B)) A are m by m outputs, * by element; BT and
 * AT are the transposed B and A, as the paper prints them.
 */
export interface WinogradTables {
  /** Outputs per tile and axis. */
  readonly tile: number;
  /** [m+2, m+2] */
  readonly BT: readonly number[];
  /** [m+2, 3] */
  readonly G: readonly number[];
  /** [m, m+2] */
  readonly AT: readonly number[];
}

export const winogradTables: readonly WinogradTables[] = [
  {
    tile: 2,
    BT: [
      1, 0, -1, 0,
      0, 1, 1, 0,
      0, -1, 1, 0,
      0, 1, 0, -1,
    ],
    G: [
      1, 0, 0,
      0.5, 0.5, 0.5,
      0.5, -0.5, 0.5,
      0, 0, 1,
    ],
    AT: [
      1, 1, 1, 0,
      0, 1, -1, -1,
    ],
  },
  {
    tile: 4,
    BT: [
      4, 0, -5, 0, 1, 0,
      0, -4, -4, 1, 1, 0,
      0, 4, -4, -1, 1, 0,
      0, -2, -1, 2, 1, 0,
      0, 2, -1, -2, 1, 0,
      0, 4, 0, -5, 0, 1,
    ],
    G: [
      1 / 4, 0, 0,
      -1 / 6, -1 / 6, -1 / 6,
      -1 / 6, 1 / 6, -1 / 6,
      1 / 24, 1 / 12, 1 / 6,
      1 / 24, -1 / 12, 1 / 6,
      0, 0, 1,
    ],
    AT: [
      1, 1, 1, 1, 1, 0,
      0, 1, -1, 2, -2, 0,
      0, 1, 1, 4, 4, 0,
      0, 1, -1, 8, -8, 1,
    ],
  },
];
