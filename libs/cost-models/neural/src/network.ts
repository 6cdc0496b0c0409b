/**
 * A network of two hidden layers and a straight path beside them, from features to one score: scores, and one step of learning from
 * the derivative of a loss by the scores. Its gradients are written out, because tfjs-core brings its own in files that Node
 * cannot import. Only additions, multiplications, divisions and square roots: the same bits on every machine. Knows no loss.
 */
import type { Random } from '@loopsmith/util';
import type { Tf } from './backend.js';

/** Row-major matrices: `first` [inputs, hidden], `second` [hidden, narrow], `third` [narrow, 1], `straight` [inputs, 1]; biases per column. */
export interface Weights {
  readonly straight: Float32Array;
  readonly first: Float32Array;
  readonly firstBias: Float32Array;
  readonly second: Float32Array;
  readonly secondBias: Float32Array;
  readonly third: Float32Array;
}
export interface Sizes { readonly inputs: number; readonly hidden: number; readonly narrow: number }

/** Uniform as He et al. ("Delving Deep into Rectifiers", ICCV 2015) for layers behind a rectifier; the last starts at nothing, so the straight path speaks first. */
export const startWeights = ({ inputs, hidden, narrow }: Sizes, random: Random): Weights => {
  const drawn = (rows: number, columns: number): Float32Array => Float32Array.from({ length: rows * columns }, () => (2 * random.next() - 1) * Math.sqrt(6 / rows));
  return {
    straight: new Float32Array(inputs),
    first: drawn(inputs, hidden),
    firstBias: new Float32Array(hidden),
    second: drawn(hidden, narrow),
    secondBias: new Float32Array(narrow),
    third: new Float32Array(narrow),
  };
};

/** Score of one row of inputs. */
export const scoreOf = ({ straight, first, firstBias, second, secondBias, third }: Weights, row: ArrayLike<number>): number => {
  const hidden = layer(row, first, firstBias), narrow = layer(hidden, second, secondBias);
  let score = 0;
  for (let i = 0; i < straight.length; i++) score += row[i]! * straight[i]!;
  for (let i = 0; i < third.length; i++) score += narrow[i]! * third[i]!;
  return score;
};

/** A rectified layer of one row. */
const layer = (row: ArrayLike<number>, weights: Float32Array, bias: Float32Array): Float64Array => {
  const out = Float64Array.from(bias);
  for (let i = 0; i < row.length; i++) {
    const value = row[i]!;
    if (value !== 0) for (let j = 0; j < out.length; j++) out[j]! += value * weights[i * out.length + j]!;
  }
  for (let j = 0; j < out.length; j++) out[j] = Math.max(0, out[j]!);
  return out;
};

/** The derivative of the loss by every weight, on rows [n, inputs], where `by` says it by the scores: negative where a score should rise. */
export const gradientsOf = (tf: Tf, weights: Weights, { inputs, hidden, narrow }: Sizes, rows: Float32Array, by: (scores: Float32Array) => Float32Array): Weights => {
  const n = rows.length / inputs;
  const kept = tf.tidy(() => {
    const x = tf.tensor2d(rows, [n, inputs]), second = tf.tensor2d(weights.second, [hidden, narrow]), third = tf.tensor2d(weights.third, [narrow, 1]);
    const inFirst = tf.relu(tf.add(tf.matMul(x, tf.tensor2d(weights.first, [inputs, hidden])), tf.tensor1d(weights.firstBias)));
    const inSecond = tf.relu(tf.add(tf.matMul(inFirst, second), tf.tensor1d(weights.secondBias)));
    const scores = tf.add(tf.matMul(x, tf.tensor2d(weights.straight, [inputs, 1])), tf.matMul(inSecond, third));
    const down = tf.tensor2d(by(scores.dataSync() as Float32Array), [n, 1]);
    // back through the layers: what a rectifier held back, it holds back here too
    const atSecond = tf.mul(tf.matMul(down, third, false, true), tf.step(inSecond)), atFirst = tf.mul(tf.matMul(atSecond, second, false, true), tf.step(inFirst));
    return [tf.matMul(x, down, true), tf.matMul(x, atFirst, true), tf.sum(atFirst, 0), tf.matMul(inFirst, atSecond, true), tf.sum(atSecond, 0), tf.matMul(inSecond, down, true)];
  });
  const [straight, first, firstBias, second, secondBias, third] = kept.map((tensor) => tensor.dataSync() as Float32Array);
  tf.dispose(kept);
  return { straight: straight!, first: first!, firstBias: firstBias!, second: second!, secondBias: secondBias!, third: third! };
};

export const weightNames = ['straight', 'first', 'firstBias', 'second', 'secondBias', 'third'] as const satisfies readonly (keyof Weights)[];

/**
 * Adam (Kingma and Ba, ICLR 2015) with weights that shrink on their own (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019).
 * Changes the weights in place.
 */
export const adam = (weights: Weights, { rate, decay }: { readonly rate: number; readonly decay: number }): ((gradients: Weights, share: number) => void) => {
  const zeros = (): Record<keyof Weights, Float64Array> =>
    Object.fromEntries(weightNames.map((name) => [name, new Float64Array(weights[name].length)])) as Record<keyof Weights, Float64Array>;
  const mean = zeros(), square = zeros();
  let lessMean = 1, lessSquare = 1;
  return (gradients, share) => {
    lessMean *= 0.9;
    lessSquare *= 0.999;
    for (const name of weightNames) {
      const of = weights[name], slope = gradients[name], m = mean[name], v = square[name];
      for (let i = 0; i < of.length; i++) {
        m[i] = 0.9 * m[i]! + 0.1 * slope[i]!;
        v[i] = 0.999 * v[i]! + 0.001 * slope[i]! * slope[i]!;
        of[i]! -= rate * share * ((m[i]! / (1 - lessMean)) / (Math.sqrt(v[i]! / (1 - lessSquare)) + 1e-8) + decay * of[i]!);
      }
    }
  };
};
