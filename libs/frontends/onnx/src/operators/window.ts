/** Windows as ONNX writes them (auto_pad, pads, strides, dilations) to Loopsmith's attributes. What a window computes is not here. */
import { samePads } from '@loopsmith/frontend-shared';
import type { OnnxTranslation } from '../translation.js';

export interface WindowAttributes { readonly strides: readonly number[]; readonly dilations: readonly number[]; readonly pads: readonly number[] }

/** Pads are all begins, then all ends. Source: ONNX operator Conv, attribute auto_pad. */
export const windowAttributes = (t: OnnxTranslation, space: readonly number[], kernel: readonly number[]): WindowAttributes => {
  const ones = space.map(() => 1), mode = t.attributes.text('auto_pad', 'NOTSET');
  const strides = t.attributes.integers('strides', ones), dilations = t.attributes.integers('dilations', ones);
  switch (mode) {
    case 'NOTSET': case '': return { strides, dilations, pads: t.attributes.integers('pads', [...space, ...space].map(() => 0)) };
    case 'VALID': return { strides, dilations, pads: [...space, ...space].map(() => 0) };
    case 'SAME_UPPER': case 'SAME_LOWER': return { strides, dilations, pads: samePads(space, kernel, strides, dilations, mode === 'SAME_UPPER' ? 'end' : 'begin') };
    default: return t.refuse(`has auto_pad ${mode}; ONNX knows NOTSET, SAME_UPPER, SAME_LOWER and VALID`);
  }
};
