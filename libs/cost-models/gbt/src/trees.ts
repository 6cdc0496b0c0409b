/**
 * Regression trees over binned features, grown on gradients (Chen and Guestrin, "XGBoost: A Scalable Tree Boosting System", KDD
 * 2016; histograms, and the larger child's as the difference of two, as in Ke et al., "LightGBM", NIPS 2017; gradients as small
 * integers as in Shi et al., "Quantized Training of Gradient Boosting Decision Trees", NeurIPS 2022). Only additions,
 * multiplications, divisions and comparisons: the same bits on every machine. Knows no loss.
 */

/** Features cut into bins. Bin b of feature f holds values in (cuts[f][b-1], cuts[f][b]]. */
interface Binned {
  readonly rows: number;
  /** Features. */
  readonly width: number;
  readonly cuts: readonly Float64Array[];
  /** Row by row, one bin per feature. */
  readonly bins: Uint8Array;
}

/** Quantile cuts; a feature of one value gets none and is never split on. At most 256 bins. */
export const binFeatures = (features: readonly ArrayLike<number>[], most: number): Binned => {
  const rows = features.length, width = features[0]?.length ?? 0;
  const cuts: Float64Array[] = [], bins = new Uint8Array(rows * width), column = new Float64Array(rows);
  for (let f = 0; f < width; f++) {
    for (let row = 0; row < rows; row++) column[row] = features[row]![f]!;
    const own = cutsOf(Float64Array.from(column).sort(), most);
    cuts.push(own);
    if (own.length > 0) for (let row = 0; row < rows; row++) bins[row * width + f] = binOf(own, column[row]!);
  }
  return { rows, width, cuts, bins };
};

