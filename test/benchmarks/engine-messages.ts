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
/** What peers.py is started with. */
export interface PeerSetup {
  readonly engine: string;
  /** An ONNX file with one input of `shape`. */
  readonly path: string;
  readonly threads: number;
  readonly shape: readonly number[];
  /** Files of the zoo's inputs by seed: f32 in this machine's order of bytes. */
  readonly inputs: Readonly<Record<number, string>>;
}
export type Question =
  /** Milliseconds of `runs` single inferences, after a warm-up. */
  | { readonly ask: 'times'; readonly runs: number }
  /** The output for the zoo's input of a seed. */
  | { readonly ask: 'answer'; readonly seed: number }
  /** The last question: the process's peak resident memory in bytes. */
  | { readonly ask: 'memory' };
export type Answer = { readonly numbers: readonly number[] } | { readonly trouble: string };
