/* Peak loops (see peak.h). The multiply-adds are written as instructions, because a loop that a compiler may fold shows a
 * peak that no kernel can reach. */
#define _GNU_SOURCE
#include "peak.h"
#include "../pool.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEPS 200000             /* of CHAINS multiply-adds: below a millisecond */
#define CHAINS 12                /* latency 4 to 5 times two pipes needs 8 to 10 */
#define ROUNDS 25                /* the best one counts */
#define LOAD_STEPS 100000        /* of LOADS loads: a fifth of a millisecond */
#define LOADS 16
#define LOAD_TURNS 9             /* the median counts */
#define TURNS 1000               /* of one ping-pong: a tenth of a millisecond, so that some round meets no interrupt */

static double now_ns(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

typedef float vector4 __attribute__((vector_size(16)));
typedef float vector8 __attribute__((vector_size(32)));
typedef float vector16 __attribute__((vector_size(64)));

/* CHAINS independent accumulators; the factors keep values finite. Returns a sum, so that results are used. */
#define CHAIN_LOOP(VECTOR, STEP) \
  VECTOR a[CHAINS], x, y; \
  float sum = 0; \
  for (unsigned i = 0; i < sizeof(VECTOR) / sizeof(float); i++) { x[i] = 0.5f; y[i] = 0.25f; for (int c = 0; c < CHAINS; c++) a[c][i] = (float)c; } \
  VECTOR a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], a4 = a[4], a5 = a[5], a6 = a[6], a7 = a[7], a8 = a[8], a9 = a[9], a10 = a[10], a11 = a[11]; \
  for (int step = 0; step < STEPS; step++) { \
    STEP(a0) STEP(a1) STEP(a2) STEP(a3) STEP(a4) STEP(a5) STEP(a6) STEP(a7) STEP(a8) STEP(a9) STEP(a10) STEP(a11) \
  } \
  VECTOR all = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11; \
  for (unsigned i = 0; i < sizeof(VECTOR) / sizeof(float); i++) sum += all[i]; \
  return sum;

#if defined(__x86_64__)
#define FMA_STEP(A) __asm__ volatile("vfmadd213ps %2, %1, %0" : "+v"(A) : "v"(x), "v"(y));
#define SSE_STEP(A) __asm__ volatile("mulps %1, %0\n\taddps %2, %0" : "+x"(A) : "x"(x), "x"(y));
__attribute__((target("avx2,fma"))) static float chains_avx2(void) { CHAIN_LOOP(vector8, FMA_STEP) }
__attribute__((target("avx512f"))) static float chains_avx512(void) { CHAIN_LOOP(vector16, FMA_STEP) }
static float chains_sse(void) { CHAIN_LOOP(vector4, SSE_STEP) }
#endif
/* Elsewhere the compiler's own contraction; the asm keeps it from folding steps. */
#define GENERIC_STEP(A) A = A * x + y; __asm__ volatile("" : "+m"(A));
#if !defined(__x86_64__)
static float chains_generic(void) { CHAIN_LOOP(vector4, GENERIC_STEP) }
#endif

typedef float (*chain_function)(void);

static chain_function chains_of(peak_isa isa, int *lanes) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  *lanes = isa == PEAK_AVX512 ? 16 : isa == PEAK_AVX2 ? 8 : 4;
  if (isa == PEAK_AVX512) return __builtin_cpu_supports("avx512f") ? chains_avx512 : NULL;
  if (isa == PEAK_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? chains_avx2 : NULL;
  return chains_sse;
#else
  *lanes = 4;
  return isa == PEAK_GENERIC ? chains_generic : NULL;
#endif
}

typedef struct { chain_function chains; const char *memory; size_t bytes; _Atomic unsigned used; } peak_job;

static void chain_part(void *context, int part, int parts) {
  peak_job *job = context;
  (void)part, (void)parts;
  atomic_fetch_add(&job->used, (unsigned)job->chains());
}

/* Reads in 8-byte words with eight sums: enough loads in flight for what one core can take. */
static void read_part(void *context, int part, int parts) {
  peak_job *job = context;
  const size_t words = job->bytes / 8, first = words * (size_t)part / (size_t)parts / 8 * 8, last = words * (size_t)(part + 1) / (size_t)parts / 8 * 8;
  const uint64_t *at = (const uint64_t *)job->memory;
  uint64_t sums[8] = {0};
  for (size_t i = first; i < last; i += 8) for (int s = 0; s < 8; s++) sums[s] += at[i + (size_t)s];
  uint64_t sum = 0;
  for (int s = 0; s < 8; s++) sum += sums[s];
  atomic_fetch_add(&job->used, (unsigned)sum);
}

