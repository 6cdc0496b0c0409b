/** Builds candidates of one task in batches: schedules to text here, text to shared objects by the toolchain. Measures nothing. */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { fail, shortHash, succeed, type Outcome } from '@loopsmith/util';
import { compileBatch, gccFlags } from '@loopsmith/codegen-c-family';
import type { Artifact, Builder, Candidate, KernelSource, Target, Task } from '@loopsmith/contracts';
import { emit, lower } from './emit.js';
import { isaOf } from './target.js';

export const compiler = 'gcc';

/** First line of `gcc --version`, or the way to get one. */
export const compilerVersion = async (): Promise<Outcome<string>> => {
  try {
    const { stdout } = await promisify(execFile)(compiler, ['--version']);
    return succeed(stdout.split('\n')[0]!.trim());
  } catch (error) {
    return fail({ code: 'compiler-missing', stage: 'build', message: `${compiler} is not installed or not on PATH; install it (Debian: apt-get install gcc libc6-dev)`, text: String(error) });
  }
};

interface Emitted { readonly candidate: Candidate; readonly kernel: KernelSource; readonly id: string }

export const openBuilder = async (target: Target, directory: string, on?: readonly number[]): Promise<Outcome<Builder>> => {
  const version = await compilerVersion();
  if (!version.ok) return version;
  const flags = gccFlags(isaOf(target).flags);
  const emitCandidate = (task: Task, candidate: Candidate): Outcome<Emitted> => {
    const lowered = lower(task, candidate.schedule);
    if (!lowered.ok) return lowered;
    const symbol = `kernel_${candidate.id}`;
    const kernel = emit(task, lowered.value, symbol);
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
