/** TensorProto to values: packed content or typed fields, of which the last value fills what is left. Complex numbers, quantised types, resources and variants are refused. */
import { alignedCopy, elementArray, elementBytes, isElementType, onDemand, product, type ElementArray, type ElementType } from '@loopsmith/util';
import { elementTypeName } from './element-type.js';
import type { TfStrings, TfTensor } from './graph.js';
import { shapeOf } from './read-shape.js';
import { refuseFile } from './refusal.js';
import { addIntegers, bytesOf, fieldsOf, fixedBytes, integerOf, textOf, type Source } from './wire.js';

/** Elements of a constant that the file does not spell out one by one: room for any real one. */
const mostFilled = 2 ** 26;

/** The fields of typed values, by number (tensor.proto). Narrow integers share int_val; half_val holds the bits of f16 and bf16. */
const integerFields: Readonly<Record<number, readonly ElementType[]>> = {
  7: ['i32', 'i16', 'u16', 'i8', 'u8'],
  10: ['i64'],
  11: ['bool'],
  13: ['f16', 'bf16'],
  16: ['u32'],
  17: ['u64'],
};

/** `owner` names the node or the entry that the tensor belongs to. */
export const tensorOf = (source: Source, bytes: Uint8Array, owner: string): TfTensor | TfStrings => {
  const fields = [...fieldsOf(source, bytes)];
  const name = elementTypeName(fields.reduce((type, field) => (field.number === 1 ? integerOf(source, field) : type), 0));
  const shapes = fields.flatMap((field) => (field.number === 2 ? [shapeOf(source, bytesOf(source, field))] : []));
  const shape = closedShape(source, shapes.at(-1) ?? [], owner), count = product(shape);
  if (name === 'string') return { dtype: 'string', shape, values: fields.flatMap((field) => (field.number === 8 ? [textOf(source, field)] : [])) };
  if (!isElementType(name))
    return refuseFile(
      'unsupported',
      `${source.what}: the constant ${owner} is of type ${name}, which Loopsmith does not compute with; export the model with float32 weights`,
    );
  const content = fields.flatMap((field) => (field.number === 4 ? [bytesOf(source, field)] : [])).at(-1);
  if (content && content.length > 0) return rawTensor(source, content, name, shape, owner);
  const given = name === 'f32' || name === 'f64'
    ? fields.flatMap((field) => (field.number === (name === 'f32' ? 5 : 6) ? [elementArray(name, alignedCopy(fixedBytes(source, field, name === 'f32' ? 4 : 8)))] : []))
    : [integers(source, fields.filter((field) => integerFields[field.number]?.includes(name)), name)];
  const values = filled(source, joined(name, given), name, count, owner);
  return { dtype: name, shape, get values() { return values(); } };
};

const closedShape = (source: Source, shape: readonly (number | null)[] | null, owner: string): readonly number[] =>
  (shape ?? refuseFile('damaged', `${source.what}: the constant ${owner} has no shape`)).map(
    (size) => size ?? refuseFile('damaged', `${source.what}: the constant ${owner} has an open dimension; a constant has none`),
  );

/** Little-endian bytes as a tensor, copied when its values are asked for; refused at once where they are not exactly as many as the shape says. */
export const rawTensor = (source: Source, content: Uint8Array, dtype: ElementType, shape: readonly number[], owner: string): TfTensor => {
  const count = product(shape), expected = count * elementBytes(dtype);
  if (content.length !== expected) return refuseFile('damaged', `${source.what}: ${owner} of ${count} ${dtype} has ${content.length} bytes of data; ${expected} were expected`);
  const values = onDemand(() => elementArray(dtype, alignedCopy(content)));
  return { dtype, shape, get values() { return values(); } };
};

const integers = (source: Source, fields: Parameters<typeof addIntegers>[1][], dtype: ElementType): ElementArray => {
  const lows: number[] = [], highs: number[] = [];
  for (const field of fields) addIntegers(source, field, (low, high) => { lows.push(low); highs.push(high); });
  const values = elementArray(dtype, lows.length);
  for (let i = 0; i < lows.length; i++) {
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) values[i] = (BigInt(highs[i]!) << 32n) | BigInt(lows[i]!);
    else values[i] = dtype === 'bool' ? Number(lows[i] !== 0) : lows[i]!;
  }
  return values;
};

const joined = (dtype: ElementType, parts: readonly ElementArray[]): ElementArray => {
  if (parts.length === 1) return parts[0]!;
  const all = elementArray(dtype, parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) { (all as Float32Array).set(part as Float32Array, at); at += part.length; }
  return all;
};

/**
 * The values that are given, then the last of them again and again; zeros where there is none. Source: tensor.proto. Made when they are asked for,
 * since a few bytes of a file may stand for many.
 */
const filled = (source: Source, given: ElementArray, dtype: ElementType, count: number, owner: string): (() => ElementArray) => {
  if (given.length === count) return () => given;
  if (given.length > count) return refuseFile('damaged', `${source.what}: the constant ${owner} of ${count} ${dtype} has ${given.length} values`);
  if (count > mostFilled)
    return refuseFile(
      'damaged',
      `${source.what}: the constant ${owner} of ${count} ${dtype} has only ${given.length} values; the rest may be filled up to ${mostFilled} elements`,
    );
  return onDemand(() => {
    const values = elementArray(dtype, count);
    (values as Float32Array).set(given as Float32Array);
    if (given.length > 0) (values as Float32Array).fill((given as Float32Array).at(-1)!, given.length);
    return values;
  });
};
