/** Pools: a window or a whole plane reduced to one value per channel. One output each: indices of maxima are not computed. */
import { product } from '@loopsmith/util';
import { build, identityOf, variable, type DType, type Stage, type Table, type Value } from '@loopsmith/ir';
import { axesOver, spatialNames, windowNames } from './axes.js';
import { accumulatorOf, castTo, definitionOf, operator, type Reading } from './operator.js';
import { batchChannelsSpace, collapsed, paddedStage, windowIndex, windowOf, windowText, type Window } from './window.js';

/** What pools over windows have in common: X with `fill` around it, the axes of the output and of a window, and the element of X that a window has there. */
const windowsOf = (reading: Reading, fill: (dtype: DType) => number) => {
  const X = reading.input(0, 'X'), { n, c, space } = batchChannelsSpace(reading, X);
  const window = windowOf(reading, space, reading.integers('kernel'), reading.flag('ceilMode', false)), P = paddedStage(X, window, fill(X.dtype));
  const [at, axes] = axesOver([n, c, ...window.output]), [within, reduced] = axesOver(window.kernel, windowNames(space.length));
  return { X, P, window, axes, reduced, at, element: build.load(P ?? X, at[0]!, at[1]!, ...windowIndex(window, at.slice(2), within)) };
};

/**
 * Maximum over windows: X[n, c, y, x] to Y[n, c, y', x'], one to three spatial axes.
 * Attributes: kernel [r, s]; strides, dilations (1); pads [t, l, b, r] (0, filled with the least value); ceilMode (false).
 * Source: ONNX operator MaxPool.
 */
export const maxPool = operator((reading) => {
  const { X, P, window, axes, reduced, at, element } = windowsOf(reading, (dtype) => identityOf('max', dtype));
  const A = build.stage('A', X.dtype, axes, element, build.over('max', reduced, X.dtype));
  return { definition: definitionOf('maxPool', [X], [P, A, build.stage('Y', X.dtype, axes, build.load(A, ...at))]), label: `max_pool ${windowText(window)}` };
});

/**
 * Mean over windows: X[n, c, y, x] to Y[n, c, y', x'].
 * Attributes: as of maxPool, and countIncludePad (false): whether padding counts as zeros or not at all. What `ceilMode`
 * reaches past the padding never counts. Source: ONNX operator AveragePool.
 */
export const averagePool = operator((reading) => {
  const { X, P, window, axes, reduced, at, element } = windowsOf(reading, () => 0);
  const counts = countsOf(window, reading.flag('countIncludePad', false)), sumType = accumulatorOf(X.dtype);
  const A = build.stage('A', sumType, axes, castTo(sumType, element), build.over('sum', reduced, sumType));
  // the number of elements of a window is a product of one number per axis: a stage over a table each, known when the library is built, where it is not the same everywhere
  const tables: Table[] = [], countStages: Stage[] = [];
  let constantFactor = 1;
  let factors: Value | undefined;
  counts.forEach((count, i) => {
    if (count.every((value) => value === count[0])) { constantFactor *= count[0]!; return; }
    const name = spatialNames(counts.length)[i]!, table = build.table(`${name}Counts`, sumType, [count.length], count);
    const [countAt, countAxes] = axesOver([count.length], [name]);
    const stage = build.stage(`${name}Count`, sumType, countAxes, build.load(table, ...countAt));
    tables.push(table);
    countStages.push(stage);
    const factor = build.load(stage, at[2 + i]!);
    factors = factors ? build.binary('multiply', factors, factor) : factor;
  });
  const constant = build.literal(constantFactor, sumType);
  const divisor = factors === undefined ? constant : constantFactor === 1 ? factors : build.binary('multiply', factors, constant);
  return {
    definition: definitionOf('averagePool', [X], [P, ...countStages, A, quotientStage(X.dtype, A, divisor)], tables),
    label: `average_pool ${windowText(window)}`,
  };
});

/** Per spatial axis and output point: how many elements of its window count. */
const countsOf = (window: Window, includePad: boolean): readonly (readonly number[])[] => window.output.map((extent, i) => {
  const first = includePad ? 0 : window.before[i]!;
  const end = window.before[i]! + window.input[i]! + (includePad ? window.after[i]! : 0);
  return Array.from({ length: extent }, (_, o) => {
    let count = 0;
    for (let w = 0; w < window.kernel[i]!; w++) {
      const at = o * window.strides[i]! + w * window.dilations[i]!;
      if (at >= first && at < end) count++;
    }
    return count;
  });
});

const quotientStage = (dtype: Stage['dtype'], A: Stage, divisor: Value): Stage => {
  const mean = build.binary('divide', build.load(A, ...A.axes.map(variable)), divisor);
  return build.stage('Y', dtype, A.axes, castTo(dtype, mean));
};

/** Whole planes: X[n, c, y, x] to Y[n, c, 1, 1]. Source: ONNX operators GlobalAveragePool and GlobalMaxPool. */
const globalPool = (kind: 'average' | 'max') => operator((reading) => {
  const X = reading.input(0, 'X');
  const { n, c, space } = batchChannelsSpace(reading, X);
  const [at, axes] = axesOver([n, c, ...space.map(() => 1)]);
  const [within, reduced] = axesOver(space, windowNames(space.length));
  const element = build.load(X, at[0]!, at[1]!, ...within);
  const type = kind === 'max' ? X.dtype : accumulatorOf(X.dtype);
  const A = build.stage('A', type, axes, castTo(type, element), build.over(kind === 'max' ? 'max' : 'sum', reduced, type));
  const Y = kind === 'max' ? build.stage('Y', X.dtype, axes, build.load(A, ...at))
    : quotientStage(X.dtype, A, build.literal(product(space), type));
  return { definition: definitionOf(kind === 'max' ? 'globalMaxPool' : 'globalAveragePool', [X], [A, Y]), label: `global_${kind}_pool ${c} @${collapsed(space)}` };
});
/** Mean of each plane: X[n, c, y, x] to Y[n, c, 1, 1]. */
export const globalAveragePool = globalPool('average');
/** Maximum of each plane: X[n, c, y, x] to Y[n, c, 1, 1]. */
export const globalMaxPool = globalPool('max');
