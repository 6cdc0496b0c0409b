/** MXNet's two files as plain values: a symbol (the graph) and arrays (its parameters). No meaning of operators. */
import type { ElementArray, ElementType } from '@loopsmith/util';

/** Row-major. */
export interface MxnetArray { readonly dtype: ElementType; readonly shape: readonly number[]; readonly values: ElementArray }

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
