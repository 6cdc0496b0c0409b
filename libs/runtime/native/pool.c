/* The thread pool: persistent workers, a generation barrier, waiting that spins for a bounded time and then sleeps.
 *
 * Both waits (for the next job, for the other parts) are "until this word changes": a few thousand pauses, then a futex.
 * A spin costs some 100 ns where a futex wake costs 5 to 50 us, more than a small layer takes; but a pool that spins for
 * ever would take a core from everybody else while the network is idle. Words that different threads write lie on cache
 * lines of their own.
 */
#define _GNU_SOURCE
#include "pool.h"
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Pauses before sleeping: 100 to 400 us on the CPUs known (a pause takes 40 to 140 cycles). */
#define SPINS 8192
/* With more parts than CPUs the awaited thread may need this very CPU. */
#define SPINS_WHEN_CROWDED 16

/* Of a part's share of a kernel; a power of two, since their count wraps around. */
#define PIECES 4u
/* Parts whose pieces a part takes when it has done with its own. */
#define HELPED 4

/* A counter that threads wait on. `sleepers` says whether a change needs a system call to be noticed. */
typedef struct {
  _Alignas(128) atomic_uint value;
  _Alignas(128) atomic_int sleepers;
} signal_word;

/* What is left of a part's share of the present call. Only its own part writes `calls`. */
typedef struct {
  _Alignas(128) atomic_uint taken; /* pieces ever taken, by whomever */
  _Alignas(128) unsigned calls;    /* that this part has begun */
} share;

struct loopsmith_pool {
  signal_word jobs;      /* goes up by one when a job is published */
  signal_word phase;     /* goes up by one when all parts have arrived at a barrier */
  _Alignas(128) atomic_int arrived;
  _Alignas(128) int parts;
  int spins;
  loopsmith_job job;     /* NULL tells the workers to leave */
  void *context;
  int started;           /* workers running */
  share *shares;         /* of each part */
  struct worker *workers;
};
struct worker { loopsmith_pool *pool; pthread_t thread; int part; int core; };

static inline void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ volatile("yield");
#endif
}

/* While parts run, numbers below the least normal one (1.2e-38 in f32) count as zero, as operands and as results: a multiplication that meets one
 * takes some hundred cycles on many CPUs, and a softmax whose mask is -10000 makes nothing else. Returns what was set before, for `restore`. */
static unsigned long flush_subnormals(void) {
#if defined(__SSE__)
  const unsigned before = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(before | 0x8040); /* flush to zero, denormals are zero */
  return before;
#elif defined(__aarch64__)
  unsigned long before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(before | 1ul << 24));
  return before;
#elif defined(__arm__) && defined(__ARM_FP)
  unsigned long before;
  __asm__ volatile("vmrs %0, fpscr" : "=r"(before));
  __asm__ volatile("vmsr fpscr, %0" : : "r"(before | 1ul << 24));
  return before;
#else
  return 0;
#endif
}

static void restore(unsigned long before) {
#if defined(__SSE__)
  __builtin_ia32_ldmxcsr((unsigned)before);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(before));
#elif defined(__arm__) && defined(__ARM_FP)
  __asm__ volatile("vmsr fpscr, %0" : : "r"(before));
#else
  (void)before;
#endif
}

static void wait_until_changed(signal_word *word, unsigned old, int spins) {
  for (int i = 0; i < spins; i++) {
    if (atomic_load_explicit(&word->value, memory_order_acquire) != old) return;
    pause_briefly();
  }
  /* Sequentially consistent on both sides: either change() sees the sleeper, or the sleeper sees the change. */
  atomic_fetch_add(&word->sleepers, 1);
  while (atomic_load(&word->value) == old)
    syscall(SYS_futex, (unsigned *)&word->value, FUTEX_WAIT_PRIVATE, old, NULL, NULL, 0);
  atomic_fetch_sub(&word->sleepers, 1);
}

