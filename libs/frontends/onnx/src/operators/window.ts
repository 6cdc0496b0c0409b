/** Windows as ONNX writes them (auto_pad, pads, strides, dilations) to Loopsmith's attributes. What a window computes is not here. */
import type { OnnxTranslation } from '../translation.js';

export interface WindowAttributes { readonly strides: readonly number[]; readonly dilations: readonly number[]; readonly pads: readonly number[] }

/**
 * Pads are all begins, then all ends. SAME_UPPER and SAME_LOWER make the output extent ceil(input / stride); the odd pad
 * goes to the end or to the begin. Source: ONNX operator Conv, attribute auto_pad.
 */
export const windowAttributes = (t: OnnxTranslation, space: readonly number[], kernel: readonly number[]): WindowAttributes => {
  const ones = space.map(() => 1), mode = t.attributes.text('auto_pad', 'NOTSET');
  const strides = t.attributes.integers('strides', ones), dilations = t.attributes.integers('dilations', ones);
  switch (mode) {
    case 'NOTSET': case '': return { strides, dilations, pads: t.attributes.integers('pads', [...space, ...space].map(() => 0)) };
    case 'VALID': return { strides, dilations, pads: [...space, ...space].map(() => 0) };
    case 'SAME_UPPER': case 'SAME_LOWER': {
      const totals = space.map((extent, i) => {
        const stride = strides[i]!, reach = (kernel[i]! - 1) * dilations[i]! + 1;
        return Math.max(0, (Math.ceil(extent / stride) - 1) * stride + reach - extent);
      });
      const smaller = totals.map((total) => Math.floor(total / 2)), larger = totals.map((total) => Math.ceil(total / 2));
      return { strides, dilations, pads: mode === 'SAME_UPPER' ? [...smaller, ...larger] : [...larger, ...smaller] };
    }
    default: return t.refuse(`has auto_pad ${mode}; ONNX knows NOTSET, SAME_UPPER, SAME_LOWER and VALID`);
  }
};
