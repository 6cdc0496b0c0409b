/** Windows as Keras configures them, to the attributes of TensorFlow's operators: one entry per axis, words in capitals. */
import type { LayerTranslation } from './translation.js';

/** A size per axis of space; Keras writes one number where all are equal. */
export const perAxis = (t: LayerTranslation, attribute: string, axes: number, fallback?: number | readonly number[]): readonly number[] => {
  const same = (value: number): readonly number[] => Array.from({ length: axes }, () => value);
  if (!t.config.has(attribute) && fallback !== undefined) return typeof fallback === 'number' ? same(fallback) : fallback;
  const values = isOne(t, attribute) ? same(t.config.integer(attribute)) : t.config.integers(attribute);
  return values.length === axes ? values : t.refuse(`has ${attribute} [${values.join(',')}]; ${axes} were expected, one per axis`);
};
const isOne = (t: LayerTranslation, attribute: string): boolean => !Array.isArray(t.given(attribute));

/** `NHWC` or `NCHW`, which also stand for the orders of other ranks. */
export const dataFormat = (t: LayerTranslation): 'NHWC' | 'NCHW' => {
  const order = t.config.text('data_format', 'channels_last');
  switch (order) {
    case 'channels_last': return 'NHWC';
    case 'channels_first': return 'NCHW';
    default: return t.refuse(`has data_format ${order}; Loopsmith knows channels_last and channels_first`);
  }
};

/** One entry per axis: 1 for batch and channels, the given ones for space. */
export const everyAxis = (t: LayerTranslation, space: readonly number[]): readonly number[] => (dataFormat(t) === 'NHWC' ? [1, ...space, 1] : [1, 1, ...space]);

/** `causal` is of one axis and pads before it; the layer does that itself. */
export const paddingWord = (t: LayerTranslation): 'SAME' | 'VALID' => {
  const padding = t.config.text('padding', 'valid');
  switch (padding) {
    case 'same': return 'SAME';
    case 'valid': case 'causal': return 'VALID';
    default: return t.refuse(`has padding ${padding}; Loopsmith knows same, valid and causal`);
  }
};
