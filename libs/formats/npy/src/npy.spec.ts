/** Round trips of every element type, files of other writers, and every refusal with its message. */
import { expect } from 'chai';
import { unwrap } from '@loopsmith/util';
import { readNpy, writeNpy } from './index.js';
import type { NpyArray } from './npy-array.js';

const file = (header: string, data: number, version = 1): Uint8Array =>
  Uint8Array.from([0x93, ...Buffer.from('NUMPY'), version, 0, ...(version === 1 ? [header.length, 0] : [header.length, 0, 0, 0]), ...Buffer.from(header), ...new Array<number>(data).fill(0)]);
const messageOf = (bytes: Uint8Array): string => {
  const outcome = readNpy(bytes, 'x.npy');
  return outcome.ok ? 'read' : outcome.failure.message;
};

describe('npy', () => {
  const arrays: readonly NpyArray[] = [
    { dtype: 'f32', shape: [2, 1, 3], values: Float32Array.of(1, -0, NaN, Infinity, 1e-45, 3.5) },
    { dtype: 'f64', shape: [2], values: Float64Array.of(Math.PI, 1e300) },
    { dtype: 'f16', shape: [], values: Uint16Array.of(0x3c00) },
    { dtype: 'i8', shape: [1], values: Int8Array.of(-128) },
    { dtype: 'u8', shape: [1], values: Uint8Array.of(255) },
    { dtype: 'i16', shape: [1], values: Int16Array.of(-32768) },
    { dtype: 'u16', shape: [1], values: Uint16Array.of(65535) },
    { dtype: 'i32', shape: [2, 0], values: new Int32Array(0) },
    { dtype: 'u32', shape: [1], values: Uint32Array.of(4294967295) },
    { dtype: 'i64', shape: [1], values: BigInt64Array.of(-(2n ** 63n)) },
    { dtype: 'u64', shape: [1], values: BigUint64Array.of(2n ** 64n - 1n) },
    { dtype: 'bool', shape: [2], values: Uint8Array.of(0, 1) },
  ];
  for (const array of arrays) it(`reads the ${array.dtype} it wrote`, () => expect(unwrap(readNpy(writeNpy(array)))).to.deep.equal(array));

  it('writes a header of numpy, data at a multiple of 64', () => {
    const bytes = writeNpy({ dtype: 'f32', shape: [3], values: new Float32Array(3) });
    expect(bytes.length).to.equal(128 + 12);
    expect(Buffer.from(bytes.subarray(10, 128)).toString()).to.equal(`${"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }".padEnd(117)}\n`);
  });

  it('reads version 2, keys in any order, data at an odd offset', () => {
    const bytes = file("{'shape': (2L,), 'fortran_order': False, 'descr': '<f4'}", 8, 2);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(unwrap(readNpy(shifted.subarray(1))).shape).to.deep.equal([2]);
  });

  it('throws when values and shape disagree', () => {
    expect(() => writeNpy({ dtype: 'f32', shape: [2], values: new Float32Array(3) })).to.throw('writeNpy: 3 values for shape [2]');
  });

  const refusals: readonly (readonly [string, Uint8Array, string])[] = [
    ['an empty file', new Uint8Array(0), 'x.npy is no .npy file: it does not start with \\x93NUMPY; write it with numpy.save'],
    ['a version from the future', file('{}', 0, 9), 'x.npy has version 9 of the .npy format; 1 to 3 are known'],
    ['a cut header', file("{'descr': '<f4'", 0).subarray(0, 20), 'x.npy ends in its header; copy it again'],
    ['a structure', file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", 4), 'x.npy has the header "{\'descr\': [(\'a\', \'<f4\')], \'fortran_order\': False, \'shape\': (1,)}"; one plain element type was expected (no structures)'],
    ['big endian', file("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", 4), "x.npy holds elements of type >f4; convert them with array.astype('float32') or another little-endian number type"],
    ['Fortran order', file("{'descr': '<f4', 'fortran_order': True, 'shape': (1,)}", 4), 'x.npy is in Fortran order; save numpy.ascontiguousarray(array) instead'],
    ['no shape', file("{'descr': '<f4', 'fortran_order': False}", 4), 'x.npy has the header "{\'descr\': \'<f4\', \'fortran_order\': False}"; a shape was expected'],
    ['missing data', file("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}", 4), 'x.npy holds 4 bytes of data; f32 of shape [2,2] takes 16, so the file is cut off or damaged; write it again with numpy.save'],
  ];
  for (const [name, bytes, message] of refusals) it(`refuses ${name}`, () => expect(messageOf(bytes)).to.equal(message));
});
