/**
 * Network: a graph after fusion and layout, as a sequence of calls. A call computes one definition; its definition and
 * layouts are its task. What `extract` counts, `tune` measures and `compile` emits is this form.
 */
import type { Layout } from '../tensor/layout.js';
import type { Definition } from '../tensor/tensor.js';
import type { GraphTensor } from './graph.js';

export interface Network {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly tensors: ReadonlyMap<string, NetworkTensor>;
  readonly calls: readonly Call[];
}
export interface NetworkTensor extends GraphTensor {
  /** Where it lies at run time. Model inputs and outputs are plain. Constants have no layout of their own: each call packs them as its schedule says. */
  readonly layout: Layout;
  /** Set when this tensor is a slice of another tensor's buffer (concat): its layout then carries the offset. */
  readonly sliceOf?: string;
}
export interface Call {
  /** Node names it came from, for people: never part of a key. */
  readonly name: string;
  /** For people: `conv2d 3x3 64→128 s2 @56`. */
  readonly label: string;
  readonly definition: Definition;
  /** Tensor per definition input, in order. */
  readonly inputs: readonly string[];
  readonly output: string;
  /** Position in `inputs` of the tensor whose memory the output may take, or null. */
  readonly inPlace: number | null;
}

/** Byte offsets into one arena; tensors that are never alive together share bytes. */
export interface MemoryPlan {
  readonly bytes: number;
  /** Per run-time intermediate tensor. */
  readonly offsets: ReadonlyMap<string, number>;
}
