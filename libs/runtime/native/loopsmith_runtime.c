/* The generic runtime of a compiled network: implements loopsmith.h by walking the tables of network.c. It is compiled for
 * the baseline instruction set, so that a CPU without the needed features gets a sentence and not an illegal instruction.
 * It knows no operator, allocates nothing in run, and writes no file.
 */
#define _GNU_SOURCE
/* The library is compiled with hidden visibility; what loopsmith.h declares is what it shows. */
#pragma GCC visibility push(default)
#include "loopsmith.h"
#pragma GCC visibility pop
#include "loopsmith_tables.h"
#include "pool.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#if defined(__aarch64__) || defined(__arm__)
#include <sys/auxv.h>
#endif

#define ALIGNMENT 64u
#define HUGE_PAGE ((size_t)2 << 20)
#define WEIGHTS_HEADER 64

typedef struct { char *memory; size_t bytes; } region;

struct loopsmith_session {
  loopsmith_pool *pool;
  pthread_mutex_t running;      /* one call at a time */
  int threads;
  region arena, weights;
  region *inputs, *outputs;     /* staging, one per model input and output */
  region scratch; size_t scratch_stride;  /* one share per part */
  void **pointers;              /* buffers of all calls, one after another */
  uint64_t *profile;            /* where a profiled run writes its times */
};

static const loopsmith_network_tables *const network = &loopsmith_network;
static _Thread_local char last_error[512];

static int fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int fail(int code, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(last_error, sizeof last_error, format, list);
  va_end(list);
  return code;
}

const char *loopsmith_error(void) { return last_error; }
int loopsmith_compiled_threads(void) { return network->threads; }
int loopsmith_session_threads(const loopsmith_session *session) { return session->threads; }
int loopsmith_input_count(const loopsmith_session *session) { (void)session; return (int)network->input_count; }
int loopsmith_output_count(const loopsmith_session *session) { (void)session; return (int)network->output_count; }

const loopsmith_tensor *loopsmith_input(const loopsmith_session *session, int index) {
  (void)session;
  return index < 0 || index >= (int)network->input_count ? NULL : &network->inputs[index];
}
const loopsmith_tensor *loopsmith_output(const loopsmith_session *session, int index) {
  (void)session;
  return index < 0 || index >= (int)network->output_count ? NULL : &network->outputs[index].tensor;
}

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

