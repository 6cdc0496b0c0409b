/** Operators that keep every element and change its place: shapes, orders, joins, blocks. Target shapes are resolved here. */
import { product } from '@loopsmith/util';
import { axisOf, elementsOf, expanded, repeated, reshaped } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { TfTranslation, TfTranslator, TfTranslators } from '../translation.js';
import { withChannelsFirst } from './layout.js';

/** A list of tensors goes by its copy's name too. */
const copy: TfTranslator = (t) => {
  const list = t.lists.get(t.node.inputs[0] ?? '');
  if (list) t.lists.set(t.node.outputs[0] ?? '', list);
  return t.input(0, 'input');
};

/** One -1 takes what is left. */
const reshape: TfTranslator = (t) => {
  const X = t.input(0, 'tensor'), wanted = t.known(t.input(1, 'shape'), 'shape'), total = product(X.shape);
  const known = product(wanted.filter((extent) => extent !== -1)), open = wanted.filter((extent) => extent === -1).length;
  if (open > 1 || (open === 0 ? known !== total : known === 0 || total % known !== 0)) return t.refuse(`reshapes a tensor of shape [${X.shape.join(',')}] to [${wanted.join(',')}], which does not hold its ${total} elements`);
  return reshaped(t, X, wanted.map((extent) => (extent === -1 ? total / known : extent)));
};

/** Parts without elements, which the arithmetic of shapes makes, add nothing. */
const joined = (t: TfTranslation, parts: readonly GraphTensor[], axis: number): GraphTensor => {
  const filled = parts.filter((part) => !part.shape.includes(0));
  return t.emit('concat', filled.length === 0 ? parts : filled, { axis: axisOf(t, axis, parts[0]!.shape.length) });
};

/** The axis is the first or the last operand. */
const concat = (axisFirst: boolean): TfTranslator => (t) => {
  const operands = t.inputs(), parts = axisFirst ? operands.slice(1) : operands.slice(0, -1), axis = axisFirst ? operands[0] : operands.at(-1);
  return parts.length === 0 ? t.refuse('has nothing to join') : joined(t, parts, t.known(axis!, 'axis')[0] ?? t.refuse('has an empty axis'));
};

const withAxis = (shape: readonly number[], axis: number): readonly number[] => [...shape.slice(0, axis), 1, ...shape.slice(axis)];

/** Blocks of b x b pixels to channels, or back, the block's place being the outer part of the channels. */
const depthToSpace: TfTranslator = (t) => withChannelsFirst(t, t.input(0, 'input'), 4, (X) => {
  const b = t.attributes.integer('block_size'), [n, c, h, w] = X.shape as [number, number, number, number];
  if (c % b ** 2 !== 0) return t.refuse(`has block_size ${b}, whose square does not divide ${c} channels`);
  return t.emit('reshape', [t.emit('transpose', [t.emit('reshape', [X], { shape: [n, b, b, c / b ** 2, h, w] })], { permutation: [0, 3, 4, 1, 5, 2] })], { shape: [n, c / b ** 2, h * b, w * b] });
});
const spaceToDepth: TfTranslator = (t) => withChannelsFirst(t, t.input(0, 'input'), 4, (X) => {
  const b = t.attributes.integer('block_size'), [n, c, h, w] = X.shape as [number, number, number, number];
  if (h % b !== 0 || w % b !== 0) return t.refuse(`has block_size ${b}, which does not divide an image of ${h}x${w}`);
  return t.emit('reshape', [t.emit('transpose', [t.emit('reshape', [X], { shape: [n, c, h / b, b, w / b, b] })], { permutation: [0, 3, 5, 1, 2, 4] })], { shape: [n, c * b * b, h / b, w / b] });
});

