/**
 * An ONNX model as plain objects: what the file says, with integers checked and tensors typed. It gives no meaning to
 * operators, and no shape to anything the file leaves open.
 */
import type { ElementArray, ElementType } from '@loopsmith/util';

/** A tensor with its value, row-major. */
export interface OnnxTensor {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly values: ElementArray;
}

/**
 * A declared tensor. `elementType` is ONNX's number, 0 where it is not a tensor; a dimension is a size, a symbol, or null when nothing is said;
 * `shape` is null when the rank is open.
 */
export interface OnnxValue {
  readonly name: string;
  readonly elementType: number;
  readonly shape: readonly (number | string | null)[] | null;
}

/** Integers stay bigint here: exporters write 2^63-1 for "to the end", which no number holds. */
export type OnnxAttribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: OnnxTensor }
  | { readonly kind: 'graph'; readonly value: OnnxGraph }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly bigint[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  /** In a function: the call's attribute of that name, or nothing where the call has none. */
  | { readonly kind: 'reference'; readonly value: string }
  | { readonly kind: 'other'; readonly value: string };

/** `domain` is '' for ONNX's own operators; an absent optional input or output is the empty name. */
export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxTensor[];
  readonly nodes: readonly OnnxNode[];
}

/** What a node of this domain and operator stands for. `defaults` are attributes of calls that leave them out. */
export interface OnnxFunction {
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
  readonly defaults: ReadonlyMap<string, OnnxAttribute>;
}

export interface OnnxModel {
  readonly irVersion: number;
  readonly producer: string;
  /** Operator set version by domain; '' is ONNX's own, 1 where the file names none (IR 1 and 2). A domain that only functions name has the version that they ask for. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: OnnxGraph;
  /** Absent: none. */
  readonly functions?: readonly OnnxFunction[];
}
