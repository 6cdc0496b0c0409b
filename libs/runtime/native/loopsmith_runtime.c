/* The generic runtime of a compiled network: implements loopsmith.h by walking the tables of network.c. It is compiled for
 * the baseline instruction set, so that a CPU without the needed features gets a sentence and not an illegal instruction.
 * It knows no operator, allocates nothing in run, and writes no file.
 */
#define _GNU_SOURCE
#include "loopsmith_library.h"
#include "pool.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#if defined(__aarch64__) || defined(__arm__)
#include <sys/auxv.h>
#endif

#define ALIGNMENT 64u
#define HUGE_PAGE ((size_t)2 << 20)

typedef struct { char *memory; size_t bytes; } region;

struct loopsmith_session {
  loopsmith_pool *pool;
  pthread_mutex_t running;      /* one call at a time */
  int threads;
  region arena, weights;
  region *inputs, *outputs;     /* staging, one per model input and output */
  char **given;                 /* where inputs and then outputs lie in the present run: the caller's memory or staging */
  region scratch; size_t scratch_stride;  /* one share per part */
  void **pointers;              /* buffers of all calls, one after another */
  uint64_t *profile;            /* where a profiled run writes its times */
  char error[LOOPSMITH_ERROR_ROOM];  /* why the last run that failed did */
};

static const loopsmith_network_tables *const network = &loopsmith_network;
#define fail loopsmith_fail

int loopsmith_session_threads(const loopsmith_session *session) { return session->threads; }
const char *loopsmith_session_error(const loopsmith_session *session) { return session == NULL ? "" : session->error; }

/* Whether this CPU, and the system it runs, have a feature. A name that is not known here counts as lacking. */
static int has_feature(const char *name) {
#define FEATURE(NAME) if (strcmp(name, NAME) == 0) return __builtin_cpu_supports(NAME) != 0;
#if defined(__x86_64__) || defined(__i386__)
  __builtin_cpu_init();
  FEATURE("sse3") FEATURE("ssse3") FEATURE("sse4.1") FEATURE("sse4.2") FEATURE("avx") FEATURE("avx2") FEATURE("fma") FEATURE("f16c") FEATURE("bmi") FEATURE("bmi2")
  FEATURE("avx512f") FEATURE("avx512vl") FEATURE("avx512bw") FEATURE("avx512dq") FEATURE("avx512cd") FEATURE("avx512vnni") FEATURE("avx512bf16") FEATURE("avxvnni")
#elif defined(__aarch64__)
  if (strcmp(name, "neon") == 0) return 1; /* part of the architecture */
  if (strcmp(name, "fp16") == 0) return (getauxval(AT_HWCAP) >> 10 & 1) != 0;    /* HWCAP_ASIMDHP */
  if (strcmp(name, "dotprod") == 0) return (getauxval(AT_HWCAP) >> 20 & 1) != 0; /* HWCAP_ASIMDDP */
#elif defined(__arm__)
  if (strcmp(name, "neon") == 0) return (getauxval(AT_HWCAP) >> 12 & 1) != 0;    /* HWCAP_NEON */
  if (strcmp(name, "vfpv4") == 0) return (getauxval(AT_HWCAP) >> 16 & 1) != 0;   /* HWCAP_VFPv4 */
#endif
#undef FEATURE
  return 0;
}

