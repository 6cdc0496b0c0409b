/** Windows as ONNX writes them (auto_pad, pads, strides, dilations) to Loopsmith's attributes. What a window computes is not here. */
import { samePads } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation } from '../translation.js';

interface WindowAttributes { readonly strides: readonly number[]; readonly dilations: readonly number[]; readonly pads: readonly number[] }

/** Extents of the window, which are those of the weights whether the node says them or not. */
export const kernelOf = (t: OnnxTranslation, W: GraphTensor): readonly number[] => {
  const kernel = W.shape.slice(2), declared = t.attributes.integers('kernel_shape', kernel);
  return declared.join() === kernel.join() ? kernel : t.refuse(`has kernel_shape [${declared.join(',')}] and weights of shape [${W.shape.join(',')}], which disagree`);
};

/** Pads are all begins, then all ends. Source: ONNX operator Conv, attribute auto_pad. */
export const windowAttributes = (t: OnnxTranslation, space: readonly number[], kernel: readonly number[]): WindowAttributes => {
  const ones = space.map(() => 1), mode = t.attributes.text('auto_pad', 'NOTSET');
  // files name pads beside an auto_pad that says otherwise
  const pads = t.attributes.integers(
      'pads',
      [...space, ...space].map(() => 0),
    ),
    strides = t.attributes.integers('strides', ones),
    dilations = t.attributes.integers('dilations', ones);
  switch (mode) {
    case 'NOTSET': case '': return { strides, dilations, pads };
    case 'VALID': return { strides, dilations, pads: [...space, ...space].map(() => 0) };
    case 'SAME_UPPER': case 'SAME_LOWER': return { strides, dilations, pads: samePads(space, kernel, strides, dilations, mode === 'SAME_UPPER' ? 'end' : 'begin') };
    default: return t.refuse(`has auto_pad ${mode}; ONNX knows NOTSET, SAME_UPPER, SAME_LOWER and VALID`);
  }
};
