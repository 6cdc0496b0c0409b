/** Padding that follows from the output's size. */

/** Pads, all begins, then all ends, for an output of ceil(input / stride) along each axis; the odd pad goes to the named side. */
export const samePads = (space: readonly number[], kernel: readonly number[], strides: readonly number[], dilations: readonly number[], odd: 'begin' | 'end'): readonly number[] => {
  const totals = space.map((extent, i) => {
    const stride = strides[i]!, reach = (kernel[i]! - 1) * dilations[i]! + 1;
    return Math.max(0, (Math.ceil(extent / stride) - 1) * stride + reach - extent);
  });
  const smaller = totals.map((total) => Math.floor(total / 2)), larger = totals.map((total) => Math.ceil(total / 2));
  return odd === 'end' ? [...smaller, ...larger] : [...larger, ...smaller];
};
