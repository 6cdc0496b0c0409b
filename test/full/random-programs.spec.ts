/**
 * Random programs of loops as the x86 plugin prints them, in assembly and in C: compiled with the flags of kernels, the last part first, between pages that
 * cannot be touched, they leave to the last bit what the interpreter says. LOOPSMITH_PROGRAM_SEED=14707 runs one seed alone. Judges no times.
 */
import { printKernels, x86IsaFlags } from '@loopsmith/codegen-c-family';
import { isas } from '@loopsmith/codegen-x86-avx';
import { printProgram, verifyProgram } from '@loopsmith/ir';
import { interpret } from '@loopsmith/ir/testing';
import { expand } from '@loopsmith/lowering';
import { command, cpu, needs } from '@loopsmith/testing';
import { alignedCopy, seededRandom, unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { asPlugin, runSanitized, type SanitizedCase } from '../e2e/sanitized-kernels.js';
import { randomProgram } from './random-programs.js';

type Form = 'assembly' | 'C';
interface ProgramCase extends SanitizedCase { readonly seed: number; readonly text: string; readonly expected: readonly Float32Array[] }

const caseOf = (seed: number, isa: 'avx2' | 'avx512', form: Form): ProgramCase => {
  const [{ spellings, lanes }] = asPlugin(isa), program = randomProgram(seededRandom(seed).fork(isa), lanes);
  const expanded = unwrap(expand(program, { lanes: () => lanes, budget: 4000 }));
  for (const faults of [verifyProgram(program), verifyProgram(expanded)]) expect(faults, `seed ${seed}`).to.deep.equal([]);
  const data = (): ReadonlyMap<string, Float32Array> => new Map(program.buffers.map(({ name, size }) => {
    const random = seededRandom(seed).fork(name);
    return [name, Float32Array.from({ length: size }, () => random.below(9) - 4)];
  }));
  const given = data(), expected = data();
  interpret(program, expected);
  const { assembly: _, ...inC } = spellings;
  return {
    ...printKernels(expanded, form === 'C' ? inC : spellings, `s${seed}`), seed, text: printProgram(program), parts: 1 + seed % 4, expected: [...expected.values()],
    buffers: program.buffers.map(({ name, slack }) => ({ bytes: new Uint8Array(given.get(name)!.buffer), slackBytes: 4 * slack })),
  };
};

/** What is wrong, one text a program, which names its seed. Of programs that do not all come to their end each is run by itself. */
const faultsOf = (cases: readonly ProgramCase[], isaFlags: readonly string[]): readonly string[] => {
  const told = (fault: string): string => `seed ${cases.map(({ seed }) => seed).join(', ')}: ${fault}\n${cases.map(({ text }) => text).join('\n')}`;
  let left: ReturnType<typeof runSanitized>;
  try {
    left = runSanitized(cases, isaFlags, 'reverse', 'optimized');
  } catch (error) {
    const alone = cases.length === 1 ? [] : cases.flatMap((one) => faultsOf([one], isaFlags));
    return alone.length > 0 ? alone : [told(`${(error as Error).message}`)];
  }
  return cases.flatMap(({ seed, text, expected }, c) => expected.flatMap((wanted, b) => {
    const found = new Float32Array(alignedCopy(left[c]![b]!)), i = wanted.findIndex((value, at) => found[at] !== value);
    return i < 0 ? [] : [`seed ${seed}: element ${i} of buffer ${b} is ${found[i]}, not ${wanted[i]}\n${text}`];
  }));
};

const alone = process.env['LOOPSMITH_PROGRAM_SEED'], perBatch = 40;

describe('random programs of loops', function () {
  this.timeout(1_200_000);
  before(function () { needs(this, command('gcc')); });

  for (const isa of ['avx2', 'avx512'] as const) {
    const features = isas.find(({ name }) => name === isa)!.toolchain.features.map(cpu);
    for (const [form, batches] of [['assembly', 30], ['C', 10]] as const)
      it(`leave what the interpreter says, for ${isa} in ${form}: ${alone === undefined ? batches * perBatch : `seed ${alone}`}`, function () {
        needs(this, ...features);
        let inAssembly = 0;
        for (let batch = 0; batch < (alone === undefined ? batches : 1); batch++) {
          const seeds = alone === undefined ? Array.from({ length: perBatch }, (_, i) => batch * perBatch + i) : [Number(alone)];
          const cases = seeds.map((seed) => caseOf(seed, isa, form));
          inAssembly += cases.filter(({ source }) => source.includes('__asm__(')).length;
          expect(faultsOf(cases, x86IsaFlags[isa]).join('\n\n')).to.equal('');
        }
        if (alone === undefined) expect(inAssembly).to.be.within(...form === 'C' ? [0, 0] as const : [0.8 * batches * perBatch, batches * perBatch] as const);
      });
  }

  it('would show instructions that subtract where others add, and programs that do not come to their end', function () {
    needs(this, cpu('avx2'), cpu('fma'));
    const cases = Array.from({ length: 12 }, (_, seed) => caseOf(seed, 'avx2', 'assembly'));
    const planted = (instruction: string): readonly string[] => faultsOf(cases.map((one) => ({ ...one, source: one.source.replaceAll('vaddps', instruction) })), x86IsaFlags.avx2);
    for (const [instruction, fault] of [['vsubps', /^seed \d+: element \d+ of buffer \d+ is \S+, not \S+\nbuffer X0/], ['ud2 #', /^seed \d+: Command failed[^]*\nbuffer X0/]] as const) {
      const faults = planted(instruction);
      expect(faults, instruction).to.have.length.within(4, 12);
      for (const text of faults) expect(text).to.match(fault);
    }
  });
});
