/* Taking samples (see candidate.h): each timed call begins with the caches as the network would leave them. */
#define _GNU_SOURCE
#include "candidate.h"
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define LINE 64
/* A candidate is given up when its fastest of two calls is 1.5 times slower than the cutoff, or of three 1.15 times: one call
 * alone may have met an interrupt. */
#define HOPELESS_AFTER 2
#define HOPELESS 1.5
#define SLOWER_AFTER 3
#define SLOWER 1.15
/* On a busy machine calls, or whole rounds, are repeated until enough ran undisturbed, but not for ever: up to so many times what was asked for. */
#define PATIENCE 3
/* A device is given so much work at once, at most so many runs: a launch takes microseconds, as kernels do, and a device that has
 * a queue starts the next kernel when the last ends. */
#define QUEUED_NS 200e3
#define MOST_QUEUED 100

static double now_ns(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

/* What pushes weights out of every core's L2. Made before the first fork that needs it and kept: a child would meet every page of it for the
 * first time, which takes longer than some kernels. */
typedef struct { char *memory; size_t bytes; } sweep;
static sweep *sweeps;
static int sweep_count;

typedef struct { const measurement *of; const candidate *subject; loopsmith_pool *pool; } preparation;

#if defined(__x86_64__) || defined(__i386__)
/* clflush waits for the one before it, a tenth of a microsecond per line: seconds for a layer of 400 MB. clflushopt, where it is, does not. */
static int flushes_unordered(void) {
  unsigned a, b = 0, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 23 & 1);
}
/* The prefix makes clflush clflushopt, for which the compiler would have to be told an instruction set. */
static void flush(const char *at, int unordered) {
  if (unordered) __asm__ volatile(".byte 0x66\n\tclflush %0" : : "m"(*at) : "memory");
  else __builtin_ia32_clflush(at);
}
#endif

static void evict_share(const char *memory, size_t bytes, int part, int parts) {
  const size_t lines = bytes / LINE + 1, first = lines * (size_t)part / (size_t)parts, last = lines * (size_t)(part + 1) / (size_t)parts;
#if defined(__x86_64__) || defined(__i386__)
  const int unordered = flushes_unordered();
#endif
  for (size_t line = first; line < last; line++) {
    const char *at = memory + line * LINE;
    if (at >= memory + bytes) break;
#if defined(__x86_64__) || defined(__i386__)
    flush(at, unordered);
#elif defined(__aarch64__)
    __asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
#else
    (void)at; /* refused before: see EVICTS_LINES */
#endif
  }
}

/* Reads every line; the sum is returned so that the reads stay. */
static unsigned touch(const char *memory, size_t bytes) {
  unsigned sum = 0;
  for (size_t at = 0; at < bytes; at += LINE) sum += *(const volatile unsigned char *)(memory + at);
  return sum;
}
static unsigned touch_share(const char *memory, size_t bytes, int part, int parts) {
  const size_t first = bytes * (size_t)part / (size_t)parts, last = bytes * (size_t)(part + 1) / (size_t)parts;
  return touch(memory + first, last - first);
}

static void prepare_part(void *context, int part, int parts) {
  const preparation *job = context;
  const candidate *subject = job->subject;
  if (part == 0) candidate_refill_alias(subject, 0);
  if (job->of->weights == WEIGHTS_WARM) return;
  for (int b = 0; job->of->weights == WEIGHTS_MEMORY && b < subject->buffer_count; b++)
    if (subject->buffers[b].role == ROLE_COMPILE) evict_share(subject->pointers[0][b], subject->buffers[b].packed[0]->bytes, part, parts);
#if defined(__x86_64__)
  __builtin_ia32_mfence();
#endif
  if (job->of->weights == WEIGHTS_L3) touch(sweeps[part].memory, sweeps[part].bytes);
  loopsmith_pool_barrier(job->pool);
  /* Activations are warm: the layer before has just written them, and the arena gives the output memory in recent use. */
  for (int b = 0; b < subject->buffer_count; b++) {
    const candidate_buffer *buffer = &subject->buffers[b];
    if (buffer->role != ROLE_COMPILE) touch_share(subject->pointers[0][b], buffer->form.size * dtype_bytes(buffer->form.type), part, parts);
  }
}

