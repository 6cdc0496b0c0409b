/** Session: a compiled folder that is loaded and ready to run, wherever its target allows here: on this CPU, under an emulator, through a driver. */
import type { TensorData, TensorType } from '@loopsmith/ir';
import type { FigureKind } from './task.js';

export interface Session {
  /** What a time taken of its runs is worth: `measured` on the device itself, `emulated` where something else stands in for it. */
  readonly kind: FigureKind;
  /** What runs it, for people: `this CPU`, `qemu-aarch64 7.2`. */
  readonly how: string;
  readonly threads: number;
  readonly inputs: readonly SessionTensor[];
  readonly outputs: readonly SessionTensor[];
  /** By input name to by output name. Rejects with a FailureError when what runs it refuses. */
  run(inputs: ReadonlyMap<string, TensorData>): Promise<ReadonlyMap<string, TensorData>>;
  /** Nanoseconds of each kernel in one run, in the order of the manifest's layers; absent where nobody can tell. */
  profile?(inputs: ReadonlyMap<string, TensorData>): Promise<readonly number[]>;
  close(): Promise<void>;
}
export interface SessionTensor extends TensorType { readonly name: string }
