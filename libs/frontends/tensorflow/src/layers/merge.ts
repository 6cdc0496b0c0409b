/** Layers of several tensors, element by element or side by side. */
import { joined, scalarLike } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { LayerTranslation, LayerTranslator, LayerTranslators } from './translation.js';

const operands = (t: LayerTranslation): readonly [GraphTensor, ...GraphTensor[]] => {
  const [first, ...rest] = t.inputs();
  return first && rest.length > 0 ? [first, ...rest] : t.refuse(`merges ${first ? 'one tensor' : 'nothing'}; two and more were expected`);
};
const each = (operator: string): LayerTranslator => (t) => { const [first, ...rest] = operands(t); return rest.reduce((all, next) => t.emit(operator, [all, next]), first); };

export const mergeLayers: LayerTranslators = {
  Add: each('add'),
  Multiply: each('multiply'),
  Maximum: each('max'),
  Minimum: each('min'),
  Subtract: (t) =>
    t.inputs().length === 2
      ? t.emit('subtract', [t.input(0, 'x'), t.input(1, 'y')])
      : t.refuse(`subtracts ${t.inputs().length} tensors; two were expected`),
  Average: (t) => {
    const all = operands(t),
      sum = all.slice(1).reduce((total, next) => t.emit('add', [total, next]), all[0]);
    return t.emit('multiply', [sum, scalarLike(t, sum, 1 / all.length)]);
  },
  Concatenate: (t) => joined(t, operands(t), t.config.integer('axis', -1)),
};
