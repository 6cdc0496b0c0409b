/**
 * A TensorFlow graph as plain objects, whatever file it came from: nodes as they are written, attributes by kind, functions
 * beside them. It gives no meaning to operators; names of inputs are as TensorFlow writes them (`node`, `node:1`, `^node`).
 */
import type { ElementArray, ElementType } from '@loopsmith/util';

/** Sizes with null where open; null when not even the rank is known. */
export type TfShape = readonly (number | null)[] | null;

/** A tensor with its value, row-major. */
export interface TfTensor { readonly dtype: ElementType; readonly shape: readonly number[]; readonly values: ElementArray }
/** A tensor of texts: names and paths, never data of a network. */
export interface TfStrings { readonly dtype: 'string'; readonly shape: readonly number[]; readonly values: readonly string[] }

/** Integers are numbers, exact up to 2^53. A type is a name of `element-type`; a function is named. */
export type TfAttribute =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'flag'; readonly value: boolean }
  | { readonly kind: 'type'; readonly value: string }
  | { readonly kind: 'shape'; readonly value: TfShape }
  | { readonly kind: 'tensor'; readonly value: TfTensor | TfStrings }
  | { readonly kind: 'function'; readonly value: string }
  | { readonly kind: 'list'; readonly texts: readonly string[]; readonly integers: readonly number[]; readonly numbers: readonly number[]; readonly types: readonly string[] }
  | { readonly kind: 'other'; readonly value: string };

export interface TfNode {
  readonly name: string;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly attributes: ReadonlyMap<string, TfAttribute>;
}

/** Inside, inputs are written `argument` or `node:output:index`, and `returns` says which of them each output is. */
export interface TfFunction {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** May throw a Failure where the file is damaged. */
  readonly nodes: readonly TfNode[];
  readonly returns: ReadonlyMap<string, string>;
}

export interface TfGraph {
  readonly nodes: readonly TfNode[];
  readonly functions: ReadonlyMap<string, TfFunction>;
}

/** An input or output of a signature: its name for the caller, and the graph's tensor (`node:0`) behind it. */
export interface TfEndpoint {
  readonly key: string;
  readonly tensor: string;
  /** A name of `element-type`. */
  readonly dtype: string;
  readonly shape: TfShape;
}
export interface TfSignature { readonly inputs: readonly TfEndpoint[]; readonly outputs: readonly TfEndpoint[] }
