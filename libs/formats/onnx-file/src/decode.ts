/**
 * Messages of an ONNX file to plain objects: the fields of onnx.proto3 that are read here, of any version of it, absent where the file leaves
 * them out. Bytes are not copied. `checkWire` comes first: it bounds the nesting. Checks no value.
 */
import { fieldAt, type Field } from './wire.js';

export interface ModelProto { readonly irVersion?: bigint; readonly producerName?: string; readonly graph?: GraphProto; readonly opsetImport?: readonly OpsetProto[]; readonly functions?: readonly FunctionProto[] }
export interface OpsetProto { readonly domain?: string; readonly version?: bigint }
export interface FunctionProto {
  readonly name?: string; readonly domain?: string; readonly input?: readonly string[]; readonly output?: readonly string[]; readonly node?: readonly NodeProto[];
  readonly opsetImport?: readonly OpsetProto[]; readonly attributeProto?: readonly AttributeProto[];
}
export interface GraphProto {
  readonly name?: string; readonly node?: readonly NodeProto[]; readonly initializer?: readonly TensorProto[]; readonly sparseInitializer?: readonly Uint8Array[];
  readonly input?: readonly ValueInfoProto[]; readonly output?: readonly ValueInfoProto[];
}
export interface NodeProto { readonly name?: string; readonly opType?: string; readonly domain?: string; readonly input?: readonly string[]; readonly output?: readonly string[]; readonly attribute?: readonly AttributeProto[] }
export interface AttributeProto {
  readonly name?: string; readonly type?: number; readonly refAttrName?: string; readonly f?: number; readonly i?: bigint; readonly s?: Uint8Array; readonly t?: TensorProto; readonly g?: GraphProto;
  readonly floats?: readonly number[]; readonly ints?: readonly bigint[]; readonly strings?: readonly Uint8Array[];
}
export interface TensorProto {
  readonly name?: string; readonly dims?: readonly bigint[]; readonly dataType?: number; readonly segment?: Uint8Array; readonly rawData?: Uint8Array;
  readonly floatData?: readonly number[]; readonly int32Data?: readonly number[]; readonly int64Data?: readonly bigint[]; readonly doubleData?: readonly number[]; readonly uint64Data?: readonly bigint[];
  readonly externalData?: readonly { readonly key?: string; readonly value?: string }[]; readonly dataLocation?: number;
}
export interface ValueInfoProto { readonly name?: string; readonly type?: { readonly tensorType?: { readonly elemType?: number; readonly shape?: { readonly dim?: readonly { readonly dimValue?: bigint; readonly dimParam?: string }[] } } } }

type Scalar = 'text' | 'bytes' | 'int64' | 'uint64' | 'int32' | 'float' | 'double';
type Message = 'Model' | 'Opset' | 'Function' | 'Graph' | 'Node' | 'Attribute' | 'Tensor' | 'Entry' | 'ValueInfo' | 'Type' | 'TensorType' | 'Shape' | 'Dimension';
type Rule = readonly [name: string, type: Scalar | Message, many?: 'many'];

/** By field number, as onnx.proto3 numbers them. */
const schema: Readonly<Record<Message, Readonly<Record<number, Rule>>>> = {
  Model: { 1: ['irVersion', 'int64'], 2: ['producerName', 'text'], 7: ['graph', 'Graph'], 8: ['opsetImport', 'Opset', 'many'], 25: ['functions', 'Function', 'many'] },
  Opset: { 1: ['domain', 'text'], 2: ['version', 'int64'] },
  Function: {
    1: ['name', 'text'], 4: ['input', 'text', 'many'], 5: ['output', 'text', 'many'], 7: ['node', 'Node', 'many'], 9: ['opsetImport', 'Opset', 'many'], 10: ['domain', 'text'], 11: ['attributeProto', 'Attribute', 'many'],
  },
  Graph: { 1: ['node', 'Node', 'many'], 2: ['name', 'text'], 5: ['initializer', 'Tensor', 'many'], 11: ['input', 'ValueInfo', 'many'], 12: ['output', 'ValueInfo', 'many'], 15: ['sparseInitializer', 'bytes', 'many'] },
  Node: { 1: ['input', 'text', 'many'], 2: ['output', 'text', 'many'], 3: ['name', 'text'], 4: ['opType', 'text'], 5: ['attribute', 'Attribute', 'many'], 7: ['domain', 'text'] },
  Attribute: {
    1: ['name', 'text'], 2: ['f', 'float'], 3: ['i', 'int64'], 4: ['s', 'bytes'], 5: ['t', 'Tensor'], 6: ['g', 'Graph'], 7: ['floats', 'float', 'many'], 8: ['ints', 'int64', 'many'], 9: ['strings', 'bytes', 'many'],
    20: ['type', 'int32'], 21: ['refAttrName', 'text'],
  },
  Tensor: {
    1: ['dims', 'int64', 'many'], 2: ['dataType', 'int32'], 3: ['segment', 'bytes'], 4: ['floatData', 'float', 'many'], 5: ['int32Data', 'int32', 'many'], 7: ['int64Data', 'int64', 'many'], 8: ['name', 'text'],
    9: ['rawData', 'bytes'], 10: ['doubleData', 'double', 'many'], 11: ['uint64Data', 'uint64', 'many'], 13: ['externalData', 'Entry', 'many'], 14: ['dataLocation', 'int32'],
  },
  Entry: { 1: ['key', 'text'], 2: ['value', 'text'] },
  ValueInfo: { 1: ['name', 'text'], 2: ['type', 'Type'] },
  Type: { 1: ['tensorType', 'TensorType'] },
  TensorType: { 1: ['elemType', 'int32'], 2: ['shape', 'Shape'] },
  Shape: { 1: ['dim', 'Dimension', 'many'] },
  Dimension: { 1: ['dimValue', 'int64'], 2: ['dimParam', 'text'] },
};

