/** Every element type in every place a file may keep it, and every refusal with its whole message. */
import { expect } from 'chai';
import onnxProto from 'onnx-proto';
import { unwrap } from '@loopsmith/util';
import { elementTypeOf } from './element-type.js';
import { readTensor, writeTensor, type OnnxTensor } from './index.js';

const { onnx } = onnxProto;
type Proto = onnxProto.onnx.ITensorProto;
const encoded = (proto: Proto): Uint8Array => onnx.TensorProto.encode(proto).finish();
const read = (proto: Proto): OnnxTensor => unwrap(readTensor(encoded(proto)));
const messageOf = (bytes: Uint8Array): string => {
  const outcome = readTensor(bytes, 'x.pb');
  return outcome.ok ? 'read' : outcome.failure.message;
};

const tensors: readonly OnnxTensor[] = [
  { name: 'a', dtype: 'f32', shape: [2, 1, 2], values: Float32Array.of(1.5, -0, NaN, Infinity) },
  { name: 'b', dtype: 'f64', shape: [1], values: Float64Array.of(Math.PI) },
  { name: 'c', dtype: 'f16', shape: [2], values: Uint16Array.of(0x3c00, 0xfbff) },
  { name: 'd', dtype: 'bf16', shape: [1], values: Uint16Array.of(0xbf80) },
  { name: 'e', dtype: 'i8', shape: [2], values: Int8Array.of(-128, 127) },
  { name: 'f', dtype: 'u8', shape: [1], values: Uint8Array.of(255) },
  { name: 'g', dtype: 'i16', shape: [1], values: Int16Array.of(-32768) },
  { name: 'h', dtype: 'u16', shape: [1], values: Uint16Array.of(65535) },
  { name: 'i', dtype: 'i32', shape: [], values: Int32Array.of(-(2 ** 31)) },
  { name: 'j', dtype: 'u32', shape: [1], values: Uint32Array.of(2 ** 32 - 1) },
  { name: 'k', dtype: 'i64', shape: [2], values: BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n) },
  { name: 'l', dtype: 'u64', shape: [1], values: BigUint64Array.of(2n ** 64n - 1n) },
  { name: 'm', dtype: 'bool', shape: [0, 3], values: new Uint8Array(0) },
  { name: 'n', dtype: 'bool', shape: [2], values: Uint8Array.of(1, 0) },
];
const long = (value: bigint, unsigned: boolean) => ({ low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned }) as unknown as number;

/** The same tensor with its values in the typed field that onnx.proto3 has for them. */
const typed = ({ name, dtype, shape, values }: OnnxTensor): Proto => {
  const head = { name, dataType: elementTypeOf(dtype), dims: [...shape] };
  const numbers = [...values].map(Number);
  if (values instanceof BigInt64Array) return { ...head, int64Data: [...values].map((value) => long(value, false)) };
  if (values instanceof BigUint64Array) return { ...head, uint64Data: [...values].map((value) => long(value, true)) };
  if (dtype === 'f32') return { ...head, floatData: numbers };
  if (dtype === 'f64') return { ...head, doubleData: numbers };
  return dtype === 'u32' ? { ...head, uint64Data: numbers } : { ...head, int32Data: numbers };
};

describe('reading tensors', () => {
  for (const tensor of tensors) {
    it(`reads ${tensor.dtype} [${tensor.shape.join(',')}] from raw bytes and typed fields`, () => {
      expect(unwrap(readTensor(writeTensor(tensor)))).to.deep.equal(tensor);
      expect(read(typed(tensor))).to.deep.equal(tensor);
    });
  }

  it('copies: the tensor does not change with the file it came from', () => {
    const bytes = writeTensor(tensors[0]!), tensor = unwrap(readTensor(bytes));
    bytes.fill(0);
    expect(tensor.values[0]).to.equal(1.5);
  });

  const f32 = { name: 'w', dataType: 1 };
  const refusals: readonly (readonly [string, Uint8Array, string])[] = [
    ['an empty file', new Uint8Array(0), 'x.pb is empty (0 bytes); download or export it again'],
    ['a cut file', writeTensor(tensors[0]!).subarray(0, 20), 'x.pb ends in the middle of a field that starts at byte 10 of 20; the file is cut off or is not ONNX, so download or export it again'],
    ['text', new TextEncoder().encode('no tensor at all'), 'x.pb is not ONNX: byte 0 starts no protobuf field of a Tensor message; check that this is the model file and not a text or an archive'],
    ['no type', encoded({ name: 'w', dims: [1], floatData: [1] }), 'tensor w has element type undefined, which Loopsmith does not read; export the model with float32 weights'],
    ['a type without a name', encoded({ name: 'w', dataType: 99 }), 'tensor w has element type type 99, which Loopsmith does not read; export the model with float32 weights'],
    ['a type newer than onnx-proto', encoded({ name: 'w', dataType: 23 }), 'tensor w has element type float4e2m1, which Loopsmith does not read; export the model with float32 weights'],
    ['strings', encoded({ name: 'w', dataType: 8, dims: [1], stringData: [new Uint8Array(1)] }), 'tensor w has element type string, which Loopsmith does not read; export the model with float32 weights'],
    ['too little raw data', encoded({ ...f32, dims: [2], rawData: new Uint8Array(7) }), 'tensor w of 2 f32 has 7 bytes of data; 8 were expected'],
    ['too few values', encoded({ ...f32, dims: [2], floatData: [1] }), 'tensor w of 2 f32 has 1 values in float_data; 2 were expected'],
    ['values in the wrong field', encoded({ ...f32, dims: [1], doubleData: [1] }), 'tensor w of 1 f32 has 0 values in float_data; 1 were expected'],
    ['a negative size', encoded({ ...f32, dims: [-1], floatData: [] }), 'tensor w has the dimension -1; sizes from 0 to 4294967296 were expected'],
    ['a size that no number holds', encoded({ ...f32, dims: [long(2n ** 62n, false)] }), 'tensor w has the dimension 4611686018427387904; sizes from 0 to 4294967296 were expected'],
    ['sizes whose product is too large', encoded({ ...f32, dims: [65536, 65536] }), 'tensor w of shape [65536,65536] would take 17179869184 bytes; at most 4294967296 are read'],
    ['segments', encoded({ ...f32, dims: [1], segment: { begin: 0, end: 1 } }), 'tensor w is stored in segments, which ONNX no longer defines; export the model again'],
    ['a nameless tensor, by its file', encoded({ dataType: 1, dims: [2], floatData: [1] }), 'tensor x.pb of 2 f32 has 1 values in float_data; 2 were expected'],
    ['external data in a lone tensor', encoded({ ...f32, dims: [1], dataLocation: 1, externalData: [{ key: 'location', value: 'w.bin' }] }), 'tensor w lies in the file w.bin beside the model, and this model was handed over as bytes alone; import it by its path'],
  ];
  for (const [name, bytes, message] of refusals) it(`refuses ${name}`, () => expect(messageOf(bytes)).to.equal(message));
});
