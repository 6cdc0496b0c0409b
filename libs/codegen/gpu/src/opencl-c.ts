/**
 * OpenCL C 1.2 as a dialect. A buffer is handed over as memory and the byte where the tensor starts in it, because OpenCL has no
 * pointers into memory on the host's side. Vectors that may start anywhere are loaded and stored by vload and vstore.
 */
import { computed, gnuC, type Spellings } from '@loopsmith/codegen-c-family';
import type { DType } from '@loopsmith/ir';
import type { GpuDialect } from './dialect.js';

const names: Readonly<Record<DType, string>> = {
  f32: 'float',
  f64: 'double',
  f16: 'ushort',
  bf16: 'ushort',
  i8: 'char',
  u8: 'uchar',
  i16: 'short',
  u16: 'ushort',
  i32: 'int',
  u32: 'uint',
  i64: 'long',
  u64: 'ulong',
  bool: 'uchar',
};
const space = (scope: string): string => (scope === 'shared' ? '__local' : '__global');
const address = { block: 'get_group_id', thread: 'get_local_id' } as const;

export const openclC: GpuDialect = {
  reserved: ('kernel global local private constant half uchar ushort uint ulong bool event_t sampler_t image2d_t size_t ptrdiff_t uniform pipe true false NULL INFINITY NAN '
    + 'read_only write_only read_write vec_step barrier fma mad min max clamp mix step sign dot cross length distance normalize select').split(' '),
  index: 'int',
  inline: 'static inline',
  element: (dtype) => names[dtype],
  literal: (dtype, value) => {
    const type = computed(dtype);
    if (type === 'f32' || type === 'f64') {
      if (Number.isNaN(value)) return `(${names[type]})NAN`;
      if (!Number.isFinite(type === 'f32' ? Math.fround(value) : value)) return `${value < 0 ? '-' : ''}(${names[type]})INFINITY`;
    }
    // OpenCL's long has 64 bits, and LL would be 128
    return gnuC.literal(dtype, value).replaceAll('LL', 'L');
  },
  // overloaded by type, so every operand is of the type that it computes in
  function: (name, dtype, operands) => `${name}(${operands.map((operand) => `(${names[dtype]})${operand}`).join(', ')})`,
  vectors: {
    type: ({ dtype, lanes }) => ({ name: `${names[dtype]}${lanes}`, declaration: null }),
    arithmetic: false,
    signs: true,
    make: (name, lanes) => `(${name})(${lanes.join(', ')})`,
    broadcast: (name, of) => `(${name})${of.startsWith('(') ? of : `(${of})`}`,
    lane: (vector, lane) => `${vector}.s${lane.toString(16)}`,
    load: (name, lanes, pointer, { aligned, scope }) => (aligned ? `*(const ${space(scope)} ${name} *)${pointer}` : `vload${lanes}(0, ${pointer})`),
    store: (name, lanes, pointer, value, { aligned, scope }) => (aligned ? `*(${space(scope)} ${name} *)${pointer} = ${value};` : `vstore${lanes}(${value}, 0, ${pointer});`),
  },
  preamble: (text) => (/\bdouble\b/.test(text) ? '#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n' : ''),
  kernel: (name, { threads }, parameters) => `__kernel __attribute__((reqd_work_group_size(${threads.join(', ')}))) void ${name}(${parameters.join(', ')})`,
  buffer: (name, dtype, { written, aliased }) => {
    const access = written ? '' : 'const ', type = `__global ${access}${names[dtype]} *`;
    return {
      parameters: [`__global ${access}char *${name}_memory`, `ulong ${name}_start`],
      lines: [`${type}${aliased ? '' : 'restrict '}const ${name} = (${type})(${name}_memory + ${name}_start);`],
    };
  },
  pointer: (dtype, scope, written) => `${space(scope)} ${written ? '' : 'const '}${names[dtype]} *`,
  shared: (dtype, name, elements) => `__local ${names[dtype]} ${name}[${elements}] __attribute__((aligned(16)));`,
  hardwareIndex: ({ bound, dimension }) => `(int)${address[bound]}(${'xyz'.indexOf(dimension)})`,
  barrier: 'barrier(CLK_LOCAL_MEM_FENCE);',
};

/** Vector forms that keep what `max` and `min` answer when an operand is NaN: the left one. */
export const openclSpellings: Spellings = {
  name: 'opencl c',
  expressions: Object.fromEntries([2, 4, 8, 16].flatMap((lanes): readonly (readonly [string, string])[] => [
    [`max f32x${lanes}`, 'select(a, b, b > a)'], [`min f32x${lanes}`, 'select(a, b, b < a)'],
    ...['exp', 'log', 'sqrt', 'tanh', 'floor', 'ceil'].map((name) => [`${name} f32x${lanes}`, `${name}(a)`] as const),
    [`absolute f32x${lanes}`, 'fabs(a)'], [`round f32x${lanes}`, 'rint(a)'], [`truncate f32x${lanes}`, 'trunc(a)'],
  ])),
};
