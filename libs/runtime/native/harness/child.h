/* Running something in a forked child with limits, once, or as one child that stays and answers again and again. The parent survives whatever the child does. */
#ifndef HARNESS_CHILD_H
#define HARNESS_CHILD_H
#include <stddef.h>
#include <sys/types.h>

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

/* A child that stays: it is told things, and answers. It ends with the process that started it, however that ends. */
typedef struct { pid_t process; int descriptor, words, answers; volatile size_t *born_with; } child;
/* Calls work(words, answers) in it, which reads from one and writes to the other. 0 when there is no process or pipe left. */
int child_start(child *made, void (*work)(int words, int answers));
/* 0 when it is gone. */
int child_tell(const child *to, const void *bytes, size_t count);
/* Waits for an answer, which ends with CHILD_STAYS or CHILD_LEAVES. Any ending but CHILD_ENDED is that of the child too, and after
 * CHILD_LEAVES it asks to be ended: `leaves`. */
enum { CHILD_STAYS = 1, CHILD_LEAVES = 2 };
child_result child_answer(child *from, child_limits limits, int *leaves);
/* Whether it ended by itself meanwhile. */
int child_gone(const child *which);
void child_end(child *which);
/* In a child: what is resident now does not count against its limit. */
void child_counts_from_here(void);

/* "was killed by SIGSEGV", "ran past its limit of 500 ms": for a sentence that names the subject. */
void child_describe(const child_result *result, char *text, size_t room);

#endif
