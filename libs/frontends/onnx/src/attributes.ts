/** Attributes of an ONNX node: each has a kind of its own in the file; a flag is an integer. */
import { idleOf, toInteger, type AttributeSource } from '@loopsmith/frontend-shared';
import type { OnnxAttribute, OnnxNode } from '@loopsmith/onnx-file';

type Kind = OnnxAttribute['kind'];

export const attributeSource = ({ attributes }: OnnxNode): AttributeSource => {
  const of = <K extends Kind>(name: string, kind: K): Extract<OnnxAttribute, { readonly kind: K }> | undefined => {
    const attribute = attributes.get(name);
    return attribute && isOf(attribute, kind) ? attribute : undefined;
  };
  const integer = (name: string): number | undefined => { const found = of(name, 'int'); return found && toInteger(found.value); };
  return {
    format: 'ONNX', has: (name) => attributes.has(name), describe: (name) => `of kind ${attributes.get(name)?.kind}`,
    integer, integers: (name) => of(name, 'ints')?.value.map(toInteger),
    number: (name) => of(name, 'float')?.value, numbers: (name) => of(name, 'floats')?.value,
    flag: (name) => { const value = integer(name); return value === undefined ? undefined : value !== 0; },
    text: (name) => of(name, 'string')?.value, texts: (name) => of(name, 'strings')?.value, tensor: (name) => of(name, 'tensor')?.value,
  };
};

/** Attributes that decide nothing here, of every operator or of one. */
export const isIdle = idleOf([
  // what the first versions reused memory by, and what they returned
  'consumed_inputs', 'RNN.output_sequence', 'GRU.output_sequence', 'LSTM.output_sequence',
  // of training; the operators are refused where they train
  'BatchNormalization.momentum', 'BatchNormalization.is_test', 'Dropout.ratio', 'Dropout.seed', 'Dropout.is_test',
  // says again what the weights say
  'RNN.hidden_size',
  'GRU.hidden_size',
  'LSTM.hidden_size',
  // a bias broadcasts in every version here
  'Gemm.broadcast',
  // the precision of what lies between, and of results that are half floats, is float32 here
  'LayerNormalization.stash_type', 'GroupNormalization.stash_type', 'RMSNormalization.stash_type', 'Attention.softmax_precision',
  'QuantizeLinear.precision', 'DequantizeLinear.output_dtype',
  // about types of 8 bits that are no integers, which are refused
  'Cast.saturate', 'CastLike.saturate', 'QuantizeLinear.saturate', 'Cast.round_mode', 'CastLike.round_mode',
  // the order of places of maxima, which are not computed, and of elements that may come in any
  'MaxPool.storage_order',
  'TopK.sorted',
]);

const isOf = <K extends Kind>(attribute: OnnxAttribute, kind: K): attribute is Extract<OnnxAttribute, { readonly kind: K }> => attribute.kind === kind;
