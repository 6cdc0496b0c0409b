/** Front ends: model bytes to Graph. They translate; meaning of operators is in lowering. */
import type { DType, Graph, TensorData } from '@loopsmith/ir';
import type { Failure, Outcome } from '@loopsmith/util';

/** A dimension is a size, a symbol, or null when nothing is said of it; the shape is null where the number of dimensions is open too. */
export type DeclaredShape = readonly (number | string | null)[] | null;
/** What a model says without the sizes it leaves open; operators under the names of its format, known ones only. */
export interface OpenModel {
  /** Sizes that were given are in the shapes. */
  readonly inputs: readonly { readonly name: string; readonly dtype: DType; readonly shape: DeclaredShape }[];
  readonly operators: readonly { readonly operator: string; readonly nodes: number }[];
}
/** An operator of a model that its front end does not import, with its domain where it has one, and the nodes that use it. */
export interface UnsupportedOperator { readonly operator: string; readonly nodes: readonly string[] }

/** Bytes of a file: where they begin, and how many. */
export interface FilePart { readonly begin: number; readonly length: number }

export const Frontend = Symbol.for('loopsmith/Frontend');
export interface Frontend {
  readonly id: string;
  /** Names of files that make a folder a model of its format, such as `saved_model.pb`; a `*` at the begin stands for any text, as in `*-symbol.json`. */
  readonly entries: readonly string[];
  /** Whether these bytes look like its format, judged by content; the file's name may only settle what content leaves open. */
  detects(bytes: Uint8Array, fileName: string): boolean;
  /**
   * Binds open dimensions by `shapes` (input name to shape). A refusal names the node and the way out. Values of weights may be read from the bytes
   * when they are first asked for: nobody may change the bytes while the graph lives.
   */
  import(bytes: Uint8Array, options: ImportOptions): Outcome<Graph>;
}
/**
 * Refusals that a caller may answer have the same codes in every format: `shape-needed` (an input's shape is open, or does
 * not fit), `value-needed` (a tensor that decides a shape is known at run time only).
 */
export interface ImportOptions {
  /** What the model is called. */
  readonly name: string;
  /** The base name of the file that the bytes are from, by which companions are found: `net-symbol.json` has its weights in `net-0000.params`. */
  readonly file?: string;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Inputs that become constants: shapes, axes, paddings that a model takes as inputs and that have to be known before anything can be compiled. */
  readonly values?: Readonly<Record<string, TensorData>>;
  /** Cuts by name: tensors that become the inputs, tensors that become the outputs; where absent, the model's own. */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /**
   * Where given, a model that uses operators which are not imported is not refused: this is told them and the refusal it would have been, and
   * the part that depends on none of them is imported. For who looks at a model; what is compiled has to be whole.
   */
  readonly onUnsupported?: (operators: readonly UnsupportedOperator[], refusal: Failure) => void;
  /**
   * Where given, it is told of a model whose inputs leave sizes open that `shapes` does not give, before that is refused: for who looks at a model. A graph
   * cannot be made of one, since nothing's shape is known.
   */
  readonly onOpenShapes?: (model: OpenModel) => void;
  /** Reads a file of the model's folder, or undefined when there is none. What lies outside, links included, is refused. */
  readonly readBeside?: (relativePath: string) => Uint8Array | undefined;
  /** Reads parts of such a file, for one of which little is needed; a part that runs past the end is shorter. Where absent, files are read whole. */
  readonly readPartsBeside?: (relativePath: string, parts: readonly FilePart[]) => readonly Uint8Array[] | undefined;
  /** Names of the files in a folder of the model's folder (`''` for itself), sorted; empty where there is no such folder. */
  readonly listBeside?: (relativePath: string) => readonly string[];
}
