/* Running something in a forked child with limits. The parent survives whatever the child does. */
#ifndef HARNESS_CHILD_H
#define HARNESS_CHILD_H
#include <stddef.h>

typedef enum { CHILD_ENDED, CHILD_SIGNALLED, CHILD_EXITED, CHILD_TIMED_OUT, CHILD_OUT_OF_MEMORY, CHILD_UNWANTED, CHILD_NOT_STARTED } child_ending;
typedef struct {
  child_ending ending;
  int code;             /* signal number or exit status */
  int timeout_ms;
  size_t memory_bytes;
  char *text;           /* what it wrote, ends with NUL; the caller frees it */
} child_result;
/* memory_bytes: resident memory the child may add to what it was born with. */
typedef struct { int timeout_ms; size_t memory_bytes; } child_limits;

/* Calls work(context, channel) in a child with its own process group; what is written to `channel` comes back as text.
 * The child's standard output is /dev/null: the harness's carries the protocol. A child whose answer nobody can read any more,
 * because the other end of standard input is gone, is killed. */
child_result child_run(void (*work)(void *context, int channel), void *context, child_limits limits);
/* "was killed by SIGSEGV", "ran past its limit of 500 ms": for a sentence that names the subject. */
void child_describe(const child_result *result, char *text, size_t room);

#endif