/** Blocks of space moved to the batch, with zeros around where they do not fill it, and back: how old graphs spell a dilated convolution. */
const pairsOf = (t: TfTranslation, position: number, role: string, blocks: readonly number[]): readonly (readonly [number, number])[] => {
  const values = t.known(t.input(position, role), role);
  return values.length === 2 * blocks.length ? blocks.map((_, i) => [values[2 * i]!, values[2 * i + 1]!] as const) : t.refuse(`has ${values.length} ${role} for ${blocks.length} axes; two per axis were expected`);
};
const spaceToBatch: TfTranslator = (t) => {
  const X = t.input(0, 'input'), blocks = t.known(t.input(1, 'block_shape'), 'block_shape'), m = blocks.length, pads = pairsOf(t, 2, 'paddings', blocks), rest = X.shape.slice(1 + m).map(() => 0);
  const padded = t.emit('pad', [X], { pads: [0, ...pads.map(([before]) => before), ...rest, 0, ...pads.map(([, after]) => after), ...rest] });
  const [n, ...tail] = padded.shape as [number, ...number[]], space = tail.slice(0, m), inner = tail.slice(m);
  if (blocks.some((block, i) => space[i]! % block !== 0)) return t.refuse(`has block_shape [${blocks.join(',')}], which does not divide the padded extents [${space.join(',')}]`);
  const split = t.emit('reshape', [padded], { shape: [n, ...space.flatMap((extent, i) => [extent / blocks[i]!, blocks[i]!]), ...inner] });
  const turned = t.emit('transpose', [split], { permutation: [...blocks.map((_, i) => 2 + 2 * i), 0, ...blocks.map((_, i) => 1 + 2 * i), ...inner.map((_, i) => 1 + 2 * m + i)] });
  return t.emit('reshape', [turned], { shape: [n * product(blocks), ...space.map((extent, i) => extent / blocks[i]!), ...inner] });
};
const batchToSpace: TfTranslator = (t) => {
  const X = t.input(0, 'input'), blocks = t.known(t.input(1, 'block_shape'), 'block_shape'), m = blocks.length, crops = pairsOf(t, 2, 'crops', blocks);
  const [batch, ...tail] = X.shape as [number, ...number[]], space = tail.slice(0, m), inner = tail.slice(m), n = batch / product(blocks);
  if (!Number.isInteger(n)) return t.refuse(`has block_shape [${blocks.join(',')}], which does not divide a batch of ${batch}`);
  const split = t.emit('reshape', [X], { shape: [...blocks, n, ...tail] });
  const turned = t.emit('transpose', [split], { permutation: [m, ...blocks.flatMap((_, i) => [m + 1 + i, i]), ...inner.map((_, i) => 2 * m + 1 + i)] });
  const wide = t.emit('reshape', [turned], { shape: [n, ...space.map((extent, i) => extent * blocks[i]!), ...inner] });
  return t.emit('slice', [wide], { starts: crops.map(([before]) => before), ends: crops.map(([, after], i) => space[i]! * blocks[i]! - after), axes: blocks.map((_, i) => 1 + i), steps: blocks.map(() => 1) });
};

export const rearrangements: TfTranslators = {
  Identity: copy, StopGradient: copy, PreventGradient: copy, CheckNumerics: copy, PlaceholderWithDefault: copy, Snapshot: copy, EnsureShape: copy,
  IdentityN: (t) => t.inputs(),
  Reshape: reshape,
  ExpandDims: (t) => {
    const X = t.input(0, 'input'), axis = axisOf(t, t.known(t.input(1, 'dim'), 'dim')[0] ?? t.refuse('has an empty dim'), X.shape.length + 1);
    return reshaped(t, X, withAxis(X.shape, axis));
  },
  Squeeze: (t) => {
    const X = t.input(0, 'input'), rank = X.shape.length, given = t.attributes.integers('squeeze_dims', []).map((axis) => axisOf(t, axis, rank));
    const axes = given.length > 0 ? given : X.shape.flatMap((extent, axis) => (extent === 1 ? [axis] : [])), wide = axes.find((axis) => X.shape[axis] !== 1);
    if (wide !== undefined) return t.refuse(`squeezes axis ${wide} of a tensor of shape [${X.shape.join(',')}]; only axes of extent 1 can go`);
    return reshaped(t, X, X.shape.filter((_, axis) => !axes.includes(axis)));
  },
  Transpose: (t) => t.emit('transpose', [t.input(0, 'x')], { permutation: t.known(t.input(1, 'perm'), 'perm') }),
  Concat: concat(true), ConcatV2: concat(false),
  Pack: (t) => {
    const parts = t.inputs(), [first] = parts;
    if (!first) return t.refuse('has nothing to stack');
    const axis = axisOf(t, t.attributes.integer('axis', 0), first.shape.length + 1);
    return joined(t, parts.map((part) => reshaped(t, part, withAxis(part.shape, axis))), axis);
  },
  Tile: (t) => {
    const X = t.input(0, 'input'), multiples = t.known(t.input(1, 'multiples'), 'multiples');
    if (multiples.length !== X.shape.length) return t.refuse(`has ${multiples.length} multiples for a tensor of ${X.shape.length} axes`);
    elementsOf(t, X.shape.map((extent, axis) => extent * multiples[axis]!));
    return multiples.reduce((tiled, times, axis) => (times === 1 ? tiled : repeated(t, tiled, axis, times)), X);
  },
  BroadcastTo: (t) => {
    const X = t.input(0, 'input'), shape = t.known(t.input(1, 'shape'), 'shape');
    elementsOf(t, shape);
    return expanded(t, X, shape);
  },
  DepthToSpace: depthToSpace, SpaceToDepth: spaceToDepth, SpaceToBatchND: spaceToBatch, BatchToSpaceND: batchToSpace,
};
