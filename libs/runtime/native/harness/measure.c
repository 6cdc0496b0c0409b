/* One measurement: pack, fork, load, verify, time, verify again, answer (see candidate.h). */
#define _GNU_SOURCE
#include "candidate.h"
#include "child.h"
#include "standing.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Inputs kept packed between measurements of a task. */
#define PACKED_BYTES ((size_t)512 << 20)
/* Exit status of a child whose fault handler has written its one line. */
#define EXPLAINED 99

/* The candidate at work, shared with the parent, so that an ending is blamed on the right one; or none of them, while the device is opened. */
static volatile int *current;
#define OPENING (-1)
static measurement *at_work;
static int fault_channel;

/* A fault inside guarded memory is a stray access with a name; any other is a crash. Runs on whichever thread met it. */
static void on_fault(int number, siginfo_t *information, void *registers) {
  (void)registers;
  const candidate *subject = at_work == NULL || *current == OPENING ? NULL : &at_work->candidates[*current];
  char where[160];
  if (number == SIGSEGV && subject != NULL && candidate_blame(subject, at_work->threads, information->si_addr, where, sizeof where))
    dprintf(fault_channel, "out-of-bounds an access to %s\n", where);
  else
    dprintf(fault_channel, "crash the kernel was killed by SIG%s\n", sigabbrev_np(number));
  _exit(EXPLAINED);
}

static void install_fault_handlers(void) {
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  for (int i = 0; i < 4; i++) sigaction(numbers[i], &action, NULL);
}

/* After a kernel that did not end well a device may answer nothing any more, so whoever shares this process is measured in another. */
static void leave_lost_device(const measurement *of, const candidate *subject) {
  if ((of->count == 1 && !of->on_device) || subject->offload == NULL || strcmp(subject->fault.class, "run-failed") != 0) return;
  dprintf(fault_channel, "%s %s\n", subject->fault.class, subject->fault.text);
  _exit(EXPLAINED);
}

static void verify_set(measurement *of, candidate *subject, loopsmith_pool *pool, int set, int fresh) {
  if (subject->fault.class[0] != 0) return;
  if (fresh) { candidate_reset(subject, set); candidate_upload(subject, set); candidate_run(subject, set, pool); }
  /* a queue of runs in place has worked on its own results */
  else if (subject->offload != NULL && subject->alias >= 0) { candidate_refill_alias(subject, set); candidate_upload_alias(subject, set); candidate_run(subject, set, pool); }
  candidate_download(subject);
  if (subject->fault.class[0] != 0) { leave_lost_device(of, subject); return; }
  verify_output(of, subject, set);
}

static void print_result(FILE *out, const candidate *subject) {
  if (subject->fault.class[0] != 0) { fprintf(out, "failed %s %s\n", subject->fault.class, subject->fault.text); return; }
  fprintf(out, "ok %.6g", subject->error);
  for (int i = 0; i < subject->sample_count; i++) fprintf(out, " %.0f", subject->samples[i]);
  fprintf(out, "\n");
}

/* Whether a device failed a candidate in a way that it may go on failing, though it did not lose it at once. */
static int suspect(const candidate *subject) {
  const char *class = subject->fault.class;
  return subject->offload != NULL && (strcmp(class, "build-failed") == 0 || strcmp(class, "load-failed") == 0 || strcmp(class, "no-memory") == 0);
}

/* Loads, verifies, times, verifies again. */
static void measure_here(measurement *of, int channel) {
  for (int c = 0; c < of->count; c++) { *current = c; candidate_load(&of->candidates[c], of); }
  *current = OPENING;
  for (int c = 0; c < of->count; c++) candidate_open_device(&of->candidates[c]);
  for (int c = 0; c < of->count; c++) { *current = c; candidate_place(&of->candidates[c], of); }
  loopsmith_pool *pool = loopsmith_pool_create(of->threads, of->cores[0] < 0 ? NULL : of->cores);
  if (pool == NULL) { dprintf(channel, "no-memory the pool's %d threads cannot be started\n", of->threads); _exit(EXPLAINED); }
  for (int c = 0; c < of->count; c++) {
    *current = c;
    for (int set = 0; set < SETS; set++) verify_set(of, &of->candidates[c], pool, set, 1);
  }
  if (of->samples > 0) take_samples(of, pool, current);
  /* The answer of the last timed call, which found its own old output in place of poison: caches, threads and time must not
   * have changed it. */
  for (int c = 0; of->samples > 0 && c < of->count; c++) { *current = c; verify_set(of, &of->candidates[c], pool, 0, 0); }
  loopsmith_pool_destroy(pool);
}

static void answer(const measurement *of, FILE *out) { for (int c = 0; c < of->count; c++) print_result(out, &of->candidates[c]); }

static void measure_begin(measurement *of, int channel) {
  at_work = of;
  fault_channel = channel;
  install_fault_handlers();
  /* Where it is allowed: compilers of the same tuning run wait while a kernel is timed on their core. */
  setpriority(PRIO_PROCESS, 0, -20);
}

static void measure_in_child(void *context, int channel) {
  measure_begin(context, channel);
  measure_here(context, channel);
  FILE *out = fdopen(channel, "w");
  answer(context, out);
  fflush(out);
  _exit(0);
}

static void pack_all(measurement *of, failure *fault) {
  task_trim(of->subject, PACKED_BYTES);
  for (int c = 0; c < of->count; c++) candidate_pack(&of->candidates[c], of->subject, fault);
}