/* Zeroed, page aligned, with the tables' slack behind it; a region of no bytes is one of slack. */
static int region_make(region *made, size_t bytes) {
  made->bytes = (bytes + network->slack_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + ALIGNMENT;
  made->memory = mmap(NULL, made->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (made->memory == MAP_FAILED) { *made = (region){0}; return 0; }
  if (made->bytes >= HUGE_PAGE) madvise(made->memory, made->bytes, MADV_HUGEPAGE);
  return 1;
}
static void region_free(region *made) { if (made->memory != NULL) munmap(made->memory, made->bytes); }

static int read_weights(loopsmith_session *session, const char *path) {
  if (!region_make(&session->weights, network->weights_bytes)) return fail(LOOPSMITH_OUT_OF_MEMORY, "no memory for %zu bytes of weights", (size_t)network->weights_bytes);
  return loopsmith_read_weights(path, session->weights.memory);
}

static char *resolve(const loopsmith_session *session, loopsmith_place place) {
  switch (place.memory) {
    case LOOPSMITH_ARENA: return session->arena.memory + place.offset;
    case LOOPSMITH_WEIGHTS: return session->weights.memory + place.offset;
    case LOOPSMITH_INPUT: return session->given[place.index] + place.offset;
    default: return session->given[network->input_count + place.index] + place.offset;
  }
}

static void resolve_all(loopsmith_session *session) {
  void **next = session->pointers;
  for (uint32_t c = 0; c < network->call_count; c++)
    for (uint32_t b = 0; b < network->calls[c].buffer_count; b++) *next++ = resolve(session, network->calls[c].buffers[b]);
}

static int overlap(const void *a, size_t a_bytes, const void *b, size_t b_bytes) {
  return (uintptr_t)a < (uintptr_t)b + b_bytes && (uintptr_t)b < (uintptr_t)a + a_bytes;
}

/* Whether an output that is not number `but` takes some of this memory. */
static int taken(void *const *outputs, uint32_t but, const void *at, size_t bytes) {
  for (uint32_t i = 0; i < network->output_count; i++)
    if (i != but && overlap(outputs[i], network->outputs[i].tensor.bytes, at, bytes)) return 1;
  return 0;
}

/* An element of any type is aligned there. */
static int aligned(const void *at) { return (uintptr_t)at % 8 == 0; }

/* Inputs and outputs where the caller has them, but where a call reads past their end, an element is not aligned or an output lies over
 * them; those are staged, inputs with their values before any output is written. */
static void take_tensors(loopsmith_session *session, const void *const *inputs, void *const *outputs) {
  char **at = session->given;
  for (uint32_t i = 0; i < network->input_count; i++) {
    const size_t bytes = network->inputs[i].bytes;
    const int own = network->exact_inputs[i] && aligned(inputs[i]) && !taken(outputs, network->output_count, inputs[i], bytes);
    if (!own) memcpy(session->inputs[i].memory, inputs[i], bytes);
    *at++ = own ? (char *)inputs[i] : session->inputs[i].memory;
  }
  for (uint32_t i = 0; i < network->output_count; i++) {
    const int own = network->exact_outputs[i] && aligned(outputs[i]) && !taken(outputs, i, outputs[i], network->outputs[i].tensor.bytes);
    *at++ = own ? outputs[i] : session->outputs[i].memory;
  }
  resolve_all(session);
}

static int make_memory(loopsmith_session *session) {
  int made = region_make(&session->arena, network->arena_bytes);
  session->inputs = calloc(network->input_count + 1, sizeof(region));
  session->outputs = calloc(network->output_count + 1, sizeof(region));
  if (session->inputs == NULL || session->outputs == NULL) return 0;
  for (uint32_t i = 0; i < network->input_count; i++) made &= region_make(&session->inputs[i], network->inputs[i].bytes);
  for (uint32_t i = 0; i < network->output_count; i++) made &= region_make(&session->outputs[i], network->outputs[i].tensor.bytes);
  /* Parts do not share cache lines; 128 bytes, because neighbouring lines are fetched in pairs. */
  session->scratch_stride = (network->scratch_bytes + 127) / 128 * 128;
  made &= region_make(&session->scratch, session->scratch_stride * (size_t)session->threads);
  size_t total = 0;
  for (uint32_t c = 0; c < network->call_count; c++) total += network->calls[c].buffer_count;
  session->pointers = calloc(total + 1, sizeof *session->pointers);
  session->given = calloc((size_t)network->input_count + network->output_count + 1, sizeof *session->given);
  return made && session->pointers != NULL && session->given != NULL;
}

int loopsmith_create(const char *weights_path, int threads, loopsmith_session **result) {
  if (result == NULL) return fail(LOOPSMITH_BAD_ARGUMENT, "loopsmith_create needs a place for the session it makes");
  *result = NULL;
  if (network->abi != LOOPSMITH_TABLES_ABI) return fail(LOOPSMITH_BAD_ARGUMENT, "this library was linked from parts of different versions (tables %u, runtime %u); compile the model again", network->abi, LOOPSMITH_TABLES_ABI);
  for (const char *const *feature = network->cpu_features; *feature != NULL; feature++)
    if (!has_feature(*feature)) return fail(LOOPSMITH_CPU_LACKS_FEATURE, "this library needs the CPU feature %s, which this CPU does not have; compile the model for this machine", *feature);
  loopsmith_session *session = calloc(1, sizeof *session);
  if (session == NULL) return fail(LOOPSMITH_OUT_OF_MEMORY, "no memory for a session");
  session->threads = threads > 0 ? threads : network->threads;
  pthread_mutex_init(&session->running, NULL);
  int code = read_weights(session, weights_path);
  if (code == LOOPSMITH_OK && !make_memory(session)) code = fail(LOOPSMITH_OUT_OF_MEMORY, "no memory for the %llu bytes that this network works in on %d threads", (unsigned long long)(network->arena_bytes + session->scratch_stride * (size_t)session->threads), session->threads);
  if (code == LOOPSMITH_OK && (session->pool = loopsmith_pool_create(session->threads, NULL)) == NULL) code = fail(LOOPSMITH_OUT_OF_MEMORY, "the system does not start %d threads; take fewer", session->threads - 1);
  if (code != LOOPSMITH_OK) { loopsmith_destroy(session); return code; }
  *result = session;
  return LOOPSMITH_OK;
}

static uint64_t now_nanoseconds(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

/* As run_part below, with a look at the clock behind every barrier: a copy, so that a run that nobody profiles has no branch for it. */
static void run_part_profiled(void *context, int part, int parts) {
  loopsmith_session *session = context;
  void *scratch = session->scratch.memory + session->scratch_stride * (size_t)part;
  void **buffers = session->pointers;
  (void)parts;
  loopsmith_pool_barrier(session->pool);
  uint64_t began = now_nanoseconds();
  for (uint32_t c = 0; c < network->call_count; c++) {
    loopsmith_pool_call(session->pool, network->calls[c].kernel, buffers, scratch, part);
    loopsmith_pool_barrier(session->pool);
    const uint64_t ended = now_nanoseconds();
    if (part == 0) session->profile[c] = ended - began;
    began = ended;
    buffers += network->calls[c].buffer_count;
  }
}

/* Every part makes the same calls; between two of them it waits for the others. */
static void run_part(void *context, int part, int parts) {
  loopsmith_session *session = context;
  void *scratch = session->scratch.memory + session->scratch_stride * (size_t)part;
  void **buffers = session->pointers;
  (void)parts;
  for (uint32_t c = 0; c < network->call_count; c++) {
    if (c > 0) loopsmith_pool_barrier(session->pool);
    loopsmith_pool_call(session->pool, network->calls[c].kernel, buffers, scratch, part);
    buffers += network->calls[c].buffer_count;
  }
}

static int run_job(loopsmith_session *session, const void *const *inputs, void *const *outputs, loopsmith_job job, uint64_t *profile) {
  if (session == NULL) return fail(LOOPSMITH_BAD_ARGUMENT, "loopsmith_run needs a session");
  pthread_mutex_lock(&session->running);
  const int code = loopsmith_check_tensors(inputs, outputs);
  if (code != LOOPSMITH_OK) {
    loopsmith_keep_error(session->error);
    pthread_mutex_unlock(&session->running);
    return code;
  }
  take_tensors(session, inputs, outputs);
  session->profile = profile;
  loopsmith_pool_run(session->pool, job, session);
  for (uint32_t i = 0; i < network->output_count; i++) {
    const char *made = resolve(session, network->outputs[i].source);
    if (made != outputs[i]) memcpy(outputs[i], made, network->outputs[i].tensor.bytes);
  }
  pthread_mutex_unlock(&session->running);
  return LOOPSMITH_OK;
}

int loopsmith_run(loopsmith_session *session, const void *const *inputs, void *const *outputs) { return run_job(session, inputs, outputs, run_part, NULL); }

int loopsmith_run_profiled(loopsmith_session *session, const void *const *inputs, void *const *outputs, uint64_t *nanoseconds) {
  if (nanoseconds == NULL) return fail(LOOPSMITH_BAD_ARGUMENT, "loopsmith_run_profiled needs a place for %u times", network->call_count);
  return run_job(session, inputs, outputs, run_part_profiled, nanoseconds);
}

void loopsmith_destroy(loopsmith_session *session) {
  if (session == NULL) return;
  loopsmith_pool_destroy(session->pool);
  region_free(&session->arena);
  region_free(&session->weights);
  region_free(&session->scratch);
  for (uint32_t i = 0; session->inputs != NULL && i < network->input_count; i++) region_free(&session->inputs[i]);
  for (uint32_t i = 0; session->outputs != NULL && i < network->output_count; i++) region_free(&session->outputs[i]);
  free(session->inputs);
  free(session->outputs);
  free(session->pointers);
  free(session->given);
  pthread_mutex_destroy(&session->running);
  free(session);
}
