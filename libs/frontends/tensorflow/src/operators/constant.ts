/** Operators whose output does not depend on any element: constants, variables of a trained model, shapes. Casts too, as they decide types alone. */
import { product } from '@loopsmith/util';
import { filled, rangeOf, widened } from '@loopsmith/frontend-shared';
import { fromNumbers, isDType, type DType, type GraphTensor } from '@loopsmith/ir';
import type { TfTranslation, TfTranslator, TfTranslators } from '../translation.js';

/** A type that an attribute names; as operands have it, half floats being f32. */
const typeOf = (t: TfTranslation, attribute: string, fallback: DType): DType => {
  const name = t.attributes.text(attribute, fallback);
  return isDType(name) ? widened(name) : t.refuse(`makes elements of type ${name}, which Loopsmith does not compute with`);
};

const like = (value: number): TfTranslator => (t) => { const X = t.input(0, 'x'); return filled(t, X.dtype, X.shape, value); };

const value: TfTranslator = (t) => t.constant(t.attributes.tensor('value'));
const integers = (t: TfTranslation, values: readonly number[], shape: readonly number[] = [values.length]): GraphTensor =>
  t.constant(fromNumbers(typeOf(t, 'out_type', 'i32'), shape, values));

export const constants: TfTranslators = {
  Const: value,
  // the checkpoint's values are put in beforehand; to read a variable is to copy it
  VarHandleOp: value, VariableV2: value, Variable: value, ReadVariableOp: (t) => t.input(0, 'resource'),
  Fill: (t) => {
    const shape = t.known(t.input(0, 'dims'), 'dims'), X = t.input(1, 'value'), [element] = X.data?.values ?? t.refuse('fills with a value that is only known at run time');
    return filled(t, X.dtype, shape, element ?? t.refuse('has an empty value'));
  },
  ZerosLike: like(0), OnesLike: like(1),
  Shape: (t) => integers(t, t.input(0, 'input').shape),
  ShapeN: (t) => t.inputs().map((X) => integers(t, X.shape)),
  Size: (t) => integers(t, [product(t.input(0, 'input').shape)], []),
  Rank: (t) => t.constant(fromNumbers('i32', [], [t.input(0, 'input').shape.length])),
  Range: rangeOf,
  Cast: (t) => {
    const X = t.input(0, 'x'), to = typeOf(t, 'DstT', 'f32');
    return to === X.dtype ? X : t.emit('cast', [X], { to });
  },
};
