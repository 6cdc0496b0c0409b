/** Parameter files in their four forms, and every way one can be wrong, with its whole message. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { file, needs, shared } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { readParams, writeParams, type MxnetArray } from './index.js';

const u32 = (value: number): Buffer => { const part = Buffer.alloc(4); part.writeUInt32LE(value >>> 0); return part; };
const u64 = (value: number | bigint): Buffer => { const part = Buffer.alloc(8); part.writeBigUInt64LE(BigInt(value)); return part; };
const floats = (...values: readonly number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const device = Buffer.concat([u32(1), u32(0)]);
const V1 = u32(0xf993fac8), V2 = u32(0xf993fac9), V3 = u32(0xf993faca);
const shape = (...extents: readonly number[]): Buffer => Buffer.concat([u32(extents.length), ...extents.map((extent) => u64(extent))]);
const list = (records: readonly Buffer[], names: readonly string[] = [], count = records.length): Buffer =>
  Buffer.concat([u64(0x112), u64(0), u64(count), ...records, u64(names.length), ...names.flatMap((name) => [u64(Buffer.byteLength(name)), Buffer.from(name)])]);
const record = Buffer.concat([V2, u32(0), shape(2), device, u32(0), floats(1, 2)]);

const read = (bytes: Uint8Array): string => {
  const outcome = readParams(bytes, 'net.params');
  return outcome.ok ? outcome.value.map(({ name, array }) => `${name}:${array ? `${array.dtype}[${array.shape.join()}]=${array.values.join()}` : 'none'}`).join(' ') : outcome.failure.message;
};

describe('MXNet .params', () => {
  it('reads records of V1, V2, V3 and before versions', () => {
    const v1 = Buffer.concat([V1, shape(1, 2), device, u32(0), floats(3, 4)]);
    const v3 = Buffer.concat([V3, u32(0), shape(), device, u32(4), Buffer.from(Int32Array.of(7).buffer)]);
    const legacy = Buffer.concat([u32(2), u32(2), u32(1), device, u32(3), Buffer.of(5, 6)]);
    expect(read(list([record, v1, v3, legacy], ['a', 'b', 'c', 'd']))).to.equal('a:f32[2]=1,2 b:f32[1,2]=3,4 c:i32[]=7 d:u8[2,1]=5,6');
  });

  it('takes empty arrays as none, and files without names', () => {
    const none = Buffer.concat([V2, u32(0), shape()]), unknown = Buffer.concat([V3, u32(0), u32(-1)]), open = Buffer.concat([V3, u32(0), u32(1), u64(2n ** 64n - 1n)]);
    expect(read(list([none, unknown, open, record]))).to.equal('null:none null:none null:none null:f32[2]=1,2');
  });

  it('reads what it writes', () => {
    const arrays = new Map<string, MxnetArray>([
      ['arg:w', { dtype: 'f32', shape: [2, 1], values: Float32Array.of(1, -2) }], ['aux:é', { dtype: 'i64', shape: [1], values: BigInt64Array.of(-3n) }], ['h', { dtype: 'f16', shape: [1], values: Uint16Array.of(0x3c00) }],
    ]);
    expect(unwrap(readParams(writeParams(arrays), 'x')).map(({ name, array }) => [name, array])).to.deep.equal([...arrays]);
  });

  it("reads MXNet's own oldest file", function () {
    const path = shared('models', 'mxnet', 'legacy', 'legacy_ndarray.v0');
    needs(this, file(path));
    const arrays = unwrap(readParams(readFileSync(path), 'v0'));
    expect(arrays.map(({ name, array }) => [name, array!.dtype, array!.shape])).to.deep.equal(Array.from({ length: 6 }, () => [null, 'f32', [128]]));
  });

  const again = 'fetch it again';
  const refusals: readonly (readonly [string, Uint8Array, string])[] = [
    ['another file', Buffer.from('text that is long enough'), 'net.params is no list of MXNet arrays: it does not begin with the number 0x112; give the .params file that belongs to the symbol'],
    ['an archive of MXNet 2', Buffer.from('PK\u0003\u0004'), 'net.params is an archive of NumPy arrays, as MXNet 2.0 writes; load it there and save it with MXNet 1, or export the model as ONNX'],
    ['a head cut off', list([record]).subarray(0, 12), `net.params ends inside its head, at byte 12; ${again}`],
    ['data cut off', list([record]).subarray(0, 60), `net.params ends inside array 0: f32 of shape [2] takes 8 bytes, and 4 are left; ${again}`],
    ['more arrays than bytes', list([], [], 2 ** 40), `net.params says that the number of arrays is 1099511627776, for which its 32 bytes have no room; ${again}`],
    ['a shape beyond all memory', list([Buffer.concat([V2, u32(0), shape(2 ** 40, 2 ** 40), device, u32(0)])]), `net.params ends inside array 0: f32 of shape [1099511627776,1099511627776] takes 4.835703278458517e+24 bytes, and 8 are left; ${again}`],
    ['a negative extent', list([Buffer.concat([V2, u32(0), u32(1), u64(2n ** 64n - 4n), device, u32(0)])]), `net.params ends inside array 0: f32 of shape [-4] takes -16 bytes, and 8 are left; ${again}`],
    ['axes beyond counting', list([Buffer.concat([u32(4000)])]), 'net.params has a record of array 0 that MXNet does not write (4000 axes); fetch or save it again'],
    ['an unknown type', list([Buffer.concat([V2, u32(0), shape(1), device, u32(99)])]), "net.params has elements of type 99 in array 0; MXNet's 0 (float32) to 12 (bfloat16) are known"],
    ['a sparse array', list([Buffer.concat([V2, u32(1), shape(1)])]), "net.params holds array 0 as a sparse array (row_sparse); save it dense, with tostype('default')"],
    ['an unknown storage', list([Buffer.concat([V2, u32(7), shape(1)])]), 'net.params has the storage 7 for array 0; 0 (dense) was expected'],
    ['too few names', list([record, record], ['a']), 'net.params has 1 names for 2 arrays; one each, or none, was expected'],
    ['a name twice', list([record, record], ['a', 'a']), 'net.params names "a" twice; names of arrays are unique'],
    ['a name cut off', list([record], ['abc']).subarray(0, -1), `net.params says that the length of name 0 is 3, for which its 82 bytes have no room; ${again}`],
    ['bytes left over', Buffer.concat([list([record], ['a']), Buffer.of(0)]), 'net.params has 1 bytes after its last array; fetch or save it again'],
  ];
  for (const [name, bytes, message] of refusals) it(`refuses ${name}`, () => expect(read(bytes)).to.equal(message));
});
