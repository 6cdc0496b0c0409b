/** 64-bit integers of protobuf are bigint here; what leaves as a number is exact. */

/** As a number, or undefined when a number cannot hold it exactly. */
export const toIndex = (value: bigint): number | undefined => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
};

/** What onnx-proto's encoder takes for a signed 64-bit field: structurally a Long, two signed 32-bit halves. Its own type for these fields does not resolve. */
export const toLong = (value: bigint): { readonly low: number; readonly high: number; readonly unsigned: boolean } & number =>
  ({ low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: false }) as { readonly low: number; readonly high: number; readonly unsigned: boolean } & number;
