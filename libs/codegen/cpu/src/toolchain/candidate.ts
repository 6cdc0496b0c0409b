/** A candidate as text: its schedule lowered and printed under a name of its own, and the identity of what it will be built to. Builds nothing. */
import type { Candidate, HardwarePlugin, KernelSource, Task } from '@loopsmith/contracts';
import type { Plan } from '@loopsmith/ir';
import { shortHash, succeed, type Outcome } from '@loopsmith/util';

export interface Emitted { readonly candidate: Candidate; readonly kernel: KernelSource; readonly id: string; readonly plan: Plan }

/** `builtBy`: compilers and flags, which make another artifact of the same text. */
export const emitCandidate = ({ lower, emit }: Pick<HardwarePlugin, 'lower' | 'emit'>, task: Task, candidate: Candidate, builtBy: readonly string[]): Outcome<Emitted> => {
  const lowered = lower(task, candidate.schedule);
  if (!lowered.ok) return lowered;
  const symbol = `kernel_${candidate.id}`, kernel = emit(task, lowered.value, symbol), launches = kernel.launches ? [JSON.stringify(kernel.launches)] : [];
  // identical code under another name is the same artifact and is measured once
  return succeed({ candidate, kernel, plan: lowered.value.plan, id: shortHash([...builtBy, ...launches, kernel.source.replaceAll(symbol, 'kernel')].join('\n')) });
};

export const identityOf = (emitted: Outcome<Emitted>): Outcome<string> => (emitted.ok ? succeed(emitted.value.id) : emitted);
