/** Arrays to `.params` bytes (V2 records, as MXNet 1 writes them): for specs and for parameters made here. */
import { typeFlagOf } from './element-type.js';
import type { MxnetArray } from './model.js';

export const writeParams = (arrays: ReadonlyMap<string, MxnetArray>): Uint8Array => {
  const parts: Buffer[] = [];
  const number = (value: number, bytes: 4 | 8): void => {
    const part = Buffer.alloc(bytes);
    if (bytes === 4) part.writeInt32LE(value | 0);
    else part.writeBigInt64LE(BigInt(value));
    parts.push(part);
  };
  number(0x112, 8); number(0, 8); number(arrays.size, 8);
  for (const { dtype, shape, values } of arrays.values()) {
    number(0xf993fac9, 4); number(0, 4); number(shape.length, 4);
    for (const extent of shape) number(extent, 8);
    number(1, 4); number(0, 4); number(typeFlagOf(dtype), 4);
    parts.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  }
  number(arrays.size, 8);
  for (const name of arrays.keys()) {
    const text = Buffer.from(name);
    number(text.length, 8);
    parts.push(text);
  }
  return Buffer.concat(parts);
};
