/* CUDA C for clang without anything of NVIDIA: the words that its headers would bring. Functions that take more than an
 * instruction or two are in NVIDIA's library and so not here; a text that calls one does not compile. */
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#include <__clang_cuda_builtin_vars.h>

static __device__ __forceinline__ float __int_as_float(int bits) { return __builtin_bit_cast(float, bits); }
static __device__ __forceinline__ double __longlong_as_double(long long bits) { return __builtin_bit_cast(double, bits); }

#define LOOPSMITH_INSTRUCTION(name) \
  static __device__ __forceinline__ float name##f(float a) { return __builtin_##name##f(a); } \
  static __device__ __forceinline__ double name(double a) { return __builtin_##name(a); }
LOOPSMITH_INSTRUCTION(sqrt) LOOPSMITH_INSTRUCTION(fabs) LOOPSMITH_INSTRUCTION(floor) LOOPSMITH_INSTRUCTION(ceil) LOOPSMITH_INSTRUCTION(rint) LOOPSMITH_INSTRUCTION(trunc)
#undef LOOPSMITH_INSTRUCTION