static int read_whole(int file, char *target, size_t bytes) {
  while (bytes > 0) {
    const ssize_t got = read(file, target, bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 0;
    target += got;
    bytes -= (size_t)got;
  }
  return 1;
}

static uint32_t word_at(const char *at) { uint32_t word; memcpy(&word, at, sizeof word); return word; }

/* The checksum that loopsmith_tables.h describes. Four lanes, so that multiplications overlap: as fast as memory. */
static void checksum_of(const char *payload, size_t bytes, uint32_t lanes[4]) {
  uint32_t a = 0x811c9dc5u, b = a, c = a, d = a;
  for (size_t at = 0; at < bytes; at += 16) {
    a = (a ^ word_at(payload + at)) * 0x01000193u;
    b = (b ^ word_at(payload + at + 4)) * 0x01000193u;
    c = (c ^ word_at(payload + at + 8)) * 0x01000193u;
    d = (d ^ word_at(payload + at + 12)) * 0x01000193u;
  }
  lanes[0] = a, lanes[1] = b, lanes[2] = c, lanes[3] = d;
}

/* Read, not mapped: the weights are streamed on every run, and anonymous memory can lie in huge pages. */
static int read_weights(loopsmith_session *session, const char *path) {
  const size_t bytes = network->weights_bytes;
  if (!region_make(&session->weights, bytes)) return fail(LOOPSMITH_OUT_OF_MEMORY, "no memory for %zu bytes of weights", bytes);
  if (bytes == 0) return LOOPSMITH_OK;
  if (path == NULL) return fail(LOOPSMITH_BAD_ARGUMENT, "loopsmith_create needs the path of the weights file that was written with this library");
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return fail(LOOPSMITH_WEIGHTS_UNREADABLE, "cannot open the weights file %s: %s; it is written beside the library, and both move together", path, strerror(errno));
  char header[WEIGHTS_HEADER];
  uint64_t payload = 0;
  uint32_t lanes[4];
  struct stat found = {0};
  int code = LOOPSMITH_OK;
  if (fstat(file, &found) != 0 || !S_ISREG(found.st_mode) || !read_whole(file, header, sizeof header) || memcmp(header, "LSWEIGHT", 8) != 0)
    code = fail(LOOPSMITH_WEIGHTS_UNREADABLE, "%s is not a weights file of this kind of library; compile the model again", path);
  else if (word_at(header + 8) != 1)
    code = fail(LOOPSMITH_WEIGHTS_UNREADABLE, "%s has version %u of the weights format, this library reads version 1; compile the model again", path, word_at(header + 8));
  else if (memcpy(&payload, header + 16, sizeof payload), payload != bytes || memcmp(header + 24, network->weights_checksum, sizeof lanes) != 0)
    code = fail(LOOPSMITH_WEIGHTS_UNREADABLE, "%s belongs to another library; use the weights file that was written together with this one", path);
  else if ((uint64_t)found.st_size != WEIGHTS_HEADER + payload || !read_whole(file, session->weights.memory, bytes))
    code = fail(LOOPSMITH_WEIGHTS_UNREADABLE, "%s is truncated: it has %lld bytes where %llu are expected; copy it again", path, (long long)found.st_size, (unsigned long long)(WEIGHTS_HEADER + payload));
  else if (checksum_of(session->weights.memory, bytes, lanes), memcmp(lanes, network->weights_checksum, sizeof lanes) != 0)
    code = fail(LOOPSMITH_WEIGHTS_UNREADABLE, "%s is damaged: its checksum is not the one this library was compiled with; copy it again", path);
  close(file);
  return code;
}

static char *resolve(const loopsmith_session *session, loopsmith_place place) {
  switch (place.memory) {
    case LOOPSMITH_ARENA: return session->arena.memory + place.offset;
    case LOOPSMITH_WEIGHTS: return session->weights.memory + place.offset;
    case LOOPSMITH_INPUT: return session->inputs[place.index].memory + place.offset;
    default: return session->outputs[place.index].memory + place.offset;
  }
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
  if (!made || session->pointers == NULL) return 0;
  void **next = session->pointers;
  for (uint32_t c = 0; c < network->call_count; c++)
    for (uint32_t b = 0; b < network->calls[c].buffer_count; b++) *next++ = resolve(session, network->calls[c].buffers[b]);
  return 1;
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
  if (code == LOOPSMITH_OK && !make_memory(session)) code = fail(LOOPSMITH_OUT_OF_MEMORY, "no memory for the %llu bytes that this network works in", (unsigned long long)(network->arena_bytes + session->scratch_stride * (size_t)session->threads));
  if (code == LOOPSMITH_OK && (session->pool = loopsmith_pool_create(session->threads, NULL)) == NULL) code = fail(LOOPSMITH_OUT_OF_MEMORY, "the system does not start %d threads", session->threads - 1);
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
  loopsmith_pool_barrier(session->pool);
  uint64_t began = now_nanoseconds();
  for (uint32_t c = 0; c < network->call_count; c++) {
    network->calls[c].kernel(buffers, scratch, part, parts);
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
  for (uint32_t c = 0; c < network->call_count; c++) {
    if (c > 0) loopsmith_pool_barrier(session->pool);
    network->calls[c].kernel(buffers, scratch, part, parts);
    buffers += network->calls[c].buffer_count;
  }
}

static int run_job(loopsmith_session *session, const void *const *inputs, void *const *outputs, loopsmith_job job, uint64_t *profile) {
  if (session == NULL) return fail(LOOPSMITH_BAD_ARGUMENT, "loopsmith_run needs a session");
  for (uint32_t i = 0; i < network->input_count; i++) if (inputs == NULL || inputs[i] == NULL) return fail(LOOPSMITH_BAD_ARGUMENT, "input %u (%s) is NULL", i, network->inputs[i].name);
  for (uint32_t i = 0; i < network->output_count; i++) if (outputs == NULL || outputs[i] == NULL) return fail(LOOPSMITH_BAD_ARGUMENT, "output %u (%s) is NULL", i, network->outputs[i].tensor.name);
  pthread_mutex_lock(&session->running);
  for (uint32_t i = 0; i < network->input_count; i++) memcpy(session->inputs[i].memory, inputs[i], network->inputs[i].bytes);
  session->profile = profile;
  loopsmith_pool_run(session->pool, job, session);
  for (uint32_t i = 0; i < network->output_count; i++) memcpy(outputs[i], resolve(session, network->outputs[i].source), network->outputs[i].tensor.bytes);
  pthread_mutex_unlock(&session->running);
  return LOOPSMITH_OK;
}

int loopsmith_run(loopsmith_session *session, const void *const *inputs, void *const *outputs) { return run_job(session, inputs, outputs, run_part, NULL); }

int loopsmith_kernel_count(void) { return (int)network->call_count; }

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
  pthread_mutex_destroy(&session->running);
  free(session);
}
