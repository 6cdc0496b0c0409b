/** Pools. Indices of maxima are not computed. */
import { product } from '@loopsmith/util';
import { ceilPads, scalarLike } from '@loopsmith/frontend-shared';
import type { Attribute } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslator, OnnxTranslators } from '../translation.js';
import { windowAttributes } from './window.js';

const pool = (operator: string, more: (t: OnnxTranslation) => Readonly<Record<string, Attribute>>): OnnxTranslator => (t) => {
  const X = t.input(0, 'X'), kernel = t.attributes.integers('kernel_shape');
  return t.emit(operator, [X], { kernel, ...windowAttributes(t, X.shape.slice(2), kernel), ceilMode: t.attributes.flag('ceil_mode', false), ...more(t) });
};

/** A float in opset 1, an integer since. */
const exponentOf = (t: OnnxTranslation): number => (t.opset < 2 ? t.attributes.number('p', 2) : t.attributes.integer('p', 2));

export const pools: OnnxTranslators = {
  MaxPool: pool('maxPool', () => ({})),
  AveragePool: pool('averagePool', (t) => ({ countIncludePad: t.attributes.flag('count_include_pad', false) })),
  /** (sum of |X|^p)^(1/p): the mean over the window times its size. */
  LpPool: (t) => {
    const X = t.input(0, 'X'),
      kernel = t.attributes.integers('kernel_shape'),
      p = exponentOf(t),
      space = X.shape.slice(2),
      window = windowAttributes(t, space, kernel);
    // padding counts, so that every window has as many elements; what ceil_mode reaches past it is padding too
    const pads = t.attributes.flag('ceil_mode', false) ? ceilPads(space, kernel, window) : window.pads;
    const power = t.emit('power', [t.emit('absolute', [X]), scalarLike(t, X, p)]);
    const mean = t.emit('averagePool', [power], { kernel, ...window, pads, countIncludePad: true });
    return t.emit('power', [t.emit('multiply', [mean, scalarLike(t, X, product(kernel))]), scalarLike(t, X, 1 / p)]);
  },
  /** (sum of |X|^p over each plane)^(1/p). */
  GlobalLpPool: (t) => {
    const X = t.input(0, 'X'), p = exponentOf(t), axes = X.shape.map((_, axis) => axis).slice(2);
    const sum = t.emit('reduceSum', [t.emit('power', [t.emit('absolute', [X]), scalarLike(t, X, p)])], { axes, keepDims: true });
    return t.emit('power', [sum, scalarLike(t, X, 1 / p)]);
  },
  GlobalAveragePool: (t) => t.emit('globalAveragePool', [t.input(0, 'X')]),
  GlobalMaxPool: (t) => t.emit('globalMaxPool', [t.input(0, 'X')]),
};
