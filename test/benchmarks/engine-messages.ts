/** What the benchmark and a process that holds one engine say to each other. */

export interface EngineSetup {
  readonly engine: 'loopsmith' | 'onnxruntime';
  /** A compiled folder, or an ONNX file. */
  readonly path: string;
  readonly network: string;
  readonly threads: number;
  /** Where ONNX Runtime is installed. */
  readonly peers: string;
}
export type Question =
  /** Milliseconds of `runs` single inferences, after a warm-up. */
  | { readonly ask: 'times'; readonly runs: number }
  /** The output for the zoo's input of a seed. */
  | { readonly ask: 'answer'; readonly seed: number }
  /** Ends the process after its last answer: its peak resident memory in bytes. */
  | { readonly ask: 'memory' };
export type Answer = { readonly numbers: readonly number[] } | { readonly trouble: string };
