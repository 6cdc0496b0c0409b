/**
 * The flags kernels are compiled with, and why. Instruction sets are named, never `native`: a library must mean the same on
 * every machine. Nothing here lets a compiler change an answer beyond contracting a multiply and an add.
 */

const shared: readonly string[] = [
  '-O2', '-std=gnu11', '-w', '-fPIC', '-fvisibility=hidden',
  // gcc's vectorizers turn neighbouring scalar loads into a vector and shuffle the lanes out again: half the speed
  '-fno-tree-vectorize', '-fno-tree-slp-vectorize',
  // A + b*w becomes one fused multiply-add, rounded once
  '-ffp-contract=fast',
  // sqrt without a call that sets errno; no code that only serves floating-point exception flags. Values stay what they are
  '-fno-math-errno', '-fno-trapping-math',
  // integers wrap, as tensors of integers do
  '-fwrapv',
];

/**
 * For gcc. `-fira-region=all` keeps accumulators in registers where the default regions spill some; never worse in what was
 * measured. `-fno-thread-jumps` saves a fifth of the compile time of a kernel with many guards, and no kernel ran slower for it; the
 * passes left out beside it take a fifth of the compiler's instructions, and kernels run as fast (decision 251): what they find of
 * redundancies, partial redundancy elimination finds again. `-fno-delete-null-pointer-checks`: where gcc 12 counts the addresses of a loop from
 * null (a pointer less another one), it takes the accesses for those of null, which nobody comes to, and leaves out the call of the whole kernel.
 */
export const gccFlags = (isaFlags: readonly string[]): readonly string[] =>
  [...shared, '-fno-thread-jumps', '-fno-tree-ccp', '-fno-tree-fre', '-fno-delete-null-pointer-checks', '-fira-region=all', '-Wno-psabi', ...isaFlags];
/** For clang, which has neither those flags nor that warning. */
export const clangFlags = (isaFlags: readonly string[]): readonly string[] => [...shared, ...isaFlags];

/** Flags that let gcc and clang use an x86 instruction set, and no other. */
export const x86IsaFlags = {
  scalar: [],
  avx2: ['-mavx2', '-mfma'],
  avx512: ['-mavx512f', '-mavx512vl', '-mavx512dq', '-mavx512bw', '-mfma'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
