/* The harness: a fork server that checks and times candidate kernels, one process per device. It decides nothing: what is
 * slow, right enough or worth a second look is said by whoever sends the commands.
 *
 *   harness LOCK_DIRECTORY     commands on standard input, answers on standard output; standard error is the candidates'
 *
 * It greets with "loopsmith-harness 1", the version of this protocol. A command is a line with its name, lines of
 * "word arguments", and the line "end". Arguments are separated by one space; a path or label is the rest of its line. An
 * answer is its lines and the line "end". What fails answers "failed CLASS TEXT"; the harness goes on.
 *
 * task ID                                     prepares a task; answers "ok"
 *   input DTYPE run|compile GENERATOR A B KEY RANK EXTENT.. LABEL   in the reference's order; generators: see values.h
 *   output DTYPE RANK EXTENT.. LABEL
 *   reference PATH                            shared object with loopsmith_reference(const void *const *inputs, void *output):
 *                                             row-major inputs in their dtypes, row-major double output
 *   timeout MILLISECONDS
 * drop ID                                     forgets a task; answers "ok"
 * dump ID                                     writes reference answers as doubles; answers "ok COUNT"
 *   set 0|1
 *   path PATH
 * measure ID                                  one line per candidate: "ok ERROR NANOSECONDS.." or "failed CLASS TEXT"
 *   threads COUNT
 *   cores NUMBER..                            one per thread; their locks are held; without it nothing is pinned or locked
 *   weights memory|l3|warm                    how cold weights are before each timed call; on a device memory or warm
 *   l2 BYTES                                  of one core, or of the device that runs the kernels
 *   device                                    candidates are handed over to one: by a child that stays, see below
 *   samples MOST FEWEST BUDGET_NS CUTOFF_NS   MOST 0: check only; CUTOFF_NS 0: none. Calls during which the system took a core
 *                                             away are repeated and stand in only where FEWEST cannot be had otherwise. Of several
 *                                             candidates with FEWEST = MOST and no cutoff, sample i of each is of round i, and a
 *                                             round in which one was disturbed is repeated whole, until BUDGET_NS are spent
 *   timeout MILLISECONDS                      for the whole command, waiting for locks not included
 *   memory BYTES                              the kernels may add
 *   tolerance RELATIVE OF_SCALE ABSOLUTE      relative*|ref| + of_scale*rms(ref) + absolute
 *   then for each candidate:
 *   candidate LIBRARY_PATH
 *   symbol NAME                               kernels in order, a team barrier between two
 *   scratch BYTES                             of one part
 *   buffer ROLE INPUT DTYPE SIZE SLACK RANK EXTENT.. DIMS (AXIS OFFSET DIVIDE MODULO SIZE).. LABEL
 *                                             in the order of the kernel ABI; ROLE input|compile|output|temporary; INPUT is the
 *                                             task's input or -1; MODULO 0: none
 *   values PATH                               of the buffer above, when it is a compile-time stage: row-major, in its dtype
 *   alias BUFFER                              position of the input whose memory the output takes
 *   allowance FACTOR                          times the tolerance, for an algorithm that rounds more; without it 1
 * peak sse|avx2|avx512|generic                answers "ok FLOPS L3_BYTES_PER_S MEMORY_BYTES_PER_S PING_PONG_NS LOADS_PER_S"
 *   threads COUNT / cores NUMBER.. / l2 BYTES / l3 BYTES    of l3 0 the figures between are 0: only what the cores do alone is measured
 *
 * A library that exports loopsmith_offload_table (loopsmith_offload.h) runs its kernels on a device of its own: opened in the
 * measuring child, its buffers copied before and after. Caches are as the run before left them; with weights as cold as memory
 * each run takes the next of so many copies of them that L2 does not hold all. Opening a device takes longer than measuring many
 * kernels, so where the command says `device` the child stays and keeps it open for the commands after (standing.h).
 *
 * Classes: wrong-answer, not-a-number, out-of-bounds, crash, timeout, memory (of the kernel), no-memory (of the machine), load-failed (of a library, and of a device that cannot be opened), build-failed and run-failed (of a device), interrupted
 * (by another candidate of the same command), lock-failed, unsupported, protocol (the command itself is wrong). When whoever sends the commands
 * is gone, the measurement at work is given up and the harness ends.
 */
