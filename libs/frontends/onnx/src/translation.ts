/** What the translator of an ONNX operator is given, and what it gives back. Says nothing about any operator. */
import type { Attribute, GraphTensor, TensorData } from '@loopsmith/ir';
import type { OnnxNode } from '@loopsmith/onnx-file';
import type { Attributes } from './attributes.js';

export interface Translation {
  readonly node: OnnxNode;
  /** The version of the node's operator set: the same name means different things over time. */
  readonly opset: number;
  readonly attributes: Attributes;
  /** The tensor at a position; `role` names it when it is missing. */
  input(position: number, role: string): GraphTensor;
  optional(position: number): GraphTensor | undefined;
  /** Every input, for operators of any number of them. */
  inputs(): readonly GraphTensor[];
  /** Adds a node of Loopsmith's own and returns its output. Computed at once where all operands are small constants (shape arithmetic) or where there is nothing to compute (no elements). */
  emit(operator: string, operands: readonly (GraphTensor | undefined)[], attributes?: Readonly<Record<string, Attribute>>): GraphTensor;
  constant(data: TensorData): GraphTensor;
  /** The values of a tensor that decides a shape; refused by name when they are only known at run time. */
  known(tensor: GraphTensor, role: string): readonly number[];
  /** Refuses the node: the message is `Conv "conv1" ` and these words. */
  refuse(words: string): never;
}

/** Returns the node's outputs in order, or the only one. Outputs left out must not be used by the model. */
export type Translator = (t: Translation) => GraphTensor | readonly GraphTensor[];
export type Translators = Readonly<Record<string, Translator>>;
