/**
 * What records say of other tasks, for strategies that begin where others ended. Takes what was measured on the same target only, and no times that
 * were emulated or modelled; judges nothing. Points are as they were recorded: one from before its space got a choice says nothing of it, and whoever reads
 * it decides (the spaces of other tasks, which could complete it by its schedule as `candidateOfRecord` does, are not at hand here).
 */
import type { Observation, Task, TaskHistory, TuningRecord } from '@loopsmith/contracts';
import { isKept } from './candidate.js';
import { median } from './statistics.js';

/** Emulated and modelled times say nothing of measured ones; a wrong answer is one everywhere. */
const teaches = (outcome: TuningRecord['outcome']): boolean => isKept({ outcome }) && (!outcome.ok || outcome.kind === 'measured');

/** Tasks that are told of. */
const MOST = 16;

/** Most similar first: tasks whose labels share most words, the first recorded of equals. */
export const historyOf = (task: Task, records: readonly TuningRecord[]): readonly TaskHistory[] => {
  const others = new Map<string, { readonly label: string; readonly space: string; readonly observations: Observation[] }>();
  for (const { task: key, label, space, purpose, environment, outcome, point } of records) {
    if (key === task.key || purpose === 'final' || environment.isa !== task.target.isa || !teaches(outcome)) continue;
    const other = others.get(key) ?? { label, space, observations: [] };
    others.set(key, other);
    other.observations.push({ point, milliseconds: outcome.ok ? median(outcome.samplesNs) / 1e6 : null, failure: outcome.ok ? null : outcome.failure.code });
  }
  const words = new Set(task.label.split(' ')), shared = ({ label }: { readonly label: string }): number => label.split(' ').filter((word) => words.has(word)).length;
  return [...others.values()].sort((a, b) => shared(b) - shared(a)).slice(0, MOST);
};
