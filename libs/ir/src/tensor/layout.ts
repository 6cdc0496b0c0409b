/**
 * Layout: where an element of a tensor lies. Blocking, slices of a larger buffer, halos and packed weights are all one
 * list of dimensions. It never moves data by itself; `pack` and `unpack` do, for harness, compile and reference.
 */
import { add, floorDivide, modulo, plus, scale, zero, type Index } from '../index/index-expression.js';

/** One stored dimension: ((i[axis] + offset) / divide) % modulo, `size` of them. `modulo: null` means none is taken. */
export interface LayoutDim { readonly axis: number; readonly offset: number; readonly divide: number; readonly modulo: number | null; readonly size: number }
/** Outermost first. */
export type Layout = readonly LayoutDim[];

/** Row-major order of the logical shape. */
export const plainLayout = (shape: readonly number[]): Layout => shape.map((size, axis) => ({ axis, offset: 0, divide: 1, modulo: null, size }));

/** Row-major, but `axis` is cut into blocks of `lanes` whose elements lie innermost: NCHW with axis 1 and 8 lanes is NCHW8c. */
export const blockedLayout = (shape: readonly number[], axis: number, lanes: number): Layout => [
  ...shape.map((size, i): LayoutDim =>
    i === axis
      ? { axis, offset: 0, divide: lanes, modulo: null, size: Math.ceil(size / lanes) }
      : { axis: i, offset: 0, divide: 1, modulo: null, size },
  ),
  { axis, offset: 0, divide: 1, modulo: lanes, size: lanes },
];

/** Stored elements, padding included. */
export const layoutSize = (layout: Layout): number => layout.reduce((product, dim) => product * dim.size, 1);

/** The flat address of the element at `at`, counted in elements. */
export const addressOf = (layout: Layout, at: readonly Index[]): Index => {
  let address = zero, stride = 1;
  for (let i = layout.length - 1; i >= 0; i--) {
    const dim = layout[i]!;
    const divided = floorDivide(plus(at[dim.axis]!, dim.offset), dim.divide);
    address = add(address, scale(dim.modulo === null ? divided : modulo(divided, dim.modulo), stride));
    stride *= dim.size;
  }
  return address;
};

/** Where it puts the first element of its tensor, counted in elements. */
export const firstPlace = (layout: Layout): number => addressOf(layout, Array.from({ length: Math.max(0, ...layout.map((dim) => dim.axis + 1)) }, () => zero)).constant;

/** Copies a logical row-major array into its stored places; places no element has stay zero. `packed` must be zeroed and of `layoutSize`. */
export const pack = <A extends { [i: number]: number }>(layout: Layout, shape: readonly number[], logical: A, packed: A): void =>
  eachPlace(layout, shape, (from, to) => { packed[to] = logical[from]!; });
export const unpack = <A extends { [i: number]: number }>(layout: Layout, shape: readonly number[], packed: A, logical: A): void =>
  eachPlace(layout, shape, (from, to) => { logical[from] = packed[to]!; });

/** Visits every element: its row-major position and its stored place. The place is a sum of one number per axis, tabulated once. */
const eachPlace = (layout: Layout, shape: readonly number[], visit: (logical: number, place: number) => void): void => {
  const tables = shape.map((extent) => new Float64Array(extent));
  let stride = 1;
  for (let d = layout.length - 1; d >= 0; d--) {
    const dim = layout[d]!;
    const places = tables[dim.axis]!;
    for (let i = 0; i < places.length; i++) {
      const divided = Math.floor((i + dim.offset) / dim.divide);
      places[i]! += (dim.modulo === null ? divided : divided % dim.modulo) * stride;
    }
    stride *= dim.size;
  }
  let logical = 0;
  const walk = (axis: number, base: number): void => {
    const places = tables[axis]!;
    if (axis === shape.length - 1) { for (let i = 0; i < places.length; i++) visit(logical++, base + places[i]!); return; }
    for (let i = 0; i < places.length; i++) walk(axis + 1, base + places[i]!);
  };
  if (shape.length === 0) visit(0, 0);
  else if (shape.every((extent) => extent > 0)) walk(0, 0);
};

