/** Images read at places that are computed: grids, regions. Interpolation between pixels is spelled out in gathers and weights. */
import { product } from '@loopsmith/util';
import { computed, elementsOf, reshaped, scalarLike, taken, zeros } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';
import { kernelOf, windowAttributes } from './window.js';

/** Groups of a deformable convolution are written out one by one; real ones have a few. */
const mostGroups = 256;

/** A pixel beside a place along one axis: its number, i64, and its share of the value. */
interface Neighbour { readonly at: GraphTensor; readonly weight: GraphTensor | undefined }

/** Keys' cubic kernel with a = -0.75, for the pixels from one before to two behind a place. Source: ONNX operator GridSample. */
const cubicWeights = (t: OnnxTranslation, x: GraphTensor): readonly GraphTensor[] => {
  const a = -0.75, number = (value: number): GraphTensor => scalarLike(t, x, value);
  /** Horner's rule, the highest power first. */
  const polynomial = (of: GraphTensor, ...coefficients: readonly number[]): GraphTensor =>
    coefficients.slice(1).reduce((sum, c) => t.emit('add', [t.emit('multiply', [sum, of]), number(c)]), number(coefficients[0]!));
  const near = (distance: GraphTensor): GraphTensor => polynomial(distance, a + 2, -(a + 3), 0, 1),
    far = (distance: GraphTensor): GraphTensor => polynomial(distance, a, -5 * a, 8 * a, -4 * a);
  const behind = t.emit('subtract', [number(1), x]);
  return [far(t.emit('add', [x, number(1)])), near(x), near(behind), far(t.emit('add', [behind, number(1)]))];
};

const neighboursOf = (t: OnnxTranslation, place: GraphTensor, mode: string): readonly Neighbour[] => {
  const whole = (X: GraphTensor): GraphTensor => t.emit('cast', [X], { to: 'i64' });
  if (mode === 'nearest') return [{ at: whole(t.emit('round', [place])), weight: undefined }];
  const floor = t.emit('floor', [place]), rest = t.emit('subtract', [place, floor]), base = whole(floor);
  const beside = (offset: number): GraphTensor => t.emit('add', [base, scalarLike(t, base, offset)]);
  if (mode === 'cubic') return cubicWeights(t, rest).map((weight, i) => ({ at: beside(i - 1), weight }));
  return [{ at: base, weight: t.emit('subtract', [scalarLike(t, rest, 1), rest]) }, { at: beside(1), weight: rest }];
};

/**
 * X[n, c, space..] at `positions`, [n, m] per axis of space in pixels, to [n, c, m]. Outside of X are zeros, or with `border`
 * the pixels of its edge.
 */
const sampled = (t: OnnxTranslation, X: GraphTensor, positions: readonly GraphTensor[], mode: string, border: boolean): GraphTensor => {
  const [n, c, ...space] = X.shape as [number, number, ...number[]], m = positions[0]!.shape[1]!;
  const flat = reshaped(t, X, [n, c, product(space)]), wide = zeros(t, 'i64', [n, c, m]);
  const perAxis = positions.map((place) => neighboursOf(t, place, mode));
  let total: GraphTensor | undefined;
  const visit = (axis: number, at: GraphTensor | undefined, weight: GraphTensor | undefined, inside: GraphTensor | undefined): void => {
    if (axis === space.length) {
      const pixel = t.emit('gatherElements', [flat, t.emit('add', [wide, t.emit('reshape', [at!], { shape: [n, 1, m] })])], { axis: 2 });
      const column = (part: GraphTensor): GraphTensor => t.emit('reshape', [part], { shape: [n, 1, m] });
      const weighted = weight ? t.emit('multiply', [pixel, column(weight)]) : pixel;
      const counted = inside ? t.emit('where', [column(inside), weighted, scalarLike(t, weighted, 0)]) : weighted;
      total = total ? t.emit('add', [total, counted]) : counted;
      return;
    }
    const last = space[axis]! - 1, stride = product(space.slice(axis + 1));
    for (const neighbour of perAxis[axis]!) {
      const held = t.emit('clip', [neighbour.at], { min: 0, max: last }), step = t.emit('multiply', [held, scalarLike(t, held, stride)]);
      const within = border ? undefined : t.emit('equal', [held, neighbour.at]);
      const both = (a: GraphTensor | undefined, b: GraphTensor | undefined, operator: string): GraphTensor | undefined => (a && b ? t.emit(operator, [a, b]) : a ?? b);
      visit(axis + 1, both(at, step, 'add'), both(weight, neighbour.weight, 'multiply'), both(inside, within, 'and'));
    }
  };
  visit(0, undefined, undefined, undefined);
  return total!;
};

