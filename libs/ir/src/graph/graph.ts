/**
 * Graph: a network as operators over tensors with static shapes, as a front end hands it over. Meaning of operators is in
 * `lowering/operators`; this form only holds, prints and checks structure. Layouts come later (see network.ts).
 */
import type { TensorType } from '../dtype.js';
import type { TensorData } from '../tensor/data.js';

export type Attribute = number | string | boolean | readonly number[] | readonly string[] | TensorData;

export interface Graph {
  readonly name: string;
  /** In the order of the model's signature. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Every tensor by name. */
  readonly tensors: ReadonlyMap<string, GraphTensor>;
  /** Every node follows the producers of its inputs. */
  readonly nodes: readonly GraphNode[];
}
export interface GraphTensor extends TensorType {
  readonly name: string;
  /** The value where it is known when the library is built (weights, folded constants). */
  readonly data?: TensorData;
}
/** `operator` is a name of `lowering/operators`; an absent optional input is the empty string. */
export interface GraphNode {
  readonly name: string;
  readonly operator: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}