#define _GNU_SOURCE
#include "child.h"
#include "commands.h"
#include "peak.h"
#include "standing.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char *lock_directory;
static int lock_files[CPU_SETSIZE];   /* 0: not opened yet */

static void do_task(const command *of, char *text, const char *id) {
  failure fault = {0};
  task *made = calloc(1, sizeof *made);
  if (made == NULL || text == NULL) { puts("failed memory no memory for a task"); free(made); free(text); return; }
  snprintf(made->id, sizeof made->id, "%s", id);
  made->text = text;
  const char *reference = "";
  int timeout = 60000;
  read_task(of, made, &reference, &timeout, &fault);
  if (fault.class[0] == 0) task_prepare(made, reference, timeout, &fault);
  if (fault.class[0] != 0) {
    printf("failed %s %s\n", fault.class, fault.text);
    task_free(made);
    return;
  }
  made->next = tasks;
  tasks = made;
  puts("ok");
}

static void do_drop(const char *id) {
  const task *gone = task_find(id);
  if (gone != NULL) standing_drop(gone);
  task_drop(id);
  puts("ok");
}

static void do_dump(const command *of, const char *id) {
  const task *subject = task_find(id);
  const char *path = "";
  int set = 0;
  for (int i = 1; i < of->count; i++) {
    char *line = of->lines[i];
    if (is(word(&line), "set")) set = whole(&line) != 0; else path = line;
  }
  if (subject == NULL) { printf("failed protocol no task %s is prepared\n", id); return; }
  const size_t count = shape_elements(&subject->output_shape);
  FILE *file = fopen(path, "wb");
  // the last bytes are written when it is closed
  const int written = file != NULL && fwrite(subject->reference[set], sizeof(double), count, file) == count;
  const int closed = file != NULL && fclose(file) == 0;
  if (written && closed) printf("ok %zu\n", count);
  else printf("failed file-unwritable right answers cannot be written to %s (%s); make room there, or make it writable\n", path, strerror(errno));
}

/* The lock file of a core. Opened before it is created: a shared folder may refuse O_CREAT on a file of another user. */
static int open_lock(int core) {
  char path[4096];
  snprintf(path, sizeof path, "%s/loopsmith-core-%d.lock", lock_directory, core);
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) file = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  return file;
}

/* Every core that is measured on is locked host-wide, in ascending order, so that two harnesses can never wait for each other. */
static void lock_cores(const int *cores, int threads, failure *fault) {
  for (int core = 0; cores[0] >= 0 && core < CPU_SETSIZE && fault->class[0] == 0; core++) {
    int mine = 0;
    for (int i = 0; i < threads; i++) mine |= cores[i] == core;
    if (!mine) continue;
    if (lock_files[core] <= 0) lock_files[core] = open_lock(core);
    if (lock_files[core] < 0 || flock(lock_files[core], LOCK_EX) != 0) fail_with(fault, "lock-failed", "the lock of core %d in %s cannot be taken: %s; set TMPDIR to a folder that you may write", core, lock_directory, strerror(errno));
  }
}
static void unlock_cores(void) { for (int core = 0; core < CPU_SETSIZE; core++) if (lock_files[core] > 0) flock(lock_files[core], LOCK_UN); }

