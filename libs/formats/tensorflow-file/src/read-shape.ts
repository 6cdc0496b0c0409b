/** TensorShapeProto to sizes, open ones included. Checks that a machine could hold them; binds none. */
import type { TfShape } from './graph.js';
import { refuseFile } from './refusal.js';
import { bytesOf, fieldsOf, integerOf, type Source } from './wire.js';

/** Past this no machine holds a tensor; it also keeps products of sizes exact. */
const largestSize = 2 ** 32;

export const shapeOf = (source: Source, bytes: Uint8Array): TfShape => {
  const sizes: (number | null)[] = [];
  for (const field of fieldsOf(source, bytes)) {
    if (field.number === 3 && integerOf(source, field) !== 0) return null;
    if (field.number !== 2) continue;
    let size = 0;
    for (const part of fieldsOf(source, bytesOf(source, field))) if (part.number === 1) size = integerOf(source, part);
    sizes.push(openOr(source, size));
  }
  return sizes;
};

/** Negative sizes are open ones. */
const openOr = (source: Source, size: number): number | null => {
  if (!Number.isInteger(size) || size > largestSize)
    return refuseFile('damaged', `${source.what} has a tensor with a dimension of ${size}; sizes up to ${largestSize} were expected`);
  return size < 0 ? null : size;
};
