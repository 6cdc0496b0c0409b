/** Layers that keep, move, repeat, add or take elements, and those that do nothing at inference. */
import { product, shown } from '@loopsmith/util';
import { holding, repeatedInPlace, resized, taken } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import { toChannelsFirst, toChannelsLast } from '../operators/layout.js';
import { copyLayer } from './layer-model.js';
import type { LayerTranslation, LayerTranslator, LayerTranslators } from './translation.js';
import { dataFormat, perAxis } from './window.js';

const copy: LayerTranslator = (t) => t.input(0, 'x');

/** Channels come last in what is flattened, wherever the layer has them. */
const flatten: LayerTranslator = (t) => {
  const X = t.input(0, 'x'), ordered = dataFormat(t) === 'NCHW' && X.shape.length > 2 ? toChannelsLast(t, X) : X;
  return t.emit('reshape', [ordered], { shape: [X.shape[0]!, product(X.shape.slice(1))] });
};

const reshape: LayerTranslator = (t) => {
  const X = t.input(0, 'x'), wanted = t.config.integers('target_shape'), total = product(X.shape.slice(1));
  return t.emit('reshape', [X], { shape: [X.shape[0]!, ...holding(total, wanted) ?? t.refuse(`reshapes ${total} elements to [${wanted.join(',')}], which does not hold them`)] });
};

const permute: LayerTranslator = (t) => {
  const X = t.input(0, 'x'), dims = t.config.integers('dims');
  return [...dims].sort((a, b) => a - b).join() ===
    X.shape
      .slice(1)
      .map((_, i) => i + 1)
      .join()
    ? t.emit('transpose', [X], { permutation: [0, ...dims] })
    : t.refuse(`has dims [${dims.join(',')}]; the axes from 1 to ${X.shape.length - 1} were expected, once each`);
};

/** Before and behind each axis of space: one number for all, one per axis, or a pair per axis. */
const sidesOf = (t: LayerTranslation, attribute: string, axes: number, fallback: number): readonly (readonly [number, number])[] => {
  const given = t.given(attribute) ?? fallback, isSize = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;
  if (isSize(given)) return Array.from({ length: axes }, () => [given, given] as const);
  const entries: readonly unknown[] = Array.isArray(given) ? given : [];
  // over one axis the pair stands by itself
  if (axes === 1 && entries.length === 2 && entries.every(isSize)) return [[entries[0] as number, entries[1] as number]];
  const pairs = entries
    .map((entry) =>
      isSize(entry)
        ? ([entry, entry] as const)
        : Array.isArray(entry) && entry.length === 2 && entry.every(isSize)
          ? ([entry[0] as number, entry[1] as number] as const)
          : undefined,
    )
    .filter((pair) => pair !== undefined);
  return pairs.length === axes && entries.length === axes ? pairs : t.refuse(`has ${attribute} ${shown(given)}; two sizes per axis were expected`);
};
const firstAxis = (t: LayerTranslation): number => (dataFormat(t) === 'NHWC' ? 1 : 2);
const image = (t: LayerTranslation, axes: number): GraphTensor => {
  const X = t.input(0, 'x');
  return X.shape.length === axes + 2 ? X : t.refuse(`reads a tensor of shape [${X.shape.join(',')}]; ${axes + 2} axes were expected`);
};

const zeroPadding = (axes: number): LayerTranslator => (t) => {
  const X = image(t, axes), sides = sidesOf(t, 'padding', axes, 1), first = firstAxis(t);
  return t.emit('pad', [X], { pads: [0, 1].flatMap((side) => X.shape.map((_, axis) => sides[axis - first]?.[side as 0 | 1] ?? 0)) });
};
const cropping = (axes: number): LayerTranslator => (t) => {
  const X = image(t, axes), sides = sidesOf(t, 'cropping', axes, axes === 1 ? 1 : 0), first = firstAxis(t);
  return sides.reduce((part, [before, after], i) => {
    const extent = X.shape[first + i]!;
    return before + after < extent ? taken(t, part, first + i, before, extent - after) : t.refuse(`crops ${before + after} of the ${extent} elements of axis ${first + i}`);
  }, X);
};

/** Bilinear: centres of pixels lie on each other, but in TensorFlow.js's own models their corners do. */
const upsampling = (axes: 1 | 2 | 3): LayerTranslator => (t) => {
  const X = image(t, axes), factors = perAxis(t, 'size', axes, 2), first = firstAxis(t), kind = t.config.text('interpolation', 'nearest');
  if (kind === 'nearest') return factors.reduce((wide, times, i) => (times === 1 ? wide : repeatedInPlace(t, wide, first + i, times)), X);
  if (kind !== 'bilinear' || axes !== 2) return t.refuse(`has interpolation ${kind}; Loopsmith knows nearest, and bilinear over two axes`);
  const last = first === 1, plain = last ? toChannelsFirst(t, X) : X;
  const Y = resized(t, plain, plain.shape.map((input, axis) => ({ input, output: input * (factors[axis - 2] ?? 1) })), {
    kind: 'linear', coordinates: t.version.startsWith('tfjs') ? 'asymmetric' : 'half_pixel', nearest: 'floor', cubic: 0, excludeOutside: false, antialias: false,
  });
  return last ? toChannelsLast(t, Y) : Y;
};

const perRank = (name: (axes: 1 | 2 | 3) => string, layer: (axes: 1 | 2 | 3) => LayerTranslator): LayerTranslators =>
  Object.fromEntries(([1, 2, 3] as const).map((axes) => [name(axes), layer(axes)]));

export const shapeLayers: LayerTranslators = {
  [copyLayer]: copy,
  Dropout: copy,
  SpatialDropout1D: copy,
  SpatialDropout2D: copy,
  SpatialDropout3D: copy,
  AlphaDropout: copy,
  GaussianDropout: copy,
  GaussianNoise: copy,
  ActivityRegularization: copy,
  Identity: copy,
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  RepeatVector: (t) => {
    const X = image(t, 0),
      n = t.config.integer('n');
    return n > 0 ? repeatedInPlace(t, t.emit('reshape', [X], { shape: [X.shape[0]!, 1, X.shape[1]!] }), 1, n) : t.refuse(`repeats ${n} times`);
  },
  ...perRank((axes) => `ZeroPadding${axes}D`, zeroPadding),
  ...perRank((axes) => `Cropping${axes}D`, cropping),
  ...perRank((axes) => `UpSampling${axes}D`, upsampling),
};
