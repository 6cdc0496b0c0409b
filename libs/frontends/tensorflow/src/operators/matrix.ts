/** Dense layers and products of matrices. Sparse and quantised ones are not imported. */
import { lastTwoSwapped } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { TfTranslator, TfTranslators } from '../translation.js';
import { fusedOperators } from './convolution.js';

const matmul: TfTranslator = (t) =>
  t.emit('dense', [t.input(0, 'a'), t.input(1, 'b'), undefined], {
    transposeA: t.attributes.flag('transpose_a', false),
    transposeB: t.attributes.flag('transpose_b', false),
  });

const batched: TfTranslator = (t) => {
  const X = t.input(0, 'x'), W = t.input(1, 'y');
  return t.emit('matmul', [t.attributes.flag('adj_x', false) ? lastTwoSwapped(t, X) : X, t.attributes.flag('adj_y', false) ? lastTwoSwapped(t, W) : W]);
};

export const matrices: TfTranslators = {
  MatMul: matmul, _FusedMatMul: (t) => fusedOperators(t, matmul(t) as GraphTensor, 2),
  BatchMatMul: batched, BatchMatMulV2: batched, BatchMatMulV3: batched,
  Einsum: (t) => t.emit('einsum', t.inputs(), { equation: t.attributes.text('equation') }),
};
