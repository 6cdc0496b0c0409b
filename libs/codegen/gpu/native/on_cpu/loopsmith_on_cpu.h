/* CUDA C and HIP on this CPU. Given to gcc before the text of kernels (-include), it makes C of that text; blocks.c runs it, a block
 * after the other, its threads as fibers. What a GPU forgives on one day is refused here on every day: shared memory starts as
 * NaN, and a barrier or shuffle to which only some threads come ends the launch with both lines named. It measures nothing, and
 * blocks run one by one, so a race between two of them is not seen. Sources and lines stay those of the text.
 *
 * LOOPSMITH_WARP: threads that run in step, 32 unless said otherwise (64 on GCN and CDNA). One text to a shared object, or all
 * of its texts in one translation unit: they share `loopsmith_kernels`, by which blocks.c finds them and they find it.
 */
#ifndef LOOPSMITH_ON_CPU_H
#define LOOPSMITH_ON_CPU_H
#include <stddef.h>

#ifndef LOOPSMITH_WARP
#define LOOPSMITH_WARP 32
#endif

typedef struct { unsigned x, y, z; } loopsmith_place;

/* What runs the threads, as a kernel sees it. */
typedef struct {
  loopsmith_place thread, block, threads, blocks;
  /* Of the thread in its block, x running fastest. */
  int number;
  void (*barrier)(int line);
  /* Gives the value of a lane of the caller's warp, its own where there is no such lane. At most 16 bytes. */
  void (*shuffle)(void *value, size_t bytes, int lane, int line);
} loopsmith_blocks;

/* What a text tells the one who runs it, who sets `at` before. */
typedef struct {
  loopsmith_blocks *at;
  int warp;
  /* Memory of the block, poisoned before each; NULL where a sanitizer watches it. */
  char *shared, *shared_end;
} loopsmith_on_cpu;
/* A kernel with its arguments as launch functions take them: where each value stands. */
typedef void loopsmith_entry(void *const *const *arguments);

#ifndef LOOPSMITH_RUNS_BLOCKS
#ifdef __SANITIZE_ADDRESS__
/* a static of its own has red zones around it, which one in a named section has not */
#define __shared__ static
#define LOOPSMITH_SHARED NULL, NULL
#else
#define __shared__ static __attribute__((section("loopsmith_shared")))
extern char __start_loopsmith_shared[] __attribute__((weak, visibility("hidden"))), __stop_loopsmith_shared[] __attribute__((weak, visibility("hidden")));
#define LOOPSMITH_SHARED __start_loopsmith_shared, __stop_loopsmith_shared
#endif
__attribute__((visibility("default"))) loopsmith_on_cpu loopsmith_kernels = {NULL, LOOPSMITH_WARP, LOOPSMITH_SHARED};

#define LOOPSMITH_KERNEL static
#define __global__
#define __device__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))

#define threadIdx (loopsmith_kernels.at->thread)
#define blockIdx (loopsmith_kernels.at->block)
#define blockDim (loopsmith_kernels.at->threads)
#define gridDim (loopsmith_kernels.at->blocks)
#define __syncthreads() loopsmith_kernels.at->barrier(__LINE__)

#define LOOPSMITH_LANE (loopsmith_kernels.at->number % LOOPSMITH_WARP)
#define LOOPSMITH_SHUFFLE(value, lane) __extension__({ __typeof__(value) loopsmith_value = (value); \
  loopsmith_kernels.at->shuffle(&loopsmith_value, sizeof loopsmith_value, (int)(lane), __LINE__); loopsmith_value; })
#define __shfl(value, lane) LOOPSMITH_SHUFFLE(value, lane)
#define __shfl_up(value, by) LOOPSMITH_SHUFFLE(value, LOOPSMITH_LANE - (int)(by))
#define __shfl_down(value, by) LOOPSMITH_SHUFFLE(value, LOOPSMITH_LANE + (int)(by))
#define __shfl_xor(value, with) LOOPSMITH_SHUFFLE(value, LOOPSMITH_LANE ^ (int)(with))
#define __shfl_sync(mask, value, lane) __shfl(value, lane)
#define __shfl_up_sync(mask, value, by) __shfl_up(value, by)
#define __shfl_down_sync(mask, value, by) __shfl_down(value, by)
#define __shfl_xor_sync(mask, value, with) __shfl_xor(value, with)

static inline float __int_as_float(int bits) { union { int i; float f; } value = {bits}; return value.f; }
static inline double __longlong_as_double(long long bits) { union { long long i; double f; } value = {bits}; return value.f; }

/* Declared here and not by math.h, whose macros a name of the text could meet. */
#define LOOPSMITH_ONE(name) double name(double); float name##f(float);
#define LOOPSMITH_TWO(name) double name(double, double); float name##f(float, float);
LOOPSMITH_ONE(exp) LOOPSMITH_ONE(log) LOOPSMITH_ONE(sqrt) LOOPSMITH_ONE(tanh) LOOPSMITH_ONE(erf) LOOPSMITH_ONE(floor) LOOPSMITH_ONE(ceil) LOOPSMITH_ONE(rint) LOOPSMITH_ONE(trunc)
LOOPSMITH_ONE(fabs) LOOPSMITH_ONE(sin) LOOPSMITH_ONE(cos) LOOPSMITH_ONE(tan) LOOPSMITH_ONE(asin) LOOPSMITH_ONE(acos) LOOPSMITH_ONE(atan) LOOPSMITH_ONE(sinh) LOOPSMITH_ONE(cosh)
LOOPSMITH_ONE(asinh) LOOPSMITH_ONE(acosh) LOOPSMITH_ONE(atanh) LOOPSMITH_TWO(pow) LOOPSMITH_TWO(atan2) LOOPSMITH_TWO(fmod)
#undef LOOPSMITH_ONE
#undef LOOPSMITH_TWO
#endif

#endif
