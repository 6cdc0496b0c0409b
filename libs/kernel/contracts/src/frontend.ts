/** Front ends: model bytes to Graph. They translate; meaning of operators is in lowering. */
import type { Graph, TensorData } from '@loopsmith/ir';
import type { Outcome } from '@loopsmith/util';

export const Frontend = Symbol.for('loopsmith/Frontend');
export interface Frontend {
  readonly id: string;
  /** Whether these bytes look like its format, judged by content. */
  detects(bytes: Uint8Array): boolean;
  /** Binds open dimensions by `shapes` (input name to shape). A refusal names the node and the way out. */
  import(bytes: Uint8Array, options: ImportOptions): Outcome<Graph>;
}
export interface ImportOptions {
  readonly name: string;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Inputs that become constants: shapes, axes, paddings that a model takes as inputs and that have to be known before anything can be compiled. */
  readonly values?: Readonly<Record<string, TensorData>>;
  /** Reads a file beside the model (external data), or undefined when there is none. Paths that leave the folder are refused before. */
  readonly readBeside?: (relativePath: string) => Uint8Array | undefined;
}
