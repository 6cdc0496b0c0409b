/** What a language for GPUs adds to a C dialect: kernels, memory of a block, hardware indices, barriers. A table of texts for the printer; it decides nothing. */
import type { Dialect } from '@loopsmith/codegen-c-family';
import type { DType, HardwareIndex, Launch } from '@loopsmith/ir';

/** Bytes that a thread loads or stores at once at most, and to a multiple of which every buffer of a kernel starts: 128 bits on all such GPUs. */
export const mostTogether = 16;

export interface GpuDialect extends Dialect {
  /** Text before everything else, given what was printed. */
  preamble(text: string): string;
  /** The head of a kernel, without its brace. */
  kernel(name: string, launch: Launch, parameters: readonly string[]): string;
  /** The parameters that hand one buffer over, and the lines that make `name` a pointer to its first element. The driver's `launch` passes as many. */
  buffer(
    name: string,
    dtype: DType,
    access: { readonly written: boolean; readonly aliased: boolean },
  ): { readonly parameters: readonly string[]; readonly lines: readonly string[] };
  /** The type of a pointer into global or shared memory. */
  pointer(dtype: DType, scope: 'global' | 'shared', written: boolean): string;
  /** Declares memory of the block, at the head of a kernel. */
  shared(dtype: DType, name: string, elements: number): string;
  /** The number of the block or thread, of the dialect's index type. */
  hardwareIndex(index: HardwareIndex): string;
  readonly barrier: string;
}