static void do_measure(const command *of, char *text, const char *id) {
  failure fault = {0};
  measurement work;
  task *subject = task_find(id);
  if (subject == NULL) fail_with(&fault, "protocol", "no task %s is prepared", id);
  if (text == NULL) fail_with(&fault, "no-memory", "no memory for a command");
  read_measurement(of, &work, &fault);
  work.subject = subject;
  if (work.count == 0) puts("failed protocol a measurement needs at least one candidate");
  if (work.weights == WEIGHTS_MEMORY && !EVICTS_LINES) fail_with(&fault, "unsupported", "this CPU has no instruction that evicts a cache line; measure with l3 or warm weights");
  if (work.threads < 1 || work.threads > MAX_THREADS) fail_with(&fault, "protocol", "%d threads; 1 to %d are supported", work.threads, MAX_THREADS);
  for (int c = 0; c < work.count && fault.class[0] == 0; c++) check_candidate(&work.candidates[c], work.subject, &fault);
  for (task *other = tasks; other != NULL; other = other->next) if (other != work.subject) task_trim(other, PACKED_BYTES_OF_OTHERS);
  if (fault.class[0] == 0) lock_cores(work.cores, work.threads, &fault);
  if (fault.class[0] == 0) measure(&work, text, stdout);
  else for (int c = 0; c < work.count; c++) printf("failed %s %s\n", fault.class, fault.text);
  unlock_cores();
  forget_measurement(&work);
  free(text);
}

typedef struct { peak_isa isa; int threads; int cores[MAX_THREADS]; size_t l2, l3; } peak_command;

/* In a child, because the pool pins the thread that calls it. */
static void peak_in_child(void *context, int channel) {
  const peak_command *of = context;
  peak_figures figures;
  if (!measure_peak(of->isa, of->threads, of->cores[0] < 0 ? NULL : of->cores, of->l2, of->l3, &figures)) dprintf(channel, "failed unsupported this CPU lacks the instructions, or memory is short\n");
  else dprintf(channel, "ok %.0f %.0f %.0f %.1f %.0f\n", figures.flops, figures.l3_bytes, figures.memory_bytes, figures.ping_pong_ns, figures.loads);
}

static void do_peak(const command *of, const char *isa) {
  peak_command work = {.isa = is(isa, "avx512") ? PEAK_AVX512 : is(isa, "avx2") ? PEAK_AVX2 : is(isa, "sse") ? PEAK_SSE : PEAK_GENERIC, .threads = 1, .cores = {-1}, .l2 = 1 << 20, .l3 = 32 << 20};
  for (int i = 1; i < of->count; i++) {
    char *line = of->lines[i];
    const char *what = word(&line);
    if (is(what, "threads")) work.threads = (int)whole(&line);
    else if (is(what, "cores")) read_cores(line, work.cores);
    else if (is(what, "l2")) work.l2 = (size_t)whole(&line);
    else if (is(what, "l3")) work.l3 = (size_t)whole(&line);
  }
  failure fault = {0};
  lock_cores(work.cores, work.threads, &fault);
  if (fault.class[0] != 0) { printf("failed %s %s\n", fault.class, fault.text); unlock_cores(); return; }
  child_result result = child_run(peak_in_child, &work, (child_limits){60000, SIZE_MAX});
  unlock_cores();
  char how[256];
  child_describe(&result, how, sizeof how);
  if (result.ending == CHILD_ENDED) fputs(result.text, stdout);
  else printf("failed crash the peak measurement %s\n", how);
  free(result.text);
}

int main(int count, char **arguments) {
  static command next;
  if (count != 2) { fprintf(stderr, "usage: harness LOCK_DIRECTORY\n"); return 2; }
  lock_directory = arguments[1];
  signal(SIGPIPE, SIG_IGN);
  printf("loopsmith-harness 1\n");
  fflush(stdout);
  while (read_command(stdin, &next)) {
    char *text = command_text(&next), *line = next.lines[0];
    const char *what = word(&line);
    if (is(what, "task")) do_task(&next, text, line);
    else if (is(what, "measure")) do_measure(&next, text, line);
    else {
      free(text);
      if (is(what, "drop")) do_drop(line);
      else if (is(what, "dump")) do_dump(&next, line);
      else if (is(what, "peak")) do_peak(&next, line);
      else printf("failed protocol there is no command '%s'\n", what);
    }
    puts("end");
    fflush(stdout);
    forget_command(&next);
  }
  standing_end();
  return 0;
}
