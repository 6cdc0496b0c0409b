/**
 * A plugin for tests: the x86 plugin with a builder that spoils five of six kernels with weights after they were printed, each in
 * a way in which a compiler of kernels goes wrong. The artifact's id begins with what was done to it. The rest is the real thing.
 */
import { compileBatch, gccFlags, x86IsaFlags } from '@loopsmith/codegen-c-family';
import { x86Avx } from '@loopsmith/codegen-x86-avx';
import { HardwarePlugin, type Artifact, type Builder, type KernelSource, type Lane, type Target } from '@loopsmith/contracts';
import { attempt, shortHash, succeed, unwrap, type Outcome } from '@loopsmith/util';
import { ContainerModule } from 'loopsmith/plugin';

/** The kernel's text made wrong, or unchanged where it has no place for this mistake. */
type Spoil = (source: string, output: { readonly symbol: string; readonly pointer: string; readonly name: string; readonly size: number }) => string;

/** Under the kernel's name a function that runs it between two others. */
const around = (source: string, symbol: string, before: string, after: string): string => `${source.replaceAll(symbol, `${symbol}_right`)}
void ${symbol}_right(void *const *buffers, void *scratch, int part, int parts);
__attribute__((visibility("default"))) void ${symbol}(void *const *buffers, void *scratch, int part, int parts) {
${before}
  ${symbol}_right(buffers, scratch, part, parts);
${after}
}
`;

const spoils: Readonly<Record<string, Spoil>> = {
  right: (source) => source,
  // in C or in assembly, whichever the kernel is: the last turn of a part, or a number in a sum before anything is added
  tail: (source) => source.replace(/(_end = \(part \+ 1\) \* \d+ \/ parts)/, '$1 - (part + 1 == parts)').replace(/(?<=idivq[^]*)("\\tidivq [^"]*")/, '$1 "\\tsubq $$1, %rax\\n"'),
  accumulator: (source, { name }) => source.replace(/ = \((\w+)\)\{\};/, ` = *(const $1 *)${name};`)
    .replace(/"\\tvxorps (%xmm\d+)[^"]*"/, '"\\tmovl $$0x3f800000, %eax\\n\\tvmovd %eax, $1\\n"'),
  overrun: (source, { symbol, pointer, size }) => around(source, symbol, '', `  if (part == 0) ${pointer}[${size}] = 0;`),
  nan: (source, { symbol, pointer }) => around(source, symbol, '', `  if (part == 0) ${pointer}[0] = __builtin_nanf("");`),
  stale: (source, { symbol, pointer, size }) => around(source, symbol,
    `  static float kept[${size}]; static int runs;\n  if (runs++ > 0) { __builtin_memcpy(${pointer}, kept, sizeof kept); return; }`,
    `  __builtin_memcpy(kept, ${pointer}, sizeof kept);`),
};

const spoiled = (kernel: KernelSource, kind: string): KernelSource => {
  const at = kernel.buffers.findIndex(({ role }) => role === 'output'), { tensor, size } = kernel.buffers[at]!;
  return { ...kernel, source: spoils[kind]!(kernel.source, { symbol: kernel.symbols[0]!, pointer: `((float *)buffers[${at}])`, name: tensor, size }) };
};

const openBuilder = async (target: Target, directory: string, lanes?: readonly Lane[]): Promise<Outcome<Builder>> => {
  const flags = gccFlags(target.isa === 'sse2' ? x86IsaFlags.scalar : x86IsaFlags[target.isa as 'avx2' | 'avx512']);
  const kinds = Object.keys(spoils);
  return succeed({
    fingerprint: `planted ${flags.join(' ')}`,
    build: async (task, batch, signal) => {
      const printed = batch.map(({ id, schedule }) => attempt(() => {
        const right = x86Avx.emit(task, unwrap(x86Avx.lower(task, schedule)), `kernel_${id}`);
        // tasks with weights have spaces large enough that a right kernel is left in them
        const planting = task.definition.inputs.some(({ when }) => when === 'compile');
        const kind = planting ? kinds[parseInt(id.slice(0, 8), 16) % kinds.length]! : 'right', kernel = spoiled(right, kind);
        return { kernel, kind: kernel.source === right.source ? 'right' : kind };
      }));
      const built = await compileBatch({ compiler: 'gcc', flags, sources: printed.flatMap((one) => (one.ok ? [one.value.kernel] : [])), directory, lanes, signal });
      let next = 0;
      return printed.map((one, i): Outcome<Artifact> => {
        if (!one.ok) return one;
        const library = built[next++]!;
        return library.ok ? succeed({ id: `${one.value.kind}-${shortHash(one.value.kernel.source)}`, candidate: batch[i]!.id, kernel: one.value.kernel, ...library.value }) : library;
      });
    },
  });
};

const planted: HardwarePlugin = { ...x86Avx, id: 'planted', builder: openBuilder };

export default new ContainerModule(({ bind }) => { bind<HardwarePlugin>(HardwarePlugin).toConstantValue(planted); });