export const samplings: OnnxTranslators = {
  /** The grid's last axis goes from the last axis of space to the first, each from -1 to 1. Source: ONNX operator GridSample. */
  GridSample: (t) => {
    const X = t.input(0, 'X'), grid = t.input(1, 'grid'), [n, c, ...space] = X.shape as [number, number, ...number[]], aligned = t.attributes.flag('align_corners', false);
    const given = t.attributes.text('mode', 'linear'),
      mode = ({ bilinear: 'linear', bicubic: 'cubic' } as Readonly<Record<string, string>>)[given] ?? given,
      padding = t.attributes.text('padding_mode', 'zeros');
    if (!['linear', 'nearest', 'cubic'].includes(mode)) return t.refuse(`has mode ${given}; Loopsmith samples linear, nearest and cubic`);
    if (padding !== 'zeros' && padding !== 'border') return t.refuse(`has padding_mode ${padding}; Loopsmith samples with zeros or the border around an image`);
    if (space.length === 0 || grid.shape.length !== X.shape.length || grid.shape[0] !== n || grid.shape.at(-1) !== space.length)
      return t.refuse(
        `reads X of shape [${X.shape.join(',')}] and grid of [${grid.shape.join(',')}]; expected [n,c,space..] and [n,places..,${space.length}]`,
      );
    const outer = grid.shape.slice(1, -1), m = product(outer);
    const positions = space.map((extent, axis) => {
      const part = t.emit(
        'reshape',
        [t.emit('slice', [grid], { starts: [space.length - 1 - axis], ends: [space.length - axis], axes: [grid.shape.length - 1] })],
        { shape: [n, m] },
      );
      const number = (value: number): GraphTensor => scalarLike(t, part, value), fromZero = t.emit('add', [part, number(1)]);
      const place = aligned ? t.emit('multiply', [fromZero, number((extent - 1) / 2)]) : t.emit('subtract', [t.emit('multiply', [fromZero, number(extent / 2)]), number(0.5)]);
      return padding === 'border' && mode !== 'cubic' ? t.emit('clip', [place], { min: 0, max: extent - 1 }) : place;
    });
    return reshaped(t, sampled(t, X, positions, mode, padding === 'border'), [n, c, ...outer]);
  },
  /** A convolution whose window's elements are read beside their places, by offsets [y, x] that are computed. Source: ONNX operator DeformConv. */
  DeformConv: (t) => {
    const X = t.input(0, 'X'), W = t.input(1, 'W'), offset = t.input(2, 'offset'), mask = t.optional(4), groups = t.attributes.integer('offset_group', 1);
    const [n, c, ...space] = X.shape as [number, number, ...number[]], [k, perGroup] = W.shape as [number, number], kernel = kernelOf(t, W), outputs = offset.shape.slice(2);
    const size = product(kernel), m = product(outputs), share = c / groups, { strides, dilations, pads } = windowAttributes(t, space, kernel);
    if (space.length !== 2 || kernel.length !== 2 || !Number.isInteger(share) || offset.shape[1] !== groups * size * 2)
      return t.refuse(
        `reads X of shape [${X.shape.join(',')}], W of [${W.shape.join(',')}] and offsets of [${offset.shape.join(',')}]; expected images, and two offsets for each of ${size} elements of the window in ${groups} groups`,
      );
    if (groups > mostGroups) return t.refuse(`has ${groups} groups of offsets; Loopsmith writes out at most ${mostGroups}`);
    const parts = Array.from({ length: groups }, (_, group) => {
      const read = (tensor: GraphTensor, first: number, step: number): GraphTensor =>
        reshaped(t, taken(t, tensor, 1, first, group * size * step + size * step, step), [n, size * m]);
      const positions = space.map((__, axis) => {
        const places = computed(t, X.dtype, [1, size * m], (i) => {
          const element = Math.floor(i / m), point = i % m, at = (extents: readonly number[], p: number): number => (axis === 0 ? Math.floor(p / extents[1]!) : p % extents[1]!);
          return at(outputs, point) * strides[axis]! - pads[axis]! + at(kernel, element) * dilations[axis]!;
        });
        return t.emit('add', [read(offset, group * size * 2 + axis, 2), places]);
      });
      const pixels = sampled(t, taken(t, X, 1, group * share, (group + 1) * share), positions, 'linear', false);
      return mask ? t.emit('multiply', [pixels, reshaped(t, read(mask, group * size, 1), [n, 1, size * m])]) : pixels;
    });
    const columns = reshaped(t, parts.length === 1 ? parts[0]! : t.emit('concat', parts, { axis: 1 }), [n, c * size, m]);
    return reshaped(t, t.emit('conv1d', [columns, reshaped(t, W, [k, perGroup * size, 1]), t.optional(3)], { groups: t.attributes.integer('group', 1) }), [n, k, ...outputs]);
  },
  /** theta [n, k, k+1] times the places [x, y, .., 1] of an image, each from -1 to 1. Source: ONNX operator AffineGrid. */
  AffineGrid: (t) => {
    const theta = t.input(0, 'theta'),
      [n, , ...space] = t.known(t.input(1, 'size'), 'size') as [number, number, ...number[]],
      k = space.length,
      aligned = t.attributes.flag('align_corners', false),
      m = elementsOf(t, space);
    const place = (axis: number, i: number): number => (aligned ? (space[axis] === 1 ? 0 : -1 + (2 * i) / (space[axis]! - 1)) : -1 + (2 * i + 1) / space[axis]!);
    const base = computed(t, theta.dtype, [m, k + 1], (i) => {
      const p = Math.floor(i / (k + 1)), axis = k - 1 - (i % (k + 1));
      return axis < 0 ? 1 : place(axis, Math.floor(p / product(space.slice(axis + 1))) % space[axis]!);
    });
    const grid = t.emit('matmul', [base, t.emit('transpose', [theta], { permutation: [0, 2, 1] })]);
    return reshaped(t, grid, [n, ...space, k]);
  },
};