int measure_staying(measurement *of, FILE *out) {
  failure fault = {0};
  int lost = 0;
  *current = 0;
  measure_begin(of, fileno(out));
  pack_all(of, &fault);
  child_counts_from_here();
  if (fault.class[0] == 0) measure_here(of, fileno(out));
  for (int c = 0; c < of->count; c++) {
    *current = c;
    if (fault.class[0] != 0) of->candidates[c].fault = fault;
    lost |= suspect(&of->candidates[c]);
    candidate_unload(&of->candidates[c], of);
  }
  at_work = NULL;
  /* last, when nothing can go wrong any more: whoever died before has answered nothing */
  answer(of, out);
  for (int c = 0; c < of->count; c++) free(of->candidates[c].samples);
  return lost;
}

/* The child ended before it could answer: the candidate at work is to blame, the others were interrupted. */
static void answer_for_the_dead(measurement *of, child_result *result) {
  if (*current == OPENING) {
    char end[256];
    child_describe(result, end, sizeof end);
    for (int c = 0; c < of->count; c++)
      fail_with(&of->candidates[c].fault, "load-failed", "the device could not be opened: its driver %s; see whether other programs can use it", result->ending == CHILD_EXITED && result->code == EXPLAINED ? "crashed" : end);
    return;
  }
  const int guilty = *current >= 0 && *current < of->count ? *current : 0;
  candidate *subject = &of->candidates[guilty];
  char how[256], *space = strchr(result->text, ' ');
  child_describe(result, how, sizeof how);
  if (result->ending == CHILD_EXITED && result->code == EXPLAINED && space != NULL) {
    *space = 0;
    char *line_end = strchr(space + 1, '\n');
    if (line_end != NULL) *line_end = 0;
    fail_with(&subject->fault, result->text, "%s", space + 1);
  } else {
    /* Nobody but the system kills a kernel that keeps to its limits, and it does so when memory runs out. */
    const int starved = result->ending == CHILD_SIGNALLED && result->code == SIGKILL;
    const char *class = result->ending == CHILD_TIMED_OUT ? "timeout" : result->ending == CHILD_OUT_OF_MEMORY ? "memory"
      : result->ending == CHILD_NOT_STARTED || starved ? "no-memory" : "crash";
    fail_with(&subject->fault, class, "the kernel %s%s", how, starved ? ", as the system does when memory runs out" : "");
  }
  for (int c = 0; c < of->count; c++)
    if (c != guilty) fail_with(&of->candidates[c].fault, "interrupted", "candidate %d of the same comparison ended the process; measure this one again", guilty + 1);
}

/* What the harness itself allocates in the child: it does not count against the candidates' memory limit. */
static size_t own_memory(const measurement *of) {
  size_t bytes = (size_t)64 << 20;
  for (int c = 0; c < of->count; c++) {
    const candidate *subject = &of->candidates[c];
    bytes += subject->scratch_bytes * (size_t)of->threads + (size_t)of->samples * sizeof(double);
    for (int b = 0; b < subject->buffer_count; b++) {
      const stored_form *form = &subject->buffers[b].form;
      if (subject->buffers[b].input < 0) bytes += (form->size + form->slack) * dtype_bytes(form->type) * 2;
    }
  }
  return bytes;
}

/* Of all that the parent has packed the child gets what its candidates read. */
static void inherit_packed(const measurement *of, int inherited) {
  for (int c = 0; c < of->count; c++)
    for (int b = 0; b < of->candidates[c].buffer_count; b++)
      for (int set = 0; set < SETS; set++)
        if (of->candidates[c].buffers[b].packed[set] != NULL) guarded_inherit(of->candidates[c].buffers[b].packed[set], inherited);
}

static child_result refused(const measurement *of, const failure *fault) {
  child_result result = {.ending = CHILD_ENDED};
  size_t room;
  FILE *out = open_memstream(&result.text, &room);
  for (int c = 0; c < of->count; c++) fprintf(out, "failed %s %s\n", fault->class, fault->text);
  fclose(out);
  return result;
}

/* In a child of its own, which gets by fork what its candidates read. */
static child_result measure_apart(measurement *of, child_limits limits) {
  failure fault = {0};
  pack_all(of, &fault);
  if (!make_sweeps(of)) fail_with(&fault, "no-memory", "no memory for the samples");
  if (fault.class[0] != 0) return refused(of, &fault);
  inherit_packed(of, 1);
  const child_result result = child_run(measure_in_child, of, limits);
  inherit_packed(of, 0);
  return result;
}

void measure(measurement *of, const char *text, FILE *out) {
  if (current == NULL) current = mmap(NULL, sizeof *current, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  *current = 0;
  const child_limits limits = {of->timeout_ms, of->memory_bytes > SIZE_MAX / 2 ? SIZE_MAX : of->memory_bytes + own_memory(of)};
  child_result result = of->on_device ? standing_measure(of, text, limits) : measure_apart(of, limits);
  result.memory_bytes = of->memory_bytes;
  /* A kernel that calls exit(0) ends the child in good order, but without an answer. */
  int lines = 0;
  for (const char *at = result.text; (at = strchr(at, '\n')) != NULL; at++) lines++;
  if (result.ending == CHILD_ENDED && lines != of->count) result.ending = CHILD_EXITED;
  if (result.ending == CHILD_ENDED) fputs(result.text, out);
  else {
    answer_for_the_dead(of, &result);
    answer(of, out);
  }
  free(result.text);
}
