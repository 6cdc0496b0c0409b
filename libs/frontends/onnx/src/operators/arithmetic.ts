/** Operators of two or more operands, element by element with broadcasting. */
import { combined, scalarLike } from '@loopsmith/frontend-shared';
import { isFloat, type DType, type GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslator, OnnxTranslators } from '../translation.js';

/**
 * Before opset 7 the second operand broadcast only where `broadcast` was set, and from `axis` on: it gets axes of extent 1
 * behind it, and numpy's rule then means the same. Source: ONNX operator Add, version 6.
 */
const secondOperand = (t: OnnxTranslation, A: GraphTensor, B: GraphTensor): GraphTensor => {
  if (t.opset >= 7) return B;
  const axis = t.attributes.integer('axis', A.shape.length - B.shape.length), broadcasts = t.attributes.flag('broadcast', false);
  const behind = A.shape.length - (axis < 0 ? axis + A.shape.length : axis) - B.shape.length;
  if (!broadcasts || behind <= 0) return B;
  return t.emit('reshape', [B], { shape: [...B.shape, ...Array.from({ length: behind }, () => 1)] });
};
const binary = (operator: string): OnnxTranslator => (t) => {
  const A = t.input(0, 'A');
  return t.emit(operator, [A, secondOperand(t, A, t.input(1, 'B'))]);
};

export const arithmetic: OnnxTranslators = {
  Add: binary('add'), Sub: binary('subtract'), Mul: binary('multiply'), Div: binary('divide'),
  /** In the type of the base; a whole number to a fractional power is computed in double and cut off. */
  Pow: (t) => {
    const base = t.input(0, 'X'), exponent = secondOperand(t, base, t.input(1, 'Y')), to = isFloat(exponent.dtype) && !isFloat(base.dtype) ? 'f64' : base.dtype;
    const as = (X: GraphTensor, dtype: DType): GraphTensor => (X.dtype === dtype ? X : t.emit('cast', [X], { to: dtype }));
    return as(t.emit('power', [as(base, to), as(exponent, to)]), base.dtype);
  },
  Mod: (t) => t.emit(t.attributes.flag('fmod', false) ? 'remainder' : 'modulo', [t.input(0, 'A'), t.input(1, 'B')]),
  And: binary('and'), Or: binary('or'), Xor: binary('xor'),
  BitwiseAnd: binary('and'), BitwiseOr: binary('or'), BitwiseXor: binary('xor'),
  BitShift: (t) => t.emit(t.attributes.oneOf('direction', ['LEFT', 'RIGHT']) === 'LEFT' ? 'shiftLeft' : 'shiftRight', [t.input(0, 'X'), t.input(1, 'Y')]),
  Equal: binary('equal'), Less: binary('less'), LessOrEqual: binary('lessOrEqual'), Greater: binary('greater'), GreaterOrEqual: binary('greaterOrEqual'),
  Where: (t) => t.emit('where', [t.input(0, 'condition'), t.input(1, 'X'), t.input(2, 'Y')]),
  Sum: (t) => combined(t, 'add'), Max: (t) => combined(t, 'max'), Min: (t) => combined(t, 'min'),
  Mean: (t) => {
    const total = combined(t, 'add');
    return t.emit('divide', [total, scalarLike(t, total, t.node.inputs.length)]);
  },
};
