/** What the translator of one node of a model is given, whatever the format, and what it gives back. Says nothing about any operator. */
import type { Attribute, GraphTensor, TensorData } from '@loopsmith/ir';

/** A node as a model file has it: the operator's name in its format, tensors by name. An absent optional input or output is the empty name. */
export interface SourceNode {
  readonly name: string;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A format extends this by what its nodes carry: attributes, the version of an operator set. */
export interface Translation {
  readonly node: SourceNode;
  /** The tensor at a position; `role` names it when it is missing. */
  input(position: number, role: string): GraphTensor;
  optional(position: number): GraphTensor | undefined;
  /** Every input, for operators of any number of them. */
  inputs(): readonly GraphTensor[];
  /**
   * Adds a node of Loopsmith's own and returns its output. A constant where all operands are small constants (shape arithmetic) or where there
   * is nothing to compute (no elements).
   */
  emit(operator: string, operands: readonly (GraphTensor | undefined)[], attributes?: Readonly<Record<string, Attribute>>): GraphTensor;
  constant(data: TensorData): GraphTensor;
  /** The values of a tensor that decides a shape; refused by name when they are only known at run time. */
  known(tensor: GraphTensor, role: string): readonly number[];
  /** Refuses the node: the message is `Conv "conv1" ` and these words. */
  refuse(words: string): never;
}

/** Returns the node's outputs in order, or the only one. Outputs left out must not be used by the model. */
export type Translator<T extends Translation = Translation> = (t: T) => GraphTensor | readonly GraphTensor[];
export type Translators<T extends Translation = Translation> = Readonly<Record<string, Translator<T>>>;
