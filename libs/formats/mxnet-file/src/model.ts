/** MXNet's two files as plain values: a symbol (the graph) and arrays (its parameters). No meaning of operators. */

/** One array class per element type; f16 and bf16 are kept as their 16 bits, bool as 0 or 1. Structurally the arrays of `ir`. */
export interface MxnetArrays {
  f32: Float32Array; f64: Float64Array; f16: Uint16Array; bf16: Uint16Array;
  i8: Int8Array; u8: Uint8Array; i16: Int16Array; u16: Uint16Array; i32: Int32Array; u32: Uint32Array;
  i64: BigInt64Array; u64: BigUint64Array; bool: Uint8Array;
}
export type MxnetDType = keyof MxnetArrays;

/** Row-major. */
export interface MxnetArray { readonly dtype: MxnetDType; readonly shape: readonly number[]; readonly values: MxnetArrays[MxnetDType] }

/** Arrays in the order of the file; `name` is null in files without names, `array` null where the file holds an empty one. */
export type MxnetParams = readonly { readonly name: string | null; readonly array: MxnetArray | null }[];

/** An output of a node: the place of the node in the symbol and which of its outputs. */
export interface MxnetEntry { readonly node: number; readonly output: number }

/** `operator` is 'null' for a variable. Attributes are texts in every version: "(3, 3)", "True", "1e-05". */
export interface MxnetNode {
  readonly name: string;
  readonly operator: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly inputs: readonly MxnetEntry[];
}

/** Nodes follow what they read. */
export interface MxnetSymbol {
  /** As MXNet numbers them: 10200 is 1.2.0; 800 where the file names none. */
  readonly version: number;
  readonly nodes: readonly MxnetNode[];
  readonly heads: readonly MxnetEntry[];
}
