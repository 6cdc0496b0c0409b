/** Pools. Indices of maxima are not computed. */
import type { Attribute } from '@loopsmith/ir';
import type { Translation, Translator, Translators } from '../translation.js';
import { windowAttributes } from './window.js';

const pool = (operator: string, more: (t: Translation) => Readonly<Record<string, Attribute>>): Translator => (t) => {
  const X = t.input(0, 'X'), kernel = t.attributes.integers('kernel_shape');
  return t.emit(operator, [X], { kernel, ...windowAttributes(t, X.shape.slice(2), kernel), ceilMode: t.attributes.flag('ceil_mode', false), ...more(t) });
};

export const pools: Translators = {
  MaxPool: pool('maxPool', () => ({})),
  AveragePool: pool('averagePool', (t) => ({ countIncludePad: t.attributes.flag('count_include_pad', false) })),
  GlobalAveragePool: (t) => t.emit('globalAveragePool', [t.input(0, 'X')]),
  GlobalMaxPool: (t) => t.emit('globalMaxPool', [t.input(0, 'X')]),
};