static void change(signal_word *word) {
  atomic_fetch_add(&word->value, 1);
  if (atomic_load(&word->sleepers) > 0)
    syscall(SYS_futex, (unsigned *)&word->value, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void loopsmith_pool_barrier(loopsmith_pool *pool) {
  if (pool->parts == 1) return;
  const unsigned phase = atomic_load_explicit(&pool->phase.value, memory_order_relaxed);
  if (atomic_fetch_add_explicit(&pool->arrived, 1, memory_order_acq_rel) == pool->parts - 1) {
    /* The last one: nobody can arrive at the next barrier before the phase changes. */
    atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
    change(&pool->phase);
  } else {
    wait_until_changed(&pool->phase, phase, pool->spins);
  }
}

/* Takes one piece of the share of `of`, unless all of this call's are taken: its number, or PIECES. */
static unsigned take_piece(share *of, unsigned calls) {
  unsigned taken = atomic_load_explicit(&of->taken, memory_order_relaxed);
  while (calls * PIECES - taken - 1 < PIECES)
    if (atomic_compare_exchange_weak_explicit(&of->taken, &taken, taken + 1, memory_order_relaxed, memory_order_relaxed)) return taken % PIECES;
  return PIECES;
}

/* Pieces are a half, a quarter and two eighths of a share, in its order: few calls, and what is left at the end is small. */
static void run_piece(loopsmith_kernel kernel, void *const *buffers, void *scratch, int part, int parts, unsigned piece) {
  switch (piece) {
    case 0: kernel(buffers, scratch, 2 * part, 2 * parts); break;
    case 1: kernel(buffers, scratch, 4 * part + 2, 4 * parts); break;
    default: kernel(buffers, scratch, 8 * part + 4 + (int)piece, 8 * parts); break;
  }
}

void loopsmith_pool_call(loopsmith_pool *pool, loopsmith_kernel kernel, void *const *buffers, void *scratch, int part) {
  const int parts = pool->parts;
  if (parts == 1) { kernel(buffers, scratch, 0, 1); return; }
  const unsigned calls = ++pool->shares[part].calls;
  for (int i = 0; i <= (parts - 1 < HELPED ? parts - 1 : HELPED); i++) {
    const int whose = (part + i) % parts;
    for (unsigned piece; (piece = take_piece(&pool->shares[whose], calls)) < PIECES;) run_piece(kernel, buffers, scratch, whose, parts, piece);
  }
}

static void pin(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set); /* a core outside the process's set leaves the thread where it is */
}

static void *work(void *argument) {
  struct worker *worker = argument;
  loopsmith_pool *pool = worker->pool;
  if (worker->core >= 0) pin(worker->core);
  flush_subnormals();
  for (unsigned seen = 0;; seen++) {
    wait_until_changed(&pool->jobs, seen, pool->spins);
    if (pool->job == NULL) return NULL;
    pool->job(pool->context, worker->part, pool->parts);
    loopsmith_pool_barrier(pool);
  }
}

loopsmith_pool *loopsmith_pool_create(int parts, const int *cores) {
  loopsmith_pool *pool = aligned_alloc(128, (sizeof *pool + 127) / 128 * 128);
  if (pool == NULL) return NULL;
  *pool = (loopsmith_pool){.parts = parts, .spins = SPINS};
  pool->workers = calloc((size_t)parts, sizeof *pool->workers);
  pool->shares = aligned_alloc(128, (size_t)parts * sizeof *pool->shares);
  if (pool->workers == NULL || pool->shares == NULL) { free(pool->workers); free(pool->shares); free(pool); return NULL; }
  memset(pool->shares, 0, (size_t)parts * sizeof *pool->shares);
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) < parts) pool->spins = SPINS_WHEN_CROWDED;
  /* Signals belong to the application's threads. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (int part = 1; part < parts; part++) {
    struct worker *worker = &pool->workers[part];
    *worker = (struct worker){.pool = pool, .part = part, .core = cores == NULL ? -1 : cores[part]};
    if (pthread_create(&worker->thread, NULL, work, worker) != 0) break;
    pool->started++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (pool->started < parts - 1) { loopsmith_pool_destroy(pool); return NULL; }
  if (cores != NULL) pin(cores[0]);
  return pool;
}

void loopsmith_pool_run(loopsmith_pool *pool, loopsmith_job job, void *context) {
  const unsigned long callers = flush_subnormals();
  pool->job = job;
  pool->context = context;
  if (pool->parts > 1) change(&pool->jobs);
  job(context, 0, pool->parts);
  loopsmith_pool_barrier(pool);
  restore(callers);
}

void loopsmith_pool_destroy(loopsmith_pool *pool) {
  if (pool == NULL) return;
  pool->job = NULL;
  change(&pool->jobs);
  for (int i = 1; i <= pool->started; i++) pthread_join(pool->workers[i].thread, NULL);
  free(pool->workers);
  free(pool->shares);
  free(pool);
}
