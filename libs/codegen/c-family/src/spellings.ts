/**
 * How a compiler spells, for one instruction set, what C cannot say: a table and nothing else. Keys are `operator type`
 * (`max f32x8`), texts are C over the operands `a` and `b`. What is not listed has a portable form in `helpers`. Header-free
 * on purpose: parsing the intrinsics headers takes longer than compiling a kernel.
 *
 * `max` and `min` answer their LEFT operand when either is NaN or both are zeros, as they mean in the IR (maxps with the left
 * operand second): in `A = max(A, x)` a NaN x is passed over, in `max(x, 0)` a NaN x stays.
 *
 * `scale` is a times 2 to the (b - 1.5*2^23), `load` takes the first `b` elements at `a` and zeros, `store` stores the first `b` of `value` at `a`.
 */
import type { Assembly } from './kernel-request.js';
import type { Reach } from './read-ahead.js';

export interface Spellings {
  readonly name: string;
  readonly expressions: Readonly<Record<string, string>>;
  /** The pragma before a loop, without its number, that has so many of its turns written out; absent where nobody measured that it helps. */
  readonly unroll?: string;
  /** How far ahead a sum asks for its weights; absent where nobody measured that it helps. */
  readonly ahead?: Reach;
  /** Writes most kernels without a compiler; absent where C says all. */
  readonly assembly?: Assembly;
}

/** Rounding immediates of roundps and rndscaleps, exceptions suppressed. */
const roundings = { round: 8, floor: 9, ceil: 10, truncate: 11 } as const;

const x86 = (suffix: 'ps' | 'pd', type: string, width: '' | '256'): Record<string, string> => ({
  [`max ${type}`]: `__builtin_ia32_max${suffix}${width}(b, a)`,
  [`min ${type}`]: `__builtin_ia32_min${suffix}${width}(b, a)`,
  [`sqrt ${type}`]: `__builtin_ia32_sqrt${suffix}${width}(a)`,
  ...Object.fromEntries(Object.entries(roundings).map(([name, immediate]) => [`${name} ${type}`, `__builtin_ia32_round${suffix}${width}(a, ${immediate})`])),
});
/** The masked builtins with every lane on; the last argument 4 takes the current rounding mode. */
const x86Masked = (suffix: 'ps' | 'pd', type: string, mask: string): Record<string, string> => ({
  [`max ${type}`]: `__builtin_ia32_max${suffix}512_mask(b, a, (${type}){}, ${mask}, 4)`,
  [`min ${type}`]: `__builtin_ia32_min${suffix}512_mask(b, a, (${type}){}, ${mask}, 4)`,
  [`sqrt ${type}`]: `__builtin_ia32_sqrt${suffix}512_mask(a, (${type}){}, ${mask}, 4)`,
  ...Object.fromEntries(
    Object.entries(roundings).map(([name, immediate]) => [
      `${name} ${type}`,
      `__builtin_ia32_rndscale${suffix}_mask(a, ${immediate}, (${type}){}, ${mask}, 4)`,
    ]),
  ),
});

/** No masked store here: on AMD it takes as long as a dozen stores of one lane. */
const avxMasks: Record<string, string> = {
  'load f32x8': `(f32x8)__builtin_ia32_maskloadps256((const float __attribute__((vector_size(32))) *)a, (int __attribute__((vector_size(32)))){0, 1, 2, 3, 4, 5, 6, 7} < b)`,
};
const avx512Masks: Record<string, string> = {
  'load f32x16': '(f32x16)__builtin_ia32_loadups512_mask(a, (float __attribute__((vector_size(64)))){}, (1 << b) - 1)',
  'store f32x16': '__builtin_ia32_storeups512_mask(a, (float __attribute__((vector_size(64))))value, (1 << b) - 1)',
};

export const portable: Spellings = { name: 'portable', expressions: {} };
export const gccAvx2: Spellings = {
  name: 'gcc avx2', unroll: 'GCC unroll',
  expressions: { ...x86('ps', 'f32x4', ''), ...x86('pd', 'f64x2', ''), ...x86('ps', 'f32x8', '256'), ...x86('pd', 'f64x4', '256'), ...avxMasks },
};
export const gccAvx512: Spellings = {
  name: 'gcc avx512', ahead: { turns: 16, bytes: 8192 },
  expressions: {
    ...gccAvx2.expressions,
    'scale f32x16': '__builtin_ia32_scalefps512_mask(a, b - 12582912.0f, (f32x16){}, (unsigned short)-1, 4)',
    ...x86Masked('ps', 'f32x16', '(unsigned short)-1'), ...x86Masked('pd', 'f64x8', '(unsigned char)-1'), ...avx512Masks,
  },
};
