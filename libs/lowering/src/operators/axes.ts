/** Names of axes, the same in every definition, so that texts, labels and spaces read alike: n batch, c channel, z y x space. */
import { axisNames, build, floorDivide, modulo, zero, type Index, type LoopVariable } from '@loopsmith/ir';
import type { Reading } from './operator.js';

/** An axis as its position, counted from the end where negative. Checks nothing. */
export const counted = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
/** As `counted`; refuses an axis that an operand of this rank does not have. */
export const axisOf = (reading: Reading, axis: number, rank: number): number => {
  const position = counted(axis, rank);
  return Number.isInteger(position) && position >= 0 && position < rank ? position : reading.refuse(`has axis ${axis}; its operand has ${rank} axes`);
};

/** Spatial axes by their number, outermost first. */
export const spatialNames = (rank: number): readonly string[] => ['z', 'y', 'x'].slice(3 - rank);
/** Axes of a window over those. */
export const windowNames = (rank: number): readonly string[] => ['q', 'r', 's'].slice(3 - rank);

/** Axes of a shape with each also as an Index, in order. */
export const axesOver = (shape: readonly number[], names = axisNames(shape.length)): readonly [readonly Index[], readonly LoopVariable[]] => {
  const [at, axes] = build.axesOf(Object.fromEntries(shape.map((extent, i) => [names[i]!, extent])));
  return [axes.map((axis) => at[axis.name]!), axes];
};

/** The element of `shape` at a row-major position. A shape without elements has no positions: whatever is answered is never asked. */
export const unflatten = (shape: readonly number[], position: Index): readonly Index[] => {
  const at: Index[] = shape.map(() => zero);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) { at[i] = shape[i]! <= 1 ? zero : modulo(floorDivide(position, stride), shape[i]!); stride *= Math.max(1, shape[i]!); }
  return at;
};