/** Throws an Error where a field is not of its type. */
export const decodeModel = (bytes: Uint8Array): ModelProto => decode(bytes, 'Model', 0, bytes.length);
export const decodeTensor = (bytes: Uint8Array): TensorProto => decode(bytes, 'Tensor', 0, bytes.length);

/** What a message's fields say, under the names of its interface above. */
const decode = (bytes: Uint8Array, message: Message, start: number, end: number): Readonly<Record<string, unknown>> => {
  const fields: Record<string, unknown> = {}, rules = schema[message];
  for (let at = start; at < end;) {
    const field = fieldAt(bytes, at, end);
    if (typeof field === 'string') throw new Error(`byte ${at} starts no field of ${message}: ${field}`);
    at = field.end;
    const rule = rules[field.number];
    if (!rule) continue;
    const [name, type, many] = rule;
    if (many) addTo((fields[name] ??= []) as unknown[], bytes, field, type);
    else fields[name] = valueOf(bytes, field, type);
  }
  return fields;
};

const wireTypes = { int64: 0, uint64: 0, int32: 0, double: 1, float: 5 } as const satisfies Partial<Record<Scalar, number>>;

/** Numbers that repeat may come packed into one field. */
const addTo = (list: unknown[], bytes: Uint8Array, field: Field, type: Scalar | Message): void => {
  const packed = field.wireType === 2 && Object.hasOwn(wireTypes, type) ? wireTypes[type as keyof typeof wireTypes] : undefined;
  if (packed === undefined) { list.push(valueOf(bytes, field, type)); return; }
  const size = { 0: 0, 1: 8, 5: 4 }[packed];
  for (let start = field.start; start < field.end;) {
    let end = start + size;
    if (packed === 0) for (end++; bytes[end - 1]! >= 128; end++);
    if (end > field.end) throw new Error(`packed field ${field.number} at byte ${field.start} ends in the middle of a number`);
    list.push(valueOf(bytes, { number: field.number, wireType: packed, start, end }, type));
    start = end;
  }
};

const utf8 = new TextDecoder();

const valueOf = (bytes: Uint8Array, { number, wireType, start, end }: Field, type: Scalar | Message): unknown => {
  const expected: number = Object.hasOwn(wireTypes, type) ? wireTypes[type as keyof typeof wireTypes] : 2;
  if (wireType !== expected) throw new Error(`field ${number} at byte ${start} has wire type ${wireType}, ${expected} was expected for ${type}`);
  switch (type) {
    case 'text': return utf8.decode(bytes.subarray(start, end));
    case 'bytes': return bytes.subarray(start, end);
    case 'int64': return BigInt.asIntN(64, integerOf(bytes, start, end));
    case 'uint64': return BigInt.asUintN(64, integerOf(bytes, start, end));
    case 'int32': return Number(BigInt.asIntN(32, integerOf(bytes, start, end)));
    case 'float': return new DataView(bytes.buffer, bytes.byteOffset + start, 4).getFloat32(0, true);
    case 'double': return new DataView(bytes.buffer, bytes.byteOffset + start, 8).getFloat64(0, true);
    default: return decode(bytes, type, start, end);
  }
};

/** A varint that `fieldAt` found whole, in groups of seven bits. Most are small, and a double holds them. */
const integerOf = (bytes: Uint8Array, start: number, end: number): bigint => {
  if (end - start > 10) throw new Error(`the number at byte ${start} is longer than 64 bits`);
  let low = 0, scale = 1, at = start;
  for (; at < end && at < start + 7; at++, scale *= 128) low += (bytes[at]! & 127) * scale;
  let value = BigInt(low);
  for (let shift = 49n; at < end; at++, shift += 7n) value |= BigInt(bytes[at]! & 127) << shift;
  return value;
};