static int hopeless(const measurement *of, const candidate *subject) {
  if (of->cutoff_ns <= 0 || subject->sample_count < HOPELESS_AFTER) return 0;
  double best = subject->samples[0];
  for (int i = 1; i < subject->sample_count; i++) if (subject->samples[i] < best) best = subject->samples[i];
  return best > HOPELESS * of->cutoff_ns || (subject->sample_count >= SLOWER_AFTER && best > SLOWER * of->cutoff_ns);
}

static int enough(const measurement *of, const candidate *subject, double spent) {
  const int calls = subject->sample_count + subject->disturbed_count;
  if (subject->sample_count >= of->samples || calls >= PATIENCE * of->samples) return 1;
  if (spent > of->budget_ns && subject->sample_count >= of->fewest) return 1;
  if (spent > PATIENCE * of->budget_ns && calls >= of->fewest) return 1;
  return hopeless(of, subject);
}

/* How often the system took a core away from any thread of this process. */
static long preemptions(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return used.ru_nivcsw;
}

static int ascending(const void *a, const void *b) { const double x = *(const double *)a, y = *(const double *)b; return (x > y) - (x < y); }

/* Too few calls ran undisturbed: the fastest of the others stand in, an upper bound of the truth. */
static void fill_up(const measurement *of, candidate *subject) {
  if (hopeless(of, subject)) return;
  qsort(subject->disturbed, (size_t)subject->disturbed_count, sizeof(double), ascending);
  for (int i = 0; i < subject->disturbed_count && subject->sample_count < of->fewest; i++) subject->samples[subject->sample_count++] = subject->disturbed[i];
}

int make_sweeps(const measurement *of) {
  if (of->weights != WEIGHTS_L3 || of->samples == 0) return 1;
  /* Twice the L2: its replacement is not exactly least recently used. */
  const size_t bytes = 2 * of->l2_bytes;
  if (of->threads > sweep_count) {
    sweep *more = realloc(sweeps, (size_t)of->threads * sizeof *sweeps);
    if (more == NULL) return 0;
    sweeps = more;
    memset(sweeps + sweep_count, 0, (size_t)(of->threads - sweep_count) * sizeof *sweeps);
    sweep_count = of->threads;
  }
  for (int part = 0; part < of->threads; part++) {
    if (sweeps[part].bytes == bytes) continue;
    free(sweeps[part].memory);
    sweeps[part] = (sweep){malloc(bytes), bytes};
    if (sweeps[part].memory == NULL) { sweeps[part].bytes = 0; return 0; }
    memset(sweeps[part].memory, 1, bytes);
  }
  return 1;
}

/* Caches of a device are as the run before left them, and its weights the next copy. The first call tells how many runs the next ones take, and is no sample. */
static double call_on_device(candidate *subject) {
  const double one = candidate_run_queued(subject, subject->repeats == 0 ? 1 : subject->repeats);
  if (subject->repeats == 0) {
    const double runs = one > 0 ? QUEUED_NS / one : MOST_QUEUED;
    subject->repeats = runs < 1 ? 1 : runs > MOST_QUEUED ? MOST_QUEUED : (int)runs;
  }
  return one;
}

/* One timed call; `disturbed`: whether the system took a core away meanwhile. */
static double call_on_host(const measurement *of, candidate *subject, loopsmith_pool *pool, int *disturbed) {
  preparation job = {of, subject, pool};
  loopsmith_pool_run(pool, prepare_part, &job);
  const long preempted = preemptions();
  const double start = now_ns();
  candidate_run(subject, 0, pool);
  const double end = now_ns();
  *disturbed = preemptions() != preempted;
  return end - start;
}

