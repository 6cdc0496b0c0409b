/* The words of CUDA C for clang's AMDGPU back end by itself, given to it before the text of kernels (-include): no file of ROCm is
 * needed to build them. Mathematical functions that are no instruction there come from gpu_math.h, which goes before this. */
#ifndef LOOPSMITH_HIP_DEVICE_H
#define LOOPSMITH_HIP_DEVICE_H

#define __shared__ __attribute__((shared))
#define __global__ __attribute__((global))
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(threads) __attribute__((amdgpu_flat_work_group_size(1, threads)))
#define __align__(bytes) __attribute__((aligned(bytes)))

/* threadIdx.x is a property: reading it asks the hardware. */
#define LOOPSMITH_NUMBER(dimension, builtin) \
  __declspec(property(get = get_##dimension)) unsigned dimension; \
  __device__ static __forceinline__ unsigned get_##dimension() { return builtin##dimension(); }
struct loopsmith_thread { LOOPSMITH_NUMBER(x, __builtin_amdgcn_workitem_id_) LOOPSMITH_NUMBER(y, __builtin_amdgcn_workitem_id_) LOOPSMITH_NUMBER(z, __builtin_amdgcn_workitem_id_) };
struct loopsmith_block { LOOPSMITH_NUMBER(x, __builtin_amdgcn_workgroup_id_) LOOPSMITH_NUMBER(y, __builtin_amdgcn_workgroup_id_) LOOPSMITH_NUMBER(z, __builtin_amdgcn_workgroup_id_) };
static __device__ const loopsmith_thread threadIdx = {};
static __device__ const loopsmith_block blockIdx = {};
#undef LOOPSMITH_NUMBER

/* What was written before it is seen behind it by the block's other threads. */
static __device__ __forceinline__ void __syncthreads() {
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
  __builtin_amdgcn_s_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
}

static __device__ __forceinline__ float __int_as_float(int bits) { return __builtin_bit_cast(float, bits); }
static __device__ __forceinline__ double __longlong_as_double(long long bits) { return __builtin_bit_cast(double, bits); }

/* instructions, or a few of them */
#define expf __builtin_expf
#define logf __builtin_logf
#define sqrt __builtin_sqrt
#define sqrtf __builtin_sqrtf
#define floor __builtin_floor
#define floorf __builtin_floorf
#define ceil __builtin_ceil
#define ceilf __builtin_ceilf
#define rint __builtin_rint
#define rintf __builtin_rintf
#define trunc __builtin_trunc
#define truncf __builtin_truncf
#define fabs __builtin_fabs
#define fabsf __builtin_fabsf

#define exp loopsmith_exp
#define log loopsmith_log
#define sin loopsmith_sin
#define sinf loopsmith_sinf
#define cos loopsmith_cos
#define cosf loopsmith_cosf
#define tan loopsmith_tan
#define tanf loopsmith_tanf
#define asin loopsmith_asin
#define asinf loopsmith_asinf
#define acos loopsmith_acos
#define acosf loopsmith_acosf
#define atan loopsmith_atan
#define atanf loopsmith_atanf
#define sinh loopsmith_sinh
#define sinhf loopsmith_sinhf
#define cosh loopsmith_cosh
#define coshf loopsmith_coshf
#define tanh loopsmith_tanh
#define tanhf loopsmith_tanhf
#define asinh loopsmith_asinh
#define asinhf loopsmith_asinhf
#define acosh loopsmith_acosh
#define acoshf loopsmith_acoshf
#define atanh loopsmith_atanh
#define atanhf loopsmith_atanhf
#define erf loopsmith_erf
#define erff loopsmith_erff
#define atan2 loopsmith_atan2
#define atan2f loopsmith_atan2f
#define pow loopsmith_pow
#define powf loopsmith_powf
#define fmod loopsmith_fmod
#define fmodf loopsmith_fmodf

#endif
