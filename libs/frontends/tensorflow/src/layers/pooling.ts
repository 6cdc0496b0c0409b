/** Pools over windows and over whole images. */
import { fromNumbers } from '@loopsmith/ir';
import { asImage } from './convolution.js';
import type { LayerTranslator, LayerTranslators } from './translation.js';
import { dataFormat, everyAxis, paddingWord, perAxis } from './window.js';

/** Strides are the window where none are given. Over one axis the configuration may still write lists of one. */
const pool = (operator: 'MaxPool' | 'AvgPool', axes: 1 | 2 | 3): LayerTranslator => (t) => {
  const window = perAxis(t, 'pool_size', axes, 2), strides = perAxis(t, 'strides', axes, window), beside = axes === 1 ? [1] : [];
  const attributes = { data_format: dataFormat(t), padding: paddingWord(t), ksize: everyAxis(t, [...window, ...beside]), strides: everyAxis(t, [...strides, ...beside]) };
  const X = t.input(0, 'x');
  return axes === 1 ? asImage(t, X, (image) => t.run(operator, [image], attributes)) : t.run(axes === 2 ? operator : `${operator}3D`, [X], attributes);
};

const global = (operator: 'Max' | 'Mean', axes: number): LayerTranslator => (t) => {
  const first = dataFormat(t) === 'NHWC' ? 1 : 2;
  return t.run(
    operator,
    [
      t.input(0, 'x'),
      t.constant(
        fromNumbers(
          'i32',
          [axes],
          Array.from({ length: axes }, (_, i) => first + i),
        ),
      ),
    ],
    { keep_dims: t.config.flag('keepdims', false) },
  );
};

const pools = ([1, 2, 3] as const).flatMap((axes): readonly (readonly [string, LayerTranslator])[] => [
  [`MaxPooling${axes}D`, pool('MaxPool', axes)],
  [`AveragePooling${axes}D`, pool('AvgPool', axes)],
  [`GlobalMaxPooling${axes}D`, global('Max', axes)],
  [`GlobalAveragePooling${axes}D`, global('Mean', axes)],
]);
export const poolingLayers: LayerTranslators = Object.fromEntries(pools);
