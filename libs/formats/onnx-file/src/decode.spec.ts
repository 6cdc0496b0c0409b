/** Fields as the wire has them, written here byte by byte: packed and not, numbers at the ends of their range, and what is refused. */
import { expect } from 'chai';
import { decodeModel, decodeTensor } from './decode.js';
import { readModel, readTensor } from './index.js';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
/** -1 takes all ten bytes of a varint. */
const minusOne = [255, 255, 255, 255, 255, 255, 255, 255, 255, 1] as const;

describe('fields of ONNX messages', () => {
  it('are read packed and one by one, in the order of the bytes', () => {
    // dims: 2 alone, then 3 and 300 packed
    expect(decodeTensor(bytes(0x08, 2, 0x0a, 3, 3, 0xac, 2)).dims).to.deep.equal([2n, 3n, 300n]);
    // float_data: 1 packed, then 2 alone
    expect(decodeTensor(bytes(0x22, 4, 0, 0, 128, 63, 0x25, 0, 0, 0, 64)).floatData).to.deep.equal([1, 2]);
    expect(decodeTensor(bytes(0x52, 8, 0, 0, 0, 0, 0, 0, 240, 191)).doubleData).to.deep.equal([-1]);
  });

  it('keep all 64 bits of a number, signed as the field is', () => {
    const least = [128, 128, 128, 128, 128, 128, 128, 128, 128, 1] as const, most = [255, 255, 255, 255, 255, 255, 255, 255, 127] as const;
    expect(decodeTensor(bytes(0x3a, 29, ...minusOne, ...least, ...most)).int64Data).to.deep.equal([-1n, -(2n ** 63n), 2n ** 63n - 1n]);
    expect(decodeTensor(bytes(0x5a, 10, ...minusOne)).uint64Data).to.deep.equal([2n ** 64n - 1n]);
    expect(decodeTensor(bytes(0x2a, 11, ...minusOne, 7)).int32Data).to.deep.equal([-1, 7]);
  });

  it('are left out where the file leaves them out or numbers them as nothing that is known', () => {
    expect(decodeModel(bytes(0x08, 8, 0xd2, 0x06, 1, 65))).to.deep.equal({ irVersion: 8n });
  });

  it('that are of another type, or end in the middle of a number, are refused', () => {
    expect(() => decodeModel(bytes(0x0a, 1, 65))).to.throw('field 1 at byte 2 has wire type 2, 0 was expected for int64');
    expect(() => decodeTensor(bytes(0x22, 3, 0, 0, 0))).to.throw('packed field 4 at byte 2 ends in the middle of a number');
    const model = readModel(bytes(0x0a, 1, 65)), tensor = readTensor(bytes(0x22, 3, 0, 0, 0));
    expect(model.ok ? '' : model.failure.message).to.equal('the model is not ONNX: its fields do not decode; check that this is the model file and export it again if it is');
    expect(tensor.ok ? '' : tensor.failure.message).to.equal('the tensor file is no ONNX tensor; write it again');
  });
});
