/** Protobuf messages by hand, for specs: a field is a number and a value. Writes what it is told, right or wrong. */

type Value = number | string | Uint8Array | { readonly float: number };

export type EncodedField = readonly [number: number, value: Value];

const varint = (value: number): readonly number[] => {
  if (value < 0) { let rest = BigInt.asUintN(64, BigInt(value)); const bytes: number[] = []; for (let i = 0; i < 10; i++) { bytes.push(Number(rest & 127n) | (i < 9 ? 128 : 0)); rest >>= 7n; } return bytes; }
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
};

/** Numbers are varints, `{ float }` is fixed32, texts and bytes have a length. */
export const message = (...fields: readonly EncodedField[]): Uint8Array => Uint8Array.from(fields.flatMap(([number, value]) => {
  if (typeof value === 'number') return [...varint(number * 8), ...varint(value)];
  if (typeof value === 'object' && 'float' in value) return [...varint(number * 8 + 5), ...new Uint8Array(Float32Array.of(value.float).buffer)];
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}));

/** An entry of a map. */
export const entry = (key: string, value: Uint8Array | string): Uint8Array => message([1, key], [2, value]);
/** TensorShapeProto. */
export const shape = (...sizes: readonly number[]): Uint8Array => message(...sizes.map((size) => [2, message([1, size])] as const));
/** NodeDef; attributes are AttrValues. */
export const node = (name: string, operator: string, inputs: readonly string[] = [], attributes: Readonly<Record<string, Uint8Array>> = {}): Uint8Array =>
  message([1, name], [2, operator], ...inputs.map((input) => [3, input] as const), ...Object.entries(attributes).map(([key, value]) => [5, entry(key, value)] as const));
/** GraphDef. */
export const graph = (...nodes: readonly Uint8Array[]): Uint8Array => message(...nodes.map((one) => [1, one] as const));
