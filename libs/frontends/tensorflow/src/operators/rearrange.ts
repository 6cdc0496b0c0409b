/** Operators that keep every element and change its place: shapes, orders, joins, blocks. Target shapes are resolved here. */
import { product } from '@loopsmith/util';
import { axisOf, broadcastTo, depthToSpace, holding, joined, reshaped, spaceToDepth, squeezed, stacked, tiled, withAxis } from '@loopsmith/frontend-shared';
import type { TfTranslation, TfTranslator, TfTranslators } from '../translation.js';
import { withChannelsFirst } from './layout.js';

/** A list of tensors goes by its copy's name too. */
const copy: TfTranslator = (t) => {
  const list = t.lists.get(t.node.inputs[0] ?? '');
  if (list) t.lists.set(t.node.outputs[0] ?? '', list);
  return t.input(0, 'input');
};

const reshape: TfTranslator = (t) => {
  const X = t.input(0, 'tensor'), wanted = t.known(t.input(1, 'shape'), 'shape'), total = product(X.shape);
  return reshaped(
    t,
    X,
    holding(total, wanted) ??
      t.refuse(`reshapes a tensor of shape [${X.shape.join(',')}] to [${wanted.join(',')}], which does not hold its ${total} elements`),
  );
};

/** The axis is the first or the last operand. */
const concat = (axisFirst: boolean): TfTranslator => (t) => {
  const operands = t.inputs(), parts = axisFirst ? operands.slice(1) : operands.slice(0, -1), axis = axisFirst ? operands[0] : operands.at(-1);
  return axis === undefined ? t.refuse('has nothing to join') : joined(t, parts, t.known(axis, 'axis')[0] ?? t.refuse('has an empty axis'));
};

const blocks = (move: typeof spaceToDepth): TfTranslator => (t) => withChannelsFirst(t, t.input(0, 'input'), 4, (X) => move(t, X, t.attributes.integer('block_size')));

/** Blocks of space moved to the batch, with zeros around where they do not fill it, and back: how old graphs spell a dilated convolution. */
const pairsOf = (t: TfTranslation, position: number, role: string, blocks: readonly number[]): readonly (readonly [number, number])[] => {
  const values = t.known(t.input(position, role), role);
  return values.length === 2 * blocks.length
    ? blocks.map((_, i) => [values[2 * i]!, values[2 * i + 1]!] as const)
    : t.refuse(`has ${values.length} ${role} for ${blocks.length} axes; two per axis were expected`);
};
const spaceToBatch: TfTranslator = (t) => {
  const X = t.input(0, 'input'),
    blocks = t.known(t.input(1, 'block_shape'), 'block_shape'),
    m = blocks.length,
    pads = pairsOf(t, 2, 'paddings', blocks),
    rest = X.shape.slice(1 + m).map(() => 0);
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
  return t.emit('slice', [wide], {
    starts: crops.map(([before]) => before),
    ends: crops.map(([, after], i) => space[i]! * blocks[i]! - after),
    axes: blocks.map((_, i) => 1 + i),
    steps: blocks.map(() => 1),
  });
};

export const rearrangements: TfTranslators = {
  Identity: copy, StopGradient: copy, PreventGradient: copy, CheckNumerics: copy, PlaceholderWithDefault: copy, Snapshot: copy, EnsureShape: copy,
  IdentityN: (t) => t.inputs(),
  Reshape: reshape,
  ExpandDims: (t) => {
    const X = t.input(0, 'input'), axis = axisOf(t, t.known(t.input(1, 'dim'), 'dim')[0] ?? t.refuse('has an empty dim'), X.shape.length + 1);
    return reshaped(t, X, withAxis(X.shape, axis));
  },
  Squeeze: (t) => squeezed(t, t.input(0, 'input'), t.attributes.integers('squeeze_dims', [])),
  Transpose: (t) => t.emit('transpose', [t.input(0, 'x')], { permutation: t.known(t.input(1, 'perm'), 'perm') }),
  Concat: concat(true), ConcatV2: concat(false),
  Pack: (t) => stacked(t, t.inputs(), t.attributes.integer('axis', 0)),
  Tile: (t) => tiled(t, t.input(0, 'input'), t.known(t.input(1, 'multiples'), 'multiples')),
  BroadcastTo: (t) => broadcastTo(t, t.input(0, 'input'), t.known(t.input(1, 'shape'), 'shape')),
  DepthToSpace: blocks(depthToSpace), SpaceToDepth: blocks(spaceToDepth), SpaceToBatchND: spaceToBatch, BatchToSpaceND: batchToSpace,
};
