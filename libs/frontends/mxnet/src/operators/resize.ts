/** Images made larger or smaller: each axis by a linear map of its own. */
import { alongAxis, repeatedInPlace, resized, transposedConvolution, type ResizedAxis } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { MxnetTranslation, MxnetTranslators } from '../translation.js';

const bilinear = (t: MxnetTranslation, X: GraphTensor, sizes: readonly [number, number], coordinates: string): GraphTensor => {
  if (X.shape.length !== 4) return t.refuse(`resizes a tensor of shape [${X.shape.join(',')}]; four axes were expected`);
  const axes = X.shape.map((input, axis): ResizedAxis => ({ input, output: sizes[axis - 2] ?? input }));
  return resized(t, X, axes, { kind: 'linear', coordinates, nearest: 'floor', cubic: -0.75, excludeOutside: false, antialias: false });
};
/** Mean of the elements that each of `output` equal parts of an axis touches. */
const adaptiveMean = (t: MxnetTranslation, X: GraphTensor, axis: number, output: number): GraphTensor => {
  const input = X.shape[axis]!;
  if (output < 1 || output > 2 ** 12) return t.refuse(`has output_size ${output}; 1 to ${2 ** 12} were expected`);
  return alongAxis(t, X, axis, output, (o, row) => {
    const begin = Math.floor((o * input) / output), end = Math.ceil(((o + 1) * input) / output);
    row.fill(1 / (end - begin), begin, end);
  });
};

export const resizes: MxnetTranslators = {
  /** Bilinear: a transposed convolution with the weights of the file. Source: MXNet operator UpSampling. */
  UpSampling: (t) => {
    const X = t.input(0, 'data'), scale = t.attributes.integer('scale'), type = t.attributes.text('sample_type');
    if (scale < 1 || scale > 2 ** 10) return t.refuse(`has scale ${scale}; 1 to ${2 ** 10} were expected`);
    if (type === 'bilinear') {
      const W = t.input(1, 'weight'), pad = Math.ceil((scale - 1) / 2), both = (value: number): readonly number[] => [value, value];
      return transposedConvolution(t, X, W, undefined, X.shape[1]!, { strides: both(scale), dilations: both(1), before: both(pad), after: both(pad), outputPadding: both(0) });
    }
    if (type !== 'nearest' || t.inputs().length !== 1)
      return t.refuse(`has sample_type ${type} and ${t.inputs().length} inputs; Loopsmith imports bilinear, and nearest of one input`);
    if (X.shape.length !== 4) return t.refuse(`makes a tensor of shape [${X.shape.join(',')}] larger; four axes were expected`);
    return repeatedInPlace(t, repeatedInPlace(t, X, 2, scale), 3, scale);
  },
  /** Corners are aligned unless said otherwise. */
  _contrib_BilinearResize2D: (t) => {
    const X = t.input(0, 'data'), mode = t.attributes.text('mode', 'size'), coordinates = t.attributes.flag('align_corners', true) ? 'align_corners' : 'half_pixel';
    const [, , h, w] = X.shape as [number, number, number, number];
    if (mode === 'like') return bilinear(t, X, t.input(1, 'like').shape.slice(2) as [number, number], coordinates);
    if (mode !== 'size') return t.refuse(`has mode ${mode}; Loopsmith imports size and like`);
    const scaled = (name: string, extent: number): number | undefined => (t.attributes.has(name) ? Math.floor(t.attributes.number(name) * extent) : undefined);
    return bilinear(t, X, [scaled('scale_height', h) ?? t.attributes.integer('height'), scaled('scale_width', w) ?? t.attributes.integer('width')], coordinates);
  },
  _contrib_AdaptiveAvgPooling2D: (t) => {
    const X = t.input(0, 'data'), given = t.attributes.integers('output_size', []), [h = 1, w = h] = given;
    return h === 1 && w === 1 ? t.emit('globalAveragePool', [X]) : adaptiveMean(t, adaptiveMean(t, X, 2, h), 3, w);
  },
};