/** Between all values where there are few, else at quantiles. */
const cutsOf = (sorted: Float64Array, most: number): Float64Array => {
  const distinct: number[] = [], own: number[] = [];
  for (let i = 0; i < sorted.length && distinct.length <= most; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct.push(sorted[i]!);
  if (distinct.length <= most) for (let i = 1; i < distinct.length; i++) own.push((distinct[i - 1]! + distinct[i]!) / 2);
  else for (let i = 1; i < most; i++) {
    const cut = sorted[Math.floor((i * sorted.length) / most)]!;
    if (cut !== own.at(-1) && cut < sorted.at(-1)!) own.push(cut);
  }
  return Float64Array.from(own);
};

/** How many cuts lie below the value. */
const binOf = (cuts: Float64Array, value: number): number => {
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

interface TreeOptions {
  readonly depth: number;
  /** Added to every sum of second derivatives: shrinks leaves of few rows. */
  readonly lambda: number;
  /** Least sum of second derivatives of a leaf. */
  readonly leastWeight: number;
  /** Factor of every leaf. */
  readonly rate: number;
}

/** Grows one tree on some of the features that lowers a loss with these first and second derivatives (of the negative loss), and adds its leaves to `scores`. */
type Grow = (gradient: Float64Array, curvature: Float64Array, columns: readonly number[], scores: Float64Array) => Tree;

/** Rows of a node, and the sums of its histogram: a slot per chosen feature and bin. */
interface Node { readonly begin: number; readonly end: number; readonly sums: Float64Array }
interface Split { readonly column: number; readonly bin: number }

/** One grower per data: it keeps the room for histograms from tree to tree. */
export const treeGrower = ({ rows, width, cuts, bins }: Binned, { depth, lambda, leastWeight, rate }: TreeOptions): Grow => {
  const most = cuts.reduce((widest, own) => Math.max(widest, own.length + 1), 1), inner = 2 ** depth - 1;
  const order = new Int32Array(rows), spare = new Int32Array(rows), packed = new Float64Array(rows);
  const room = Array.from({ length: 2 ** Math.max(0, depth - 1) }, () => new Float64Array(width * most));

  return (gradient, curvature, columns, scores) => {
    const chosen = Int32Array.from(columns), used = chosen.length * most, units = pack(gradient, curvature, packed);
    // in units: a gain is the same up to a factor, and a split must gain something, or noise of rounding would choose
    const shrink = lambda / units.curvature, least = leastWeight / units.curvature, nothing = (1e-9 * units.curvature) / units.gradient ** 2;

    const fill = (sums: Float64Array, begin: number, end: number): void => {
      sums.fill(0, 0, used);
      for (let i = begin; i < end; i++) {
        const row = order[i]!, at = row * width, value = packed[row]!;
        for (let c = 0, slot = 0; c < chosen.length; c++, slot += most) sums[slot + bins[at + chosen[c]!]!]! += value;
      }
    };
    const bestSplit = ({ begin, end, sums }: Node): Split | null => {
      let all = 0;
      for (let bin = 0; bin < most; bin++) all += sums[bin]!;
      const allG = Math.floor(all / SHIFT), allH = all - allG * SHIFT;
      if (end - begin < 2 || allH < 2 * least) return null;
      let best = (allG * allG) / (allH + shrink) + nothing, found: Split | null = null;
      for (let c = 0; c < chosen.length; c++) {
        const own = cuts[chosen[c]!]!.length;
        for (let bin = 0, left = 0; bin < own; bin++) {
          left += sums[c * most + bin]!;
          const g = Math.floor(left / SHIFT), h = left - g * SHIFT;
          if (h < least || allH - h < least) continue;
          // g² / left + (G - g)² / right, with one division in place of two
          const other = allG - g, ofLeft = h + shrink, ofRight = allH - h + shrink, gain = (g * g * ofRight + other * other * ofLeft) / (ofLeft * ofRight);
          if (gain > best) { best = gain; found = { column: c, bin }; }
        }
      }
      return found;
    };
    /** Rows of bins up to the split's first, each side in its order. Answers where the second side begins. */
    const partition = (begin: number, end: number, { column, bin }: Split): number => {
      const feature = chosen[column]!;
      let left = begin, right = 0;
      for (let i = begin; i < end; i++) {
        const row = order[i]!;
        if (bins[row * width + feature]! <= bin) order[left++] = row;
        else spare[right++] = row;
      }
      order.set(spare.subarray(0, right), left);
      return left;
    };

    const features = new Int16Array(inner).fill(-1), found = new Float64Array(inner), leaves = new Float64Array(2 ** depth);
    for (let i = 0; i < rows; i++) order[i] = i;
    fill(room[0]!, 0, rows);
    // by position in the level; a node that did not split is one leaf, and has no entry further down
    let level = new Map<number, Node>([[0, { begin: 0, end: rows, sums: room[0]! }]]);
    const ends: { readonly begin: number; readonly end: number; readonly leaf: number }[] = [];
    for (let at = 0; at < depth; at++) {
      const next = new Map<number, Node>(), free = room.filter((sums) => ![...level.values()].some((node) => node.sums === sums));
      for (const [position, node] of level) {
        const split = bestSplit(node), { begin, end, sums } = node;
        if (!split) { ends.push({ begin, end, leaf: position << (depth - at) }); continue; }
        features[2 ** at - 1 + position] = chosen[split.column]!;
        found[2 ** at - 1 + position] = cuts[chosen[split.column]!]![split.bin]!;
        const middle = partition(begin, end, split);
        if (at === depth - 1) { ends.push({ begin, end: middle, leaf: 2 * position }, { begin: middle, end, leaf: 2 * position + 1 }); continue; }
        // the smaller side is summed, the other is what remains of both
        const other = free.pop()!, leftIsLess = middle - begin <= end - middle;
        fill(other, ...(leftIsLess ? [begin, middle] as const : [middle, end] as const));
        for (let slot = 0; slot < used; slot++) sums[slot]! -= other[slot]!;
        next.set(2 * position, { begin, end: middle, sums: leftIsLess ? other : sums });
        next.set(2 * position + 1, { begin: middle, end, sums: leftIsLess ? sums : other });
      }
      level = next;
    }
    for (const { begin, end, leaf } of ends) {
      let g = 0, h = 0;
      for (let i = begin; i < end; i++) { g += gradient[order[i]!]!; h += curvature[order[i]!]!; }
      const value = rate * g / (h + lambda);
      leaves[leaf] = value;
      for (let i = begin; i < end; i++) scores[order[i]!]! += value;
    }
    return { features, cuts: found, leaves };
  };
};

/**
 * Two whole numbers in one double, so that one addition sums both: sum of gradients times SHIFT plus sum of curvatures. Sums stay
 * below 2^52 and are exact, whatever their order.
 */
const SHIFT = 2 ** 26;

/** Writes each row's derivatives, rounded to the finest units whose sums cannot overflow; answers the units. */
const pack = (gradient: Float64Array, curvature: Float64Array, into: Float64Array): { readonly gradient: number; readonly curvature: number } => {
  let steepest = 0, sharpest = 0;
  for (let i = 0; i < into.length; i++) {
    steepest = Math.max(steepest, Math.abs(gradient[i]!));
    sharpest = Math.max(sharpest, curvature[i]!);
  }
  const finest = Math.floor((SHIFT / 2 - 1) / Math.max(1, into.length)), units = { gradient: (steepest || 1) / finest, curvature: (sharpest || 1) / finest };
  for (let i = 0; i < into.length; i++) into[i] = Math.round(gradient[i]! / units.gradient) * SHIFT + Math.round(curvature[i]! / units.curvature);
  return units;
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
