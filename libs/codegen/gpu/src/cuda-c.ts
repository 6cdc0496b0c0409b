/**
 * CUDA C as a dialect, the same text for NVIDIA's compilers, for HIP's, and, through `native/on_cpu`, for gcc. Kernels are scalar:
 * threads are the lanes of such a device. A buffer is handed over as a pointer to the tensor's first element.
 */
import { computed, gnuC } from '@loopsmith/codegen-c-family';
import type { GpuDialect } from './dialect.js';

const noVectors = (): never => { throw new Error('kernels in CUDA C are scalar; give their target vectors of one element'); };
const hardware = { block: 'blockIdx', thread: 'threadIdx' } as const;

export const cudaC: GpuDialect = {
  name: 'cuda c',
  reserved: ('threadIdx blockIdx blockDim gridDim warpSize dim3 float2 float3 float4 int2 int3 int4 double2 half half2 bool true false catch class const_cast delete dynamic_cast explicit export '
    + 'false friend mutable namespace new nullptr operator private protected public reinterpret_cast static_cast template this throw try typeid typename using virtual wchar_t alignas alignof '
    + 'constexpr decltype noexcept static_assert thread_local asm and and_eq bitand bitor compl not not_eq or or_eq xor xor_eq min max abs loopsmith_kernels').split(' '),
  index: 'int',
  inline: 'static __device__ __forceinline__',
  element: gnuC.element,
  literal: (dtype, value) => {
    const type = computed(dtype);
    if (type !== 'f32' && type !== 'f64') return gnuC.literal(dtype, value);
    // no header defines NAN or INFINITY where the text is compiled
    const exact = type === 'f32' ? Math.fround(value) : value;
    if (Number.isFinite(exact)) return gnuC.literal(dtype, value);
    if (Number.isNaN(exact)) return type === 'f32' ? '__int_as_float(0x7fc00000)' : '__longlong_as_double(0x7ff8000000000000LL)';
    return `${exact < 0 ? '-' : ''}${type === 'f32' ? '__int_as_float(0x7f800000)' : '__longlong_as_double(0x7ff0000000000000LL)'}`;
  },
  function: (name, dtype, operands) => `${name}${computed(dtype) === 'f64' ? '' : 'f'}(${operands.join(', ')})`,
  vectors: { type: noVectors, arithmetic: false, make: noVectors, broadcast: noVectors, lane: noVectors, load: noVectors, store: noVectors },
  preamble: () => '#ifndef LOOPSMITH_KERNEL\n#define LOOPSMITH_KERNEL extern "C" __global__\n#endif\n',
  kernel: (name, { threads }, parameters) => `LOOPSMITH_KERNEL __launch_bounds__(${threads.reduce((a, b) => a * b)}) void ${name}(${parameters.join(', ')})`,
  buffer: (name, dtype, { written, aliased }) => ({ parameters: [`${written ? '' : 'const '}${gnuC.element(dtype)} *${aliased ? '' : '__restrict__ '}${name}`], lines: [] }),
  pointer: (dtype, _scope, written) => `${written ? '' : 'const '}${gnuC.element(dtype)} *`,
  shared: (dtype, name, elements) => `__shared__ __align__(16) ${gnuC.element(dtype)} ${name}[${elements}];`,
  hardwareIndex: ({ bound, dimension }) => `(int)${hardware[bound]}.${dimension}`,
  barrier: '__syncthreads();',
};
