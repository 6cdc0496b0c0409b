/* What this machine can do at best, measured now: the shares of peak in reports are against these. */
#ifndef HARNESS_PEAK_H
#define HARNESS_PEAK_H
#include <stddef.h>

typedef enum { PEAK_SSE, PEAK_AVX2, PEAK_AVX512, PEAK_GENERIC } peak_isa;
typedef struct {
  double flops;               /* f32 operations per second of all threads, a multiply-add counts 2 */
  double loads;               /* out of L1 per second, 8 bytes each, all threads: the median, not the best, so that it tells how busy the cores' other threads are now */
  double l3_bytes, memory_bytes; /* read per second, all threads */
  double ping_pong_ns;        /* round trip of a cache line between the first two cores; 0 with one thread */
} peak_figures;

/* 0 when this CPU lacks the instructions or memory is short. l3: bytes of the last-level cache; 0: only what the cores do alone. */
int measure_peak(peak_isa isa, int threads, const int *cores, size_t l2, size_t l3, peak_figures *figures);

#endif
