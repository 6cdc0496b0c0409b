/** Dense layers and matrix products. Integer and quantised products are in quantised.ts. */
import type { OnnxTranslators } from '../translation.js';

export const matrices: OnnxTranslators = {
  Gemm: (t) => t.emit('dense', [t.input(0, 'A'), t.input(1, 'B'), t.optional(2)], {
    transposeA: t.attributes.flag('transA', false), transposeB: t.attributes.flag('transB', false),
    alpha: t.attributes.number('alpha', 1), beta: t.attributes.number('beta', 1),
  }),
  Einsum: (t) => t.emit('einsum', t.inputs(), { equation: t.attributes.text('equation') }),
  MatMul: (t) => t.emit('matmul', [t.input(0, 'A'), t.input(1, 'B')]),
};
