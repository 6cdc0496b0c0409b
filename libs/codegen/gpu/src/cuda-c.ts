/**
 * CUDA C as a dialect, the same text for NVIDIA's compilers, for HIP's, and, through `native/on_cpu`, for gcc. Threads are the
 * lanes of such a device, so a vector only carries what one thread loads and stores at once: a struct of its lanes, which gcc takes
 * too. A buffer is handed over as a pointer to the tensor's first element.
 */
import { computed, gnuC, shortName } from '@loopsmith/codegen-c-family';
import { bytesOf, type Type } from '@loopsmith/ir';
import { mostTogether, type GpuDialect } from './dialect.js';

const laneName = (lane: number): string => `s${lane.toString(16)}`;
/** Once in a text that may hold several kernels. */
const vectorType = (type: Type): string => {
  const name = shortName(type), element = gnuC.element(computed(type.dtype)), lanes = Array.from({ length: type.lanes }, (_, i) => laneName(i));
  const make = (as: string, parameters: readonly string[], of: (lane: string) => string): string =>
    `${inline} ${name} ${as}_${name}(${parameters.map((each) => `${element} ${each}`).join(', ')}) { ${name} v; ${lanes.map((lane) => `v.${lane} = ${of(lane)};`).join(' ')} return v; }`;
  return [
    `#ifndef LOOPSMITH_${name}`, `#define LOOPSMITH_${name}`,
    `typedef struct __align__(${Math.min(mostTogether, type.lanes * bytesOf[computed(type.dtype)])}) { ${element} ${lanes.join(', ')}; } ${name};`,
    make('make', lanes, (lane) => lane), make('all', ['x'], () => 'x'), '#endif',
  ].join('\n');
};
const inline = 'static __device__ __forceinline__';
const hardware = { block: 'blockIdx', thread: 'threadIdx' } as const;

export const cudaC: GpuDialect = {
  reserved: (
    'threadIdx blockIdx blockDim gridDim warpSize dim3 float2 float3 float4 int2 int3 int4 double2 half half2 bool true false catch class const_cast delete dynamic_cast explicit export ' +
    'false friend mutable namespace new nullptr operator private protected public reinterpret_cast static_cast template this throw try typeid typename using virtual wchar_t alignas alignof ' +
    'constexpr decltype noexcept static_assert thread_local asm and and_eq bitand bitor compl not not_eq or or_eq xor xor_eq min max abs loopsmith_kernels'
  ).split(' '),
  index: 'int',
  inline,
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
  vectors: {
    type: (type) => ({ name: shortName(type), declaration: vectorType(type) }),
    arithmetic: false,
    signs: false,
    make: (name, lanes) => `make_${name}(${lanes.join(', ')})`,
    broadcast: (name, of) => `all_${name}(${of})`,
    lane: (vector, lane) => `${vector}.${laneName(lane)}`,
    load: (name, lanes, pointer, { aligned }) =>
      aligned ? `*(const ${name} *)${pointer}` : `make_${name}(${Array.from({ length: lanes }, (_, i) => `${pointer}[${i}]`).join(', ')})`,
    store: (name, lanes, pointer, value, { aligned }) =>
      aligned
        ? `*(${name} *)${pointer} = ${value};`
        : `{ const ${name} stored = ${value}; ${Array.from({ length: lanes }, (_, i) => `${pointer}[${i}] = stored.${laneName(i)};`).join(' ')} }`,
  },
  preamble: () => '#ifndef LOOPSMITH_KERNEL\n#define LOOPSMITH_KERNEL extern "C" __global__\n#endif\n',
  kernel: (name, { threads }, parameters) =>
    `LOOPSMITH_KERNEL __launch_bounds__(${threads.reduce((a, b) => a * b)}) void ${name}(${parameters.join(', ')})`,
  buffer: (name, dtype, { written, aliased }) => ({
    parameters: [`${written ? '' : 'const '}${gnuC.element(dtype)} *${aliased ? '' : '__restrict__ '}${name}`],
    lines: [],
  }),
  pointer: (dtype, _scope, written) => `${written ? '' : 'const '}${gnuC.element(dtype)} *`,
  shared: (dtype, name, elements) => `__shared__ __align__(16) ${gnuC.element(dtype)} ${name}[${elements}];`,
  hardwareIndex: ({ bound, dimension }) => `(int)${hardware[bound]}.${dimension}`,
  barrier: '__syncthreads();',
};
