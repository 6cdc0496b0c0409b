/** Builds candidates of one task in batches: schedules to text here, text to shared objects by the toolchain. Measures nothing. */
import { succeed, type Outcome } from '@loopsmith/util';
import { compileBatch, loopCycles, type PipelineModel } from '@loopsmith/codegen-c-family';
import type { Artifact, Builder, Candidate, HardwarePlugin, Lane, ModelledFigures, Task } from '@loopsmith/contracts';
import type { Plan } from '@loopsmith/ir';
import { draftPlan } from '../draft.js';
import { emitCandidate, identityOf, type Emitted } from './candidate.js';
import { emitForCpu, lowerForCpu } from './emit.js';
import { compilerVersion, kernelFlagsOf, type Toolchain } from './toolchain.js';

export const openCpuBuilder = async (toolchain: Toolchain, directory: string, lanes?: readonly Lane[]): Promise<Outcome<Builder>> => {
  const version = await compilerVersion(toolchain);
  if (!version.ok) return version;
  const { compiler, spellings } = toolchain, flags = kernelFlagsOf(toolchain);
  const plugin: Pick<HardwarePlugin, 'lower' | 'emit'> = { lower: lowerForCpu, emit: (task, lowered, symbol) => emitForCpu(spellings, task, lowered, symbol) };
  const emit = (task: Task, candidate: Candidate): Outcome<Emitted> => emitCandidate(plugin, task, candidate, [version.value, ...flags]);
  return succeed({
    fingerprint: `${version.value} ${flags.join(' ')}`,
    identify: (task, candidate) => identityOf(emit(task, candidate)),
    build: async (task, batch, signal) => {
      const emitted = batch.map((candidate) => emit(task, candidate));
      const sources = emitted.flatMap((each) => (each.ok ? [{ source: each.value.kernel.source, symbols: each.value.kernel.symbols }] : []));
      const built = await compileBatch({ compiler, flags, sources, directory, lanes, signal });
      let next = 0;
      return Promise.all(emitted.map(async (each): Promise<Outcome<Artifact>> => {
        if (!each.ok) return each;
        const library = built[next++]!;
        if (!library.ok) return library;
        const { candidate, kernel, id, plan } = each.value, { hotLoop, report } = library.value;
        const modelled = toolchain.modelled && await modelledFigures(task, plan, hotLoop, toolchain.modelled.pipelines);
        return succeed({ id, candidate: candidate.id, library: library.value.library, kernel, report: modelled ? { ...report, modelled } : report });
      }));
    },
  });
};

const modelledFigures = async (task: Task, plan: Plan, hotLoop: string, pipelines: PipelineModel | null): Promise<ModelledFigures> => {
  const cycles = pipelines && await loopCycles(hotLoop, pipelines);
  return {
    draftNs: draftPlan(plan, task.target, task.threads).milliseconds * 1e6,
    hotLoopCycles: cycles, by: cycles === null || pipelines === null ? null : `${pipelines.program} ${pipelines.processor}`,
  };
};
