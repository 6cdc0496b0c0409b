/** 64-bit integers of protobuf. The decoder hands over `Long` objects or numbers; neither leaves this package. */

/** Structurally a Long: two signed 32-bit halves and a sign flag. */
interface LongLike { readonly low: number; readonly high: number; readonly unsigned: boolean }
const isLong = (value: unknown): value is LongLike => typeof value === 'object' && value !== null && 'low' in value && 'high' in value;

/** Exact, whatever came. onnx-proto's own type for these fields does not resolve, hence `unknown`. */
export const toBigInt = (value: unknown): bigint => {
  if (typeof value === 'number') return BigInt(value);
  if (!isLong(value)) throw new Error(`a 64-bit field holds ${typeof value}`);
  const bits = (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
  return value.unsigned ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits);
};

/** As a number, or undefined when a number cannot hold it exactly. */
export const toIndex = (value: unknown): number | undefined => {
  const exact = Number(toBigInt(value));
  return Number.isSafeInteger(exact) ? exact : undefined;
};

/** What the encoder takes for a signed 64-bit field. */
export const toLong = (value: bigint): LongLike & number =>
  ({ low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: false }) as LongLike & number;
