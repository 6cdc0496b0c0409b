/** Dense layers and tables of vectors. Translates only; what a layer computes is defined by TensorFlow's operators here. */
import type { LayerTranslator, LayerTranslators } from './translation.js';
import { activated } from './activation.js';
import { fromNumbers } from '@loopsmith/ir';

/** Along the last axis, whatever is before it. */
const dense: LayerTranslator = (t) => {
  const X = t.input(0, 'x'), W = t.weight(0, 'kernel'), Y = X.shape.length === 2 ? t.run('MatMul', [X, W]) : t.emit('matmul', [X, W]);
  return activated(t, t.config.flag('use_bias', true) ? t.run('BiasAdd', [Y, t.weight(1, 'bias')]) : Y);
};

export const denseLayers: LayerTranslators = {
  Dense: dense,
  /** Indices may come as floats, as TensorFlow.js hands them over. */
  Embedding: (t) => {
    const X = t.input(0, 'x');
    if (t.config.flag('mask_zero', false)) return t.refuse('masks zeros (mask_zero), which Loopsmith does not follow; export the model without masks');
    return t.run('GatherV2', [t.weight(0, 'embeddings'), X.dtype === 'i32' || X.dtype === 'i64' ? X : t.emit('cast', [X], { to: 'i32' }), t.constant(fromNumbers('i32', [], [0]))]);
  },
};
