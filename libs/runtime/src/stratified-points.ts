/** Where a tensor is looked at when not all of it can be: a choice of places. Reads no values. */
import { product, type Random } from '@loopsmith/util';

/**
 * Points of a tensor where kernels go wrong: all corners first, then by turns points on edges, in the last few lanes of an
 * axis (tails of blocks of 4, 8 and 16), and anywhere. At most `count`, without repeats; all points where there are no more.
 */
export const stratifiedPoints = (shape: readonly number[], count: number, random: Random): readonly (readonly number[])[] => {
  const elements = product(shape);
  const found = new Map<number, readonly number[]>();
  const take = (point: readonly number[]): void => {
    if (found.size < count) found.set(point.reduce((at, coordinate, axis) => at * shape[axis]! + coordinate, 0), point);
  };
  const pointAt = (flat: number): readonly number[] => {
    const point: number[] = [];
    for (let axis = shape.length - 1, left = flat; axis >= 0; axis--, left = Math.floor(left / shape[axis + 1]!)) point.unshift(left % shape[axis]!);
    return point;
  };
  if (elements <= count) return Array.from({ length: elements }, (_, flat) => pointAt(flat));
  for (let corner = 0; corner < 2 ** Math.min(shape.length, 10); corner++) take(shape.map((extent, axis) => ((corner >> axis) & 1 ? extent - 1 : 0)));
  // a bounded number of draws: the last few points of a small tensor are not worth waiting for
  for (let draw = 0; draw < 4 * count && found.size < count; draw++) {
    const point = shape.map((extent) => random.below(extent));
    const axis = random.below(Math.max(1, shape.length)), extent = shape[axis] ?? 1;
    if (draw % 3 === 1) point[axis] = random.below(2) === 0 ? 0 : extent - 1;
    else if (draw % 3 === 2) point[axis] = extent - 1 - random.below(Math.min(extent, random.pick([4, 8, 16])));
    take(point);
  }
  return [...found.values()];
};