/* A sample of a search: what was disturbed is put aside. */
static void sample(const measurement *of, candidate *subject, loopsmith_pool *pool) {
  if (subject->offload != NULL) {
    const int first = subject->repeats == 0;
    const double one = call_on_device(subject);
    if (!first) subject->samples[subject->sample_count++] = one;
    return;
  }
  int disturbed;
  const double one = call_on_host(of, subject, pool, &disturbed);
  if (!disturbed) subject->samples[subject->sample_count++] = one;
  else subject->disturbed[subject->disturbed_count++] = one;
}

/* Every other round backwards: on a machine that only slows down, who is always later would lose. */
static int in_turn(const measurement *of, int turn, int backwards) { return backwards ? of->count - 1 - turn : turn; }

/* One call of each into place `round` of its samples; whether any of them was disturbed. */
static int take_round(measurement *of, int round, int backwards, loopsmith_pool *pool, volatile int *current) {
  int any = 0;
  for (int turn = 0; turn < of->count; turn++) {
    const int c = in_turn(of, turn, backwards);
    candidate *subject = &of->candidates[c];
    if (subject->fault.class[0] != 0) continue;
    *current = c;
    int disturbed = 0;
    subject->samples[round] = subject->offload != NULL ? call_on_device(subject) : call_on_host(of, subject, pool, &disturbed);
    subject->sample_count = round + 1;
    any |= disturbed;
  }
  return any;
}

/* A comparison: sample i of each candidate is of round i, so that what befell the machine then befell all of them. */
static void take_rounds(measurement *of, loopsmith_pool *pool, volatile int *current) {
  const double began = now_ns();
  for (int c = 0; c < of->count; c++) if (of->candidates[c].offload != NULL && of->candidates[c].fault.class[0] == 0) { *current = c; call_on_device(&of->candidates[c]); }
  for (int round = 0, backwards = 0; round < of->samples; round++)
    for (int tries = 0; tries < PATIENCE; tries++) {
      const int disturbed = take_round(of, round, backwards, pool, current);
      backwards = !backwards;
      if (!disturbed || now_ns() - began > of->budget_ns) break;
    }
}

/* A search: each candidate has samples until it has enough of them. */
static void search_samples(measurement *of, loopsmith_pool *pool, volatile int *current, double *spent) {
  for (int wanted = 1, backwards = 0; wanted > 0; backwards = !backwards) {
    wanted = 0;
    for (int turn = 0; turn < of->count; turn++) {
      const int c = in_turn(of, turn, backwards);
      candidate *subject = &of->candidates[c];
      if (subject->fault.class[0] != 0 || subject->finished) continue;
      *current = c;
      const double before = now_ns();
      sample(of, subject, pool);
      spent[c] += now_ns() - before;
      subject->finished = enough(of, subject, spent[c]);
      wanted += !subject->finished;
    }
  }
  for (int c = 0; c < of->count; c++) if (of->candidates[c].fault.class[0] == 0) fill_up(of, &of->candidates[c]);
}

void take_samples(measurement *of, loopsmith_pool *pool, volatile int *current) {
  double *spent = calloc((size_t)of->count, sizeof *spent);
  for (int c = 0; c < of->count; c++) {
    candidate *subject = &of->candidates[c];
    subject->samples = calloc((size_t)of->samples, sizeof(double));
    subject->disturbed = calloc((size_t)of->samples * PATIENCE, sizeof(double));
    if (spent == NULL || subject->samples == NULL || subject->disturbed == NULL) fail_with(&subject->fault, "no-memory", "no memory for the samples");
  }
  for (int c = 0; c < of->count; c++) { *current = c; candidate_upload(&of->candidates[c], 0); }
  if (of->count > 1 && of->fewest >= of->samples && of->cutoff_ns <= 0) take_rounds(of, pool, current);
  else search_samples(of, pool, current, spent);
  free(spent);
}
