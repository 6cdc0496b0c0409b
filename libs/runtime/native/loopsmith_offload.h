/* How the harness runs candidates whose kernels are not functions of this process: a candidate's library that exports
 * `loopsmith_offload_table` is driven through it, and its symbols are descriptions that only the table understands. Memory on the
 * host stays the place where inputs are packed and answers checked; the table copies. Version 4.
 */
#ifndef LOOPSMITH_OFFLOAD_H
#define LOOPSMITH_OFFLOAD_H
#include <stddef.h>

#define LOOPSMITH_OFFLOAD_ABI 4

/* What went wrong: one of the harness's classes and a sentence without line breaks. */
typedef struct { char class[32]; char text[1024]; } loopsmith_offload_error;

typedef struct {
  int abi;
  /* Opens the device. What it answers is for `open` of every library with a table of this version, as long as this process lives. NULL after an error. */
  void *(*device)(loopsmith_offload_error *error);
  /* Makes the kernels ready and memory for `count` buffers of `bytes` each, slack included; buffers with one host address share
   * memory. Those marked in `turns` are there `copies` times, and every run takes the next copy of them. NULL after an error. */
  void *(*open)(void *device, const void *const *symbols, int symbol_count, void *const *hosts, const size_t *bytes, const unsigned char *turns, int copies, int count, loopsmith_offload_error *error);
  /* Into every copy. */
  int (*upload)(void *state, int buffer, const void *from, loopsmith_offload_error *error);
  /* All kernels in order, so many times without waiting in between; answers when the last is done, with the time of one run by
   * the device's clock. */
  int (*run)(void *state, int repeats, double *nanoseconds, loopsmith_offload_error *error);
  /* Also looks for writes past the buffer. */
  int (*download)(void *state, int buffer, void *to, loopsmith_offload_error *error);
  /* Gives back what `open` took. */
  void (*close)(void *state);
} loopsmith_offload;

#endif
