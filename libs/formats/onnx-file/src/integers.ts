/** 64-bit integers of protobuf. The decoder hands over `Long` objects or numbers; neither leaves this package. */

/** Structurally a Long: two signed 32-bit halves and a sign flag. */
export interface LongLike { readonly low: number; readonly high: number; readonly unsigned: boolean }
export type Integer = number | LongLike;

/** Exact, whatever came. */
export const toBigInt = (value: Integer): bigint => {
  if (typeof value === 'number') return BigInt(value);
  const bits = (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
  return value.unsigned ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits);
};

/** As a number, or undefined when a number cannot hold it exactly. */
export const toIndex = (value: Integer): number | undefined => {
  const exact = Number(toBigInt(value));
  return Number.isSafeInteger(exact) ? exact : undefined;
};