/** `c+96/16:16`: a dimension of an axis by its name; without a size it takes what the axis needs. */
export const dimText = (axis: string, { offset, divide, modulo, size }: Pick<LayoutDim, 'offset' | 'divide' | 'modulo'> & { readonly size: number | null }): string =>
  `${axis}${offset === 0 ? '' : `+${offset}`}${divide === 1 ? '' : `/${divide}`}${modulo === null ? '' : `%${modulo}`}${size === null ? '' : `:${size}`}`;

/** `[c/16 y x c%16]` with `c+96/16:16` for an offset and a size that does not follow from the shape. `names` are the tensor's axes. */
export const layoutText = (layout: Layout, names: readonly string[], shape: readonly number[]): string =>
  `[${layout.map((dim) => {
    const implied = impliedSize(dim, shape);
    return dimText(names[dim.axis]!, { ...dim, size: dim.size === implied ? null : dim.size });
  }).join(' ')}]`;

/** The size a dimension has when nothing else is said: what the tensor's own elements need. */
export const impliedSize = (dim: Omit<LayoutDim, 'size'>, shape: readonly number[]): number =>
  dim.modulo ?? Math.floor((shape[dim.axis]! - 1 + dim.offset) / dim.divide) + 1;

/** Whether two dims are blocks of an axis, with room for all of it, and the places within a block: what nearly every layout does with an axis. */
const isBlocked = (dims: readonly LayoutDim[], extent: number): boolean => {
  const blocks = dims.find(({ modulo }) => modulo === null), within = dims.find(({ modulo }) => modulo !== null);
  return blocks !== undefined && within !== undefined && blocks.offset === 0 && within.offset === 0 && within.divide === 1 &&
    within.modulo === blocks.divide && within.size >= blocks.divide && blocks.size * blocks.divide >= extent;
};

/** undefined when every element has a place of its own inside the stored extent; otherwise the reason. */
export const layoutFault = (layout: Layout, shape: readonly number[]): string | undefined => {
  for (const dim of layout) if (dim.axis >= shape.length) return `it stores axis ${dim.axis} of a tensor of rank ${shape.length}`;
  for (let axis = 0; axis < shape.length; axis++) {
    const extent = shape[axis]!;
    if (extent <= 1) continue;
    const dims = layout.filter((dim) => dim.axis === axis);
    if (dims.length === 0) return `axis ${axis} of extent ${extent} is not stored`;
    const [whole] = dims as [LayoutDim];
    if (dims.length === 1 && whole.divide === 1 && whole.modulo === null && whole.offset === 0 && whole.size >= extent) continue;
    if (dims.length === 2 && isBlocked(dims, extent)) continue;
    // the places of one axis, numbered by its own dims alone
    const seen = new Uint8Array(dims.reduce((product, dim) => product * dim.size, 1));
    for (let i = 0; i < extent; i++) {
      let place = 0;
      for (const dim of dims) {
        const divided = Math.floor((i + dim.offset) / dim.divide), at = dim.modulo === null ? divided : divided % dim.modulo;
        if (at < 0 || at >= dim.size) return `element ${i} of axis ${axis} lies outside the stored extent`;
        place = place * dim.size + at;
      }
      if (seen[place] === 1) return `two elements of axis ${axis} share a place`;
      seen[place] = 1;
    }
  }
  return undefined;
};

export const sameLayout = (a: Layout, b: Layout): boolean =>
  a.length === b.length && a.every((dim, i) => {
    const other = b[i]!;
    return dim.axis === other.axis && dim.offset === other.offset && dim.divide === other.divide && dim.modulo === other.modulo && dim.size === other.size;
  });
