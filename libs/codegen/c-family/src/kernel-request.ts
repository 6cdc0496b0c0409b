/** What a printer of machine code is asked for: one kernel, and what C would be told beside its statements. Data alone. */
import type { Buffer, Index, Kernel, Statement } from '@loopsmith/ir';

type Loop = Extract<Statement, { readonly kind: 'for' }>;

/** Where the caller has a buffer: its position among the pointers, or bytes from the start of scratch. */
export type Place = { readonly pointer: number } | { readonly scratch: number };

export interface KernelRequest {
  readonly kernel: Kernel;
  /** The exported function of the kernel ABI, and what the names of its labels start with; its work stands in a function of its own, `_body` behind the name. */
  readonly symbol: string;
  /** Part 0 does all. */
  readonly serial: boolean;
  /** Of each buffer that the kernel names. */
  readonly places: ReadonlyMap<string, Place>;
  /** How many turns of a loop are written out; 1 for most. */
  readonly turns: (loop: Loop) => number;
  /** What a turn asks for: elements from an address that it names, and bytes of a buffer that the loop comes to much later. */
  readonly ahead: (loop: Loop) => readonly { readonly address: string; readonly elements: number }[];
  readonly shares: (loop: Loop) => readonly { readonly buffer: Buffer; readonly at: Index }[];
}

/** The lines of both functions, with their directives; null where the printer has no words for the kernel and C says it. */
export type Assembly = (request: KernelRequest) => readonly string[] | null;
