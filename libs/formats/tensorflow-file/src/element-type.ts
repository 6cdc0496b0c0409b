/** TensorFlow's element types: their numbers (types.proto) and their names in JSON (`DT_FLOAT`). */
import { shown } from '@loopsmith/util';

/** By number. A name that is no ElementType is known and has no numbers that are read here. */
const names = [
  'nothing', 'f32', 'f64', 'i32', 'u8', 'i16', 'i8', 'string', 'complex64', 'i64', 'bool', 'qint8', 'quint8', 'qint32', 'bf16',
  'qint16', 'quint16', 'u16', 'complex128', 'f16', 'resource', 'variant', 'u32', 'u64',
] as const;
const jsonNames: readonly string[] = [
  'DT_INVALID', 'DT_FLOAT', 'DT_DOUBLE', 'DT_INT32', 'DT_UINT8', 'DT_INT16', 'DT_INT8', 'DT_STRING', 'DT_COMPLEX64', 'DT_INT64', 'DT_BOOL',
  'DT_QINT8', 'DT_QUINT8', 'DT_QINT32', 'DT_BFLOAT16', 'DT_QINT16', 'DT_QUINT16', 'DT_UINT16', 'DT_COMPLEX128', 'DT_HALF', 'DT_RESOURCE',
  'DT_VARIANT', 'DT_UINT32', 'DT_UINT64',
];

/** `f32` for 1, `string` for 7, `type 99` for a number that has not been given out. References (100 and up) are of the type they refer to. */
export const elementTypeName = (number: number): string => names[number > 100 ? number - 100 : number] ?? `type ${number}`;
/** As `elementTypeName`, for the names in a tfjs topology, which are also written as numbers. */
export const elementTypeOfJson = (written: unknown): string => {
  const number = typeof written === 'string' ? jsonNames.indexOf(written) : typeof written === 'number' ? written : -1;
  return number < 0 ? `type ${shown(written)}` : elementTypeName(number);
};
