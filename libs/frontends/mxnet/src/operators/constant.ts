/** Operators whose output does not depend on any element, and casts, which decide types alone. */
import { product } from '@loopsmith/util';
import { elementsOf, filled, widened } from '@loopsmith/frontend-shared';
import { fromNumbers, type DType, type GraphTensor } from '@loopsmith/ir';
import type { MxnetTranslation, MxnetTranslator, MxnetTranslators } from '../translation.js';

const dtypes: Readonly<Record<string, DType>> = {
  float32: 'f32',
  float64: 'f64',
  float16: 'f16',
  bfloat16: 'bf16',
  uint8: 'u8',
  int8: 'i8',
  int32: 'i32',
  int64: 'i64',
  bool: 'bool',
};
/** As Loopsmith computes it: half floats are f32. */
export const dtypeNamed = (t: MxnetTranslation, name: string): DType =>
  Object.hasOwn(dtypes, name) ? widened(dtypes[name]!) : t.refuse(`has the type ${name}; Loopsmith knows ${Object.keys(dtypes).join(', ')}`);

/** X in the type that an attribute asks for, where it asks. */
export const asAsked = (t: MxnetTranslation, attribute: string, X: GraphTensor): GraphTensor => {
  const to = t.attributes.has(attribute) ? dtypeNamed(t, t.attributes.text(attribute)) : X.dtype;
  return to === X.dtype ? X : t.emit('cast', [X], { to });
};

const cast: MxnetTranslator = (t) => {
  const X = t.input(0, 'data'), to = dtypeNamed(t, t.attributes.text('dtype'));
  return to === X.dtype ? X : t.emit('cast', [X], { to });
};
/** Ranges count axes and positions; a longer one is damage. */
const longestRange = 2 ** 22;
/** A shape of 0 was for shape inference to find, which only MXNet does. */
const ofShape = (value: (t: MxnetTranslation) => number): MxnetTranslator => (t) => {
  const shape = t.attributes.integers('shape', []);
  if (shape.length === 0 || shape.includes(0)) return t.refuse(`has the shape (${shape.join(', ')}), which leaves extents open; export the model with fixed shapes`);
  return filled(t, dtypeNamed(t, t.attributes.text('dtype', 'float32')), shape, value(t));
};
const like = (value: number): MxnetTranslator => (t) => { const X = t.input(0, 'data'); return filled(t, X.dtype, X.shape, value); };

export const constants: MxnetTranslators = {
  Cast: cast, cast,
  _zeros: ofShape(() => 0), _ones: ofShape(() => 1), _full: ofShape((t) => t.attributes.number('value')),
  zeros_like: like(0), ones_like: like(1),
  _arange: (t) => {
    if (t.attributes.flag('infer_range', false)) return t.refuse('takes its length from what reads it (infer_range), which only MXNet does; export the model with a stop');
    const given = t.attributes.has('stop') ? [t.attributes.number('start', 0), t.attributes.number('stop')] as const : [0, t.attributes.number('start')] as const;
    const step = t.attributes.number('step', 1),
      times = t.attributes.integer('repeat', 1),
      count = elementsOf(t, [Math.max(0, Math.ceil((given[1] - given[0]) / step)), times], longestRange);
    return t.constant(fromNumbers(dtypeNamed(t, t.attributes.text('dtype', 'float32')), [count], Array.from({ length: count }, (_, i) => given[0] + Math.floor(i / times) * step)));
  },
  shape_array: (t) => { const { shape } = t.input(0, 'data'); return t.constant(fromNumbers('i64', [shape.length], shape)); },
  size_array: (t) => t.constant(fromNumbers('i64', [1], [product(t.input(0, 'data').shape)])),
};
