/** TensorProto to OnnxTensor: every plain element type, from raw bytes, typed fields or a file beside the model. Strings, complex numbers and types below a byte are refused. */
import type onnxProto from 'onnx-proto';
import { alignedCopy, attempt, elementArray, elementBytes, onDemand, product, refuse, type ElementArray, type ElementType, type Outcome } from '@loopsmith/util';
import { dtypeOf, elementTypeName } from './element-type.js';
import { readExternalData, type ReadBeside } from './external-data.js';
import { toBigInt } from './integers.js';
import { messages } from './messages.js';
import type { OnnxTensor } from './model.js';
import { checkWire } from './wire.js';

type TensorProto = onnxProto.onnx.ITensorProto;

const refuseTensor = (message: string): never => refuse({ code: 'onnx-tensor', stage: 'import', message });

/** Past this a typed array cannot be made in Node; far past any tensor of a real model. */
const mostBytes = 2 ** 32;

/** A file that holds one TensorProto, as ONNX's test sets do. */
export const readTensor = (bytes: Uint8Array, what = 'the tensor file'): Outcome<OnnxTensor> => attempt(() => {
  checkWire(bytes, 'Tensor', what);
  let proto: TensorProto;
  try {
    proto = messages().TensorProto.decode(bytes);
  } catch (error) {
    return refuse({ code: 'onnx-damaged', stage: 'import', message: `${what} is no ONNX tensor; write it again`, text: String(error) });
  }
  // a copy of every field has its values now, and keeps nothing of the file
  return { ...tensorOf(proto, what, undefined) };
});

/**
 * Its values are read from the file's bytes when they are asked for, so these must not change. Refuses by throwing a Failure; `owner` names a tensor
 * that has no name of its own.
 */
export const tensorOf = (proto: TensorProto, owner: string, readBeside: ReadBeside | undefined): OnnxTensor => {
  const name = proto.name ? proto.name : owner;
  const elementType = proto.dataType ?? 0;
  const dtype =
    dtypeOf(elementType) ??
    refuseTensor(
      `tensor ${name} has element type ${elementTypeName(elementType)}, which Loopsmith does not read; export the model with float32 weights`,
    );
  const shape = shapeOf(proto, name);
  const count = product(shape);
  if (count * elementBytes(dtype) > mostBytes)
    return refuseTensor(
      `tensor ${name} of shape [${shape.join(',')}] would take ${count * elementBytes(dtype)} bytes; at most ${mostBytes} are read`,
    );
  if (proto.segment?.begin != null || proto.segment?.end != null) return refuseTensor(`tensor ${name} is stored in segments, which ONNX no longer defines; export the model again`);
  const values = valuesOf(proto, name, dtype, count, readBeside);
  return { name: proto.name ?? '', dtype, shape, get values() { return values(); } };
};

const shapeOf = (proto: TensorProto, name: string): readonly number[] => (proto.dims ?? []).map((dim) => {
  const size = toBigInt(dim);
  return size < 0n || size > BigInt(mostBytes)
    ? refuseTensor(`tensor ${name} has the dimension ${size}; sizes from 0 to ${mostBytes} were expected`)
    : Number(size);
});

/** Checked at once, copied when they are asked for. */
const valuesOf = (proto: TensorProto, name: string, dtype: ElementType, count: number, readBeside: ReadBeside | undefined): (() => ElementArray) => {
  const raw = proto.dataLocation === messages().TensorProto.DataLocation.EXTERNAL
    ? readExternalData(name, new Map((proto.externalData ?? []).map((entry) => [entry.key ?? '', entry.value ?? ''])), readBeside)
    : proto.rawData ?? new Uint8Array(0);
  if (raw.length > 0) {
    const expected = count * elementBytes(dtype);
    if (raw.length !== expected) return refuseTensor(`tensor ${name} of ${count} ${dtype} has ${raw.length} bytes of data; ${expected} were expected`);
    return onDemand(() => elementArray(dtype, alignedCopy(raw)));
  }
  const { field, items } = typedField(proto, dtype);
  if (items.length !== count) return refuseTensor(`tensor ${name} of ${count} ${dtype} has ${items.length} values in ${field}; ${count} were expected`);
  const values = elementArray(dtype, count);
  for (let i = 0; i < count; i++) {
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) values[i] = toBigInt(items[i]);
    else values[i] = dtype === 'u32' ? Number(toBigInt(items[i])) : Number(items[i]); // f16 and bf16 come as their bits
  }
  return () => values;
};

/** Where onnx.proto3 puts values that are not raw: narrow types share int32_data, unsigned wide ones uint64_data. */
const typedField = (proto: TensorProto, dtype: ElementType): { readonly field: string; readonly items: readonly unknown[] } => {
  switch (dtype) {
    case 'f32': return { field: 'float_data', items: proto.floatData ?? [] };
    case 'f64': return { field: 'double_data', items: proto.doubleData ?? [] };
    case 'i64': return { field: 'int64_data', items: proto.int64Data ?? [] };
    case 'u32': case 'u64': return { field: 'uint64_data', items: proto.uint64Data ?? [] };
    case 'f16': case 'bf16': case 'i8': case 'u8': case 'i16': case 'u16': case 'i32': case 'bool': return { field: 'int32_data', items: proto.int32Data ?? [] };
    default: return dtype satisfies never;
  }
};
