/** Builds candidates of one task in batches: schedules to text here, text to shared objects by the toolchain. Measures nothing. */
import { availableParallelism } from 'node:os';
import { shortHash, succeed, type Outcome } from '@loopsmith/util';
import { compileBatch } from '@loopsmith/codegen-c-family';
import type { Artifact, Builder, Candidate, KernelSource, Task } from '@loopsmith/contracts';
import { emitForCpu, lowerForCpu } from './emit.js';
import { compilerVersion, kernelFlagsOf, type Toolchain } from './toolchain.js';

interface Emitted { readonly candidate: Candidate; readonly kernel: KernelSource; readonly id: string }

export const openCpuBuilder = async (toolchain: Toolchain, directory: string, on?: readonly number[]): Promise<Outcome<Builder>> => {
  const version = await compilerVersion(toolchain);
  if (!version.ok) return version;
  const { compiler, spellings } = toolchain, flags = kernelFlagsOf(toolchain);
  const emitCandidate = (task: Task, candidate: Candidate): Outcome<Emitted> => {
    const lowered = lowerForCpu(task, candidate.schedule);
    if (!lowered.ok) return lowered;
    const symbol = `kernel_${candidate.id}`;
    const kernel = emitForCpu(spellings, task, lowered.value, symbol);
    // identical code under another name is the same artifact and is measured once
    return succeed({ candidate, kernel, id: shortHash([version.value, ...flags, kernel.source.replaceAll(symbol, 'kernel')].join('\n')) });
  };
  return succeed({
    fingerprint: `${version.value} ${flags.join(' ')}`,
    build: async (task, batch, signal) => {
      const emitted = batch.map((candidate) => emitCandidate(task, candidate));
      const sources = emitted.flatMap((each) => (each.ok ? [{ source: each.value.kernel.source, symbols: each.value.kernel.symbols }] : []));
      const built = await compileBatch({ compiler, flags, sources, directory, jobs: on?.length ?? availableParallelism(), cpus: on, signal });
      let next = 0;
      return emitted.map((each): Outcome<Artifact> => {
        if (!each.ok) return each;
        const library = built[next++]!;
        if (!library.ok) return library;
        const { candidate, kernel, id } = each.value;
        return succeed({ id, candidate: candidate.id, library: library.value.library, kernel, report: library.value.report });
      });
    },
  });
};
