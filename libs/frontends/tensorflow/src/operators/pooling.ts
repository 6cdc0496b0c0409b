/** Pools. Indices of maxima are not computed. */
import type { TfTranslator, TfTranslators } from '../translation.js';
import { overSpace, withChannelsFirst } from './layout.js';
import { padsOf } from './window.js';

/** Padding counts nowhere. The second form takes windows and strides as inputs. */
const pool = (operator: 'maxPool' | 'averagePool', rank: 4 | 5, inputs = false): TfTranslator => (t) => withChannelsFirst(t, t.input(0, 'input'), rank, (X) => {
  const of = (name: string, position: number): readonly number[] => overSpace(t, name, rank, inputs ? t.known(t.input(position, name), name) : t.attributes.integers(name));
  const kernel = of('ksize', 1), strides = of('strides', 2), ones = kernel.map(() => 1);
  return t.emit(operator, [X], { kernel, strides, dilations: ones, pads: padsOf(t, X.shape.slice(2), kernel, strides, ones) });
});

export const pools: TfTranslators = {
  MaxPool: pool('maxPool', 4), AvgPool: pool('averagePool', 4), MaxPoolV2: pool('maxPool', 4, true), MaxPool3D: pool('maxPool', 5), AvgPool3D: pool('averagePool', 5),
};
