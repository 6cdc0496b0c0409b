/**
 * Regression trees over binned features, grown on gradients (Chen and Guestrin, "XGBoost: A Scalable Tree Boosting System", KDD
 * 2016; histograms as in Ke et al., "LightGBM", NIPS 2017). Only additions, multiplications, divisions and comparisons in a fixed
 * order: the same bits on every machine. Knows no loss.
 */

/** Features cut into bins. Bin b of feature f holds values in (cuts[f][b-1], cuts[f][b]]. */
export interface Binned {
  readonly rows: number;
  readonly cuts: readonly (readonly number[])[];
  /** Per feature, one bin per row. */
  readonly bins: readonly Uint8Array[];
  /** Room for one feature's histogram: sums of gradients, then of second derivatives; and for a node's rows in their order. */
  readonly room: { readonly g: Float64Array; readonly h: Float64Array; readonly gradient: Float64Array; readonly curvature: Float64Array };
}

/** Quantile cuts; a feature of one value gets none and is never split on. */
export const binFeatures = (features: readonly ArrayLike<number>[], most: number): Binned => {
  const count = features[0]?.length ?? 0;
  const cuts: number[][] = [], bins: Uint8Array[] = [];
  for (let f = 0; f < count; f++) {
    const column = Float64Array.from(features, (row) => row[f]!), sorted = Float64Array.from(column).sort();
    const distinct: number[] = [];
    for (const value of sorted) if (value !== distinct.at(-1)) distinct.push(value);
    const own: number[] = [];
    if (distinct.length <= most) for (let i = 1; i < distinct.length; i++) own.push((distinct[i - 1]! + distinct[i]!) / 2);
    else for (let i = 1; i < most; i++) {
      const cut = sorted[Math.floor((i * sorted.length) / most)]!;
      if (cut !== own.at(-1) && cut < distinct.at(-1)!) own.push(cut);
    }
    cuts.push(own);
    bins.push(Uint8Array.from(column, (value) => binOf(own, value)));
  }
  return { rows: features.length, cuts, bins, room: { g: new Float64Array(256), h: new Float64Array(256), gradient: new Float64Array(features.length), curvature: new Float64Array(features.length) } };
};

/** How many cuts lie below the value. */
const binOf = (cuts: readonly number[], value: number): number => {
  let low = 0, high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cuts[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** A full binary tree of fixed depth in heap order: node i has children 2i+1 and 2i+2. A node that does not split sends all left. */
export interface Tree { readonly features: Int16Array; readonly cuts: Float64Array; readonly leaves: Float64Array }

export interface TreeOptions {
  readonly depth: number;
  /** Added to every sum of second derivatives: shrinks leaves of few rows. */
  readonly lambda: number;
  /** Least sum of second derivatives of a leaf. */
  readonly leastWeight: number;
  /** Factor of every leaf. */
  readonly rate: number;
}

/** Grows one tree that lowers a loss with these first and second derivatives (of the negative loss), and adds its leaves to `scores`. */
export const growTree = (data: Binned, gradient: Float64Array, curvature: Float64Array, columns: readonly number[], options: TreeOptions, scores: Float64Array): Tree => {
  const { depth, lambda, leastWeight, rate } = options;
  const inner = 2 ** depth - 1;
  const features = new Int16Array(inner).fill(-1), cuts = new Float64Array(inner), leaves = new Float64Array(2 ** depth);
  const order = Int32Array.from({ length: data.rows }, (_, i) => i), spare = new Int32Array(data.rows);
  let from = new Int32Array([0, data.rows]);
  for (let level = 0; level < depth; level++) {
    const next = new Int32Array(2 ** (level + 1) + 1);
    for (let node = 0; node < 2 ** level; node++) {
      const at = 2 ** level - 1 + node, begin = from[node]!, end = from[node + 1]!;
      const split = end - begin < 2 ? null : bestSplit(data, gradient, curvature, columns, order, begin, end, lambda, leastWeight);
      let middle = end;
      if (split) {
        features[at] = split.feature;
        cuts[at] = data.cuts[split.feature]![split.bin]!;
        middle = partition(order, spare, begin, end, data.bins[split.feature]!, split.bin);
      }
      next[2 * node] = begin;
      next[2 * node + 1] = middle;
      next[2 * node + 2] = end;
    }
    from = next;
  }
  for (let leaf = 0; leaf < 2 ** depth; leaf++) {
    let g = 0, h = 0;
    for (let i = from[leaf]!; i < from[leaf + 1]!; i++) { g += gradient[order[i]!]!; h += curvature[order[i]!]!; }
    const value = rate * g / (h + lambda);
    leaves[leaf] = value;
    for (let i = from[leaf]!; i < from[leaf + 1]!; i++) scores[order[i]!]! += value;
  }
  return { features, cuts, leaves };
};

const bestSplit = (data: Binned, gradient: Float64Array, curvature: Float64Array, columns: readonly number[], order: Int32Array, begin: number, end: number, lambda: number, leastWeight: number): { feature: number; bin: number } | null => {
  const { room } = data, sumG = room.g, sumH = room.h, ownGradient = room.gradient, ownCurvature = room.curvature, rows = order.subarray(begin, end), count = rows.length;
  let g = 0, h = 0;
  for (let i = 0; i < count; i++) {
    g += ownGradient[i] = gradient[rows[i]!]!;
    h += ownCurvature[i] = curvature[rows[i]!]!;
  }
  if (h < 2 * leastWeight) return null;
  // a split must gain something, or noise of rounding would choose
  let most = (g * g) / (h + lambda) + 1e-9, found: { feature: number; bin: number } | null = null;
  for (const feature of columns) {
    const own = data.cuts[feature]!.length, bins = data.bins[feature]!;
    for (let bin = 0; bin <= own; bin++) sumG[bin] = sumH[bin] = 0;
    for (let i = 0; i < count; i++) {
      const bin = bins[rows[i]!]!;
      sumG[bin]! += ownGradient[i]!;
      sumH[bin]! += ownCurvature[i]!;
    }
    let left = 0, weight = 0;
    for (let bin = 0; bin < own; bin++) {
      left += sumG[bin]!;
      weight += sumH[bin]!;
      if (weight < leastWeight || h - weight < leastWeight) continue;
      const gain = (left * left) / (weight + lambda) + ((g - left) * (g - left)) / (h - weight + lambda);
      if (gain > most) { most = gain; found = { feature, bin }; }
    }
  }
  return found;
};

/** Rows of bins up to `bin` first, each side in its order. Answers where the second side begins. */
const partition = (order: Int32Array, spare: Int32Array, begin: number, end: number, bins: Uint8Array, bin: number): number => {
  let left = begin, right = 0;
  for (let i = begin; i < end; i++) {
    const row = order[i]!;
    if (bins[row]! <= bin) order[left++] = row;
    else spare[right++] = row;
  }
  for (let i = 0; i < right; i++) order[left + i] = spare[i]!;
  return left;
};

/** What a tree says of one row of features. */
export const treeScore = ({ features, cuts, leaves }: Tree, row: ArrayLike<number>): number => {
  let at = 0;
  while (at < features.length) {
    const feature = features[at]!;
    at = 2 * at + (feature >= 0 && row[feature]! > cuts[at]! ? 2 : 1);
  }
  return leaves[at - features.length]!;
};
