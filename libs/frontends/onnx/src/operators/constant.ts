/** Operators whose output does not depend on any element: constants, and shapes, which are constants here. Casts too, as they decide types alone. */
import { product } from '@loopsmith/util';
import { filled, rangeOf, widened } from '@loopsmith/frontend-shared';
import { fromNumbers, isDType, type GraphTensor } from '@loopsmith/ir';
import { elementTypeName } from '@loopsmith/onnx-file';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';

const cast = (t: OnnxTranslation, X: GraphTensor, name: string): GraphTensor => {
  if (!isDType(name)) return t.refuse(`casts to ${name}, which Loopsmith does not compute with`);
  return widened(name) === X.dtype ? X : t.emit('cast', [X], { to: widened(name) });
};

export const constants: OnnxTranslators = {
  Constant: (t) => {
    const { attributes } = t;
    if (attributes.has('value')) return t.constant(attributes.tensor('value'));
    if (attributes.has('value_float')) return t.constant(fromNumbers('f32', [], [attributes.number('value_float')]));
    // as the file has them: a number cuts off what is beyond 2^53
    const whole = t.node.attributes.get(['value_int', 'value_ints'].find((name) => attributes.has(name)) ?? '');
    if (whole?.kind === 'int') return t.constant({ dtype: 'i64', shape: [], values: BigInt64Array.of(whole.value) });
    if (whole?.kind === 'ints') return t.constant({ dtype: 'i64', shape: [whole.value.length], values: BigInt64Array.from(whole.value) });
    return t.refuse('has no value that Loopsmith reads; a dense tensor or numbers were expected');
  },
  ConstantOfShape: (t) => {
    const shape = t.known(t.input(0, 'input'), 'shape');
    if (!t.attributes.has('value')) return filled(t, 'f32', shape, 0);
    const { dtype, values: [value = 0] } = t.attributes.tensor('value');
    return filled(t, dtype, shape, value);
  },
  /** The part from `start` to before `end` of the shape, since opset 15. */
  Shape: (t) => {
    const { shape } = t.input(0, 'data'), part = shape.slice(t.attributes.integer('start', 0), t.attributes.integer('end', shape.length));
    return t.constant(fromNumbers('i64', [part.length], part));
  },
  Size: (t) => t.constant(fromNumbers('i64', [], [product(t.input(0, 'data').shape)])),
  Range: rangeOf,
  /** Opset 1 writes the type as its name. */
  Cast: (t) => cast(t, t.input(0, 'input'), t.opset < 6 ? namesOfOpset1[t.attributes.text('to')] ?? t.attributes.text('to') : elementTypeName(t.attributes.integer('to'))),
  CastLike: (t) => cast(t, t.input(0, 'input'), t.input(1, 'target_type').dtype),
};

const namesOfOpset1: Readonly<Record<string, string>> = {
  FLOAT: 'f32',
  FLOAT16: 'f16',
  DOUBLE: 'f64',
  INT8: 'i8',
  UINT8: 'u8',
  INT16: 'i16',
  UINT16: 'u16',
  INT32: 'i32',
  UINT32: 'u32',
  INT64: 'i64',
  UINT64: 'u64',
  BOOL: 'bool',
};
