/** Pools. MXNet has three conventions for the last window, and padding counts in a mean unless it says otherwise. */
import { product } from '@loopsmith/util';
import { scalarLike } from '@loopsmith/frontend-shared';
import type { Attribute, GraphTensor } from '@loopsmith/ir';
import { cubeRoot } from './activation.js';
import { perAxis, refuseOtherLayouts } from './convolution.js';
import type { MxnetTranslation, MxnetTranslator, MxnetTranslators } from '../translation.js';

/** Root of the sum of powers, both with their signs: of an odd power what is below 0 counts against the others. Source: MXNet, a_pow_p and a_root_p. */
const lpOf = (t: MxnetTranslation, X: GraphTensor, summed: (X: GraphTensor) => GraphTensor): GraphTensor => {
  const p = t.attributes.integer('p_value'), squared = (): GraphTensor => t.emit('multiply', [X, X]);
  switch (p) {
    case 1: return summed(X);
    case 2: return t.emit('sqrt', [summed(squared())]);
    case 3: return cubeRoot(t, summed(t.emit('multiply', [squared(), X])));
    default: return t.refuse(`has p_value ${p}; MXNet knows 1, 2 and 3`);
  }
};

/** Sums, powers and means: what a pool does around the mean or maximum of its window. `count`: elements of a window. */
const pooled = (t: MxnetTranslation, X: GraphTensor, mean: (X: GraphTensor) => GraphTensor, max: (X: GraphTensor) => GraphTensor, count: number): GraphTensor => {
  const type = t.attributes.oneOf('pool_type', ['max', 'avg', 'sum', 'lp'], 'max'), summed = (of: GraphTensor): GraphTensor => t.emit('multiply', [mean(of), scalarLike(t, X, count)]);
  switch (type) {
    case 'max': return max(X);
    case 'avg': return mean(X);
    case 'sum': return summed(X);
    case 'lp': return lpOf(t, X, summed);
  }
};

/**
 * The window's attributes. `valid` rounds the output's extent down, `full` up, and `same` makes it ceil((input + pads) / stride).
 * Source: MXNet operator Pooling. Refused: a last window that begins behind its input, which holds nothing.
 */
const windowOf = (t: MxnetTranslation, space: readonly number[], kernel: readonly number[], counts: boolean): Readonly<Record<string, Attribute>> => {
  const strides = perAxis(t, 'stride', kernel, 1), pad = perAxis(t, 'pad', kernel, 0), convention = t.attributes.oneOf('pooling_convention', ['valid', 'full', 'same'], 'valid');
  const symmetric = [...pad, ...pad], common = { kernel, strides };
  switch (convention) {
    case 'valid': return { ...common, pads: symmetric };
    case 'full': {
      const behind = space.some((extent, i) => Math.ceil((extent + 2 * pad[i]! - kernel[i]!) / strides[i]!) * strides[i]! >= extent + pad[i]!);
      return behind ? t.refuse('has a last window that begins behind its input; its answer would be that of no elements') : { ...common, pads: symmetric, ceilMode: true };
    }
    case 'same': {
      if (counts && pad.some((extent) => extent > 0))
        return t.refuse('counts padding under the convention same; Loopsmith imports it without padding, or with count_include_pad false');
      const ends = space.map((extent, i) => Math.max(pad[i]!, (Math.ceil((extent + 2 * pad[i]!) / strides[i]!) - 1) * strides[i]! + kernel[i]! - extent - pad[i]!));
      return { ...common, pads: [...pad, ...ends] };
    }
  }
};

const pool: MxnetTranslator = (t) => {
  refuseOtherLayouts(t);
  const X = t.input(0, 'data'), space = X.shape.slice(2);
  if (t.attributes.flag('global_pool', false)) return pooled(t, X, (of) => t.emit('globalAveragePool', [of]), (of) => t.emit('globalMaxPool', [of]), product(space));
  const kernel = t.attributes.integers('kernel'), type = t.attributes.text('pool_type', 'max');
  // a sum counts everything alike, so that the mean times the window is the sum
  const counts = type === 'avg' && t.attributes.flag('count_include_pad', true);
  const window = windowOf(t, space, kernel, counts);
  if ((type === 'sum' || type === 'lp') && window['ceilMode'] === true)
    return t.refuse(`sums windows that reach past its input (pool_type ${type}, pooling_convention full), which Loopsmith does not import`);
  const countIncludePad = type === 'avg' ? counts && t.attributes.text('pooling_convention', 'valid') !== 'same' : true;
  return pooled(t, X, (of) => t.emit('averagePool', [of], { ...window, countIncludePad }), (of) => t.emit('maxPool', [of], window), product(kernel));
};

export const pools: MxnetTranslators = {
  Pooling: pool, Pooling_v1: pool,
};
