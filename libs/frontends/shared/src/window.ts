/** Padding that follows from the output's size, and from what windows reach. */

/** Pads, all begins, then all ends, for an output of ceil(input / stride) along each axis; the odd pad goes to the named side. */
export const samePads = (
  space: readonly number[],
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
  odd: 'begin' | 'end',
): readonly number[] => {
  const totals = space.map((extent, i) => {
    const stride = strides[i]!,
      reach = (kernel[i]! - 1) * dilations[i]! + 1;
    return Math.max(0, (Math.ceil(extent / stride) - 1) * stride + reach - extent);
  });
  const smaller = totals.map((total) => Math.floor(total / 2)),
    larger = totals.map((total) => Math.ceil(total / 2));
  return odd === 'end' ? [...smaller, ...larger] : [...larger, ...smaller];
};

/** Pads, all begins, then all ends, by which windows whose number is rounded up end with the padding. No window begins behind the input. */
export const ceilPads = (
  space: readonly number[],
  kernel: readonly number[],
  { strides, dilations, pads }: { readonly strides: readonly number[]; readonly dilations: readonly number[]; readonly pads: readonly number[] },
): readonly number[] => {
  const rank = space.length,
    before = pads.slice(0, rank);
  return [
    ...before,
    ...space.map((extent, i) => {
      const stride = strides[i]!,
        reach = (kernel[i]! - 1) * dilations[i]! + 1,
        end = extent + before[i]!,
        last = Math.ceil((end + pads[rank + i]! - reach) / stride);
      return Math.max(0, (last * stride < end ? last : last - 1) * stride + reach - end);
    }),
  ];
};
