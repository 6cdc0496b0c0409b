/* The kernel ABI: how emitted kernels, the harness that times them and the library that ships them meet. Version 1.
 *
 * A kernel is one exported function. It computes its share of one definition and nothing else: no allocation, no
 * synchronisation, no global state. A program of several kernels is run in order with a team barrier between two.
 *
 *   buffers  one pointer per KernelBuffer of the program, in that order: inputs, output, temporaries.
 *            Every pointer is aligned to 64 bytes, but for one to a slice of a larger tensor, which is aligned to its
 *            elements alone (and on a GPU to 16 bytes); up to `slack` elements past the end may be read, never written.
 *            Padding lanes of blocked tensors hold anything, NaN included; padding of packed weights is zero.
 *   scratch  memory of the calling thread alone, at least scratchBytes, aligned to 64 bytes, contents undefined.
 *   part     the share to compute, 0 <= part < parts. There may be more shares than threads, and each is computed once, in
 *            any order, by any thread; the outermost parallel loop of n iterations runs
 *            part*n/parts .. (part+1)*n/parts. A kernel without a parallel loop runs entirely in part 0.
 */
#ifndef LOOPSMITH_KERNEL_H
#define LOOPSMITH_KERNEL_H

typedef void (*loopsmith_kernel)(void *const *buffers, void *scratch, int part, int parts);

#endif