/* Nothing but loads, out of 8 KB: what another thread of the same core slows down more than multiply-adds in registers. */
static void load_part(void *context, int part, int parts) {
  static _Alignas(64) const uint64_t near[1024];
  (void)context, (void)part, (void)parts;
  for (int step = 0; step < LOAD_STEPS; step++) {
    const volatile uint64_t *at = near + step % (1024 / LOADS) * LOADS;
    at[0]; at[1]; at[2]; at[3]; at[4]; at[5]; at[6]; at[7]; at[8]; at[9]; at[10]; at[11]; at[12]; at[13]; at[14]; at[15];
  }
}

static int ascending(const void *a, const void *b) { const double x = *(const double *)a, y = *(const double *)b; return (x > y) - (x < y); }

static double median_ns(loopsmith_pool *pool, loopsmith_job run) {
  double took[LOAD_TURNS];
  for (int i = 0; i < LOAD_TURNS; i++) {
    const double start = now_ns();
    loopsmith_pool_run(pool, run, NULL);
    took[i] = now_ns() - start;
  }
  qsort(took, LOAD_TURNS, sizeof *took, ascending);
  return took[LOAD_TURNS / 2];
}

static double best_ns(loopsmith_pool *pool, loopsmith_job run, peak_job *job, int rounds) {
  double best = 0;
  for (int i = 0; i < rounds; i++) {
    const double start = now_ns();
    loopsmith_pool_run(pool, run, job);
    const double took = now_ns() - start;
    if (best == 0 || took < best) best = took;
  }
  return best;
}

/* Two parts hand one counter to and fro. */
static void ping_pong_part(void *context, int part, int parts) {
  _Atomic unsigned *turn = context;
  (void)parts;
  if (part > 1) return;
  for (unsigned i = 0; i < TURNS; i++) {
    while (atomic_load_explicit(turn, memory_order_acquire) != 2 * i + (unsigned)part) {}
    atomic_store_explicit(turn, 2 * i + (unsigned)part + 1, memory_order_release);
  }
}

int measure_peak(peak_isa isa, int threads, const int *cores, size_t l2, size_t l3, peak_figures *figures) {
  int lanes;
  peak_job job = {.chains = chains_of(isa, &lanes)};
  if (job.chains == NULL) return 0;
  loopsmith_pool *pool = loopsmith_pool_create(threads, cores);
  if (pool == NULL) return 0;
  *figures = (peak_figures){.flops = 2.0 * lanes * CHAINS * STEPS * threads / best_ns(pool, chain_part, &job, ROUNDS) * 1e9, .loads = 1.0 * LOADS * LOAD_STEPS * threads / median_ns(pool, load_part) * 1e9};
  if (l3 == 0) { loopsmith_pool_destroy(pool); return 1; }
  /* Four times the last-level cache comes from memory; a set of half of it, but beyond the cores' L2, from that cache. */
  const size_t large = 4 * l3, small = l3 / 2 > 2 * l2 * (size_t)threads ? l3 / 2 : 2 * l2 * (size_t)threads;
  char *memory = aligned_alloc(4096, (large + 4095) / 4096 * 4096);
  if (memory == NULL) { loopsmith_pool_destroy(pool); return 0; }
  memset(memory, 1, large);
  job.memory = memory;
  job.bytes = small;
  figures->l3_bytes = (double)small / best_ns(pool, read_part, &job, ROUNDS) * 1e9;
  job.bytes = large;
  figures->memory_bytes = (double)large / best_ns(pool, read_part, &job, 4) * 1e9;
  if (threads > 1) {
    for (int round = 0; round < ROUNDS; round++) {
      _Alignas(128) _Atomic unsigned turn = 0;
      const double start = now_ns();
      loopsmith_pool_run(pool, ping_pong_part, (void *)&turn);
      const double took = (now_ns() - start) / TURNS;
      if (round == 0 || took < figures->ping_pong_ns) figures->ping_pong_ns = took;
    }
  }
  free(memory);
  loopsmith_pool_destroy(pool);
  return 1;
}
