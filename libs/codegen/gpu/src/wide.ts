/**
 * What of a stage one thread moves at once, several neighbours in memory by one instruction (float4, LDG.128): only what starts at
 * a multiple of its size, since a GPU takes no other. It reads plans; whether a loop is worth vectorizing, the spaces decide.
 */
import { bytesOf, loadsOf, variablesOf, visitValues, type Definition, type DType, type Index, type Plan, type PlannedStage, type Value } from '@loopsmith/ir';
import { loadAddress, storeAddress } from '@loopsmith/lowering';
import type { Target, Task } from '@loopsmith/contracts';
import { mostTogether } from './dialect.js';

export const isMultiple = ({ constant, terms }: Index, of: number): boolean => constant % of === 0 && terms.every(({ coefficient }) => coefficient % of === 0);

/** Whether addresses of neighbours in the loop are neighbours in memory, and the first of every `lanes` of them starts at a multiple. `variable`: its name in the plan. */
const isTogether = ({ constant, terms }: Index, variable: string, lanes: number): boolean =>
  constant % lanes === 0 && terms.some(({ atom }) => atom.kind === 'variable' && atom.name === variable)
  && terms.every(({ coefficient, atom }) => (atom.kind === 'variable' && atom.name === variable ? coefficient === 1 : coefficient % lanes === 0));

/** How many elements are moved at once: of the first value 1, which is none, and of what fits. */
export const togetherChoices = ({ definition, target }: Pick<Task, 'definition' | 'target'>): readonly number[] => {
  const lanes = together(definition, target);
  return lanes > 1 ? [1, lanes] : [1];
};
const together = ({ inputs, stages }: Definition, target: Target): number =>
  Math.floor(Math.min(mostTogether, target.vectorBytes) / Math.max(4, ...[...inputs, ...stages].map(({ dtype }) => bytesOf[dtype])));

/** Where a stage stores over its loops; null where that is in registers. */
export const storedAt = (planned: PlannedStage): Index | null => (planned.scope === 'register' ? null : storeAddress(planned));

interface PlannedLoad { readonly dtype: DType; readonly scope: PlannedStage['scope']; readonly at: Index }

/** Where the loads of a stage lie over its loops; those from registers are left out. */
export const loadedFrom = (plan: Plan, planned: PlannedStage): readonly PlannedLoad[] => loadsOf(planned.stage.value).flatMap((load) => {
  const scope = plan.stages.get(load.tensor)?.scope ?? 'global';
  return scope === 'register' ? [] : [{ dtype: load.dtype, scope, at: loadAddress(plan, planned, load) }];
});

/** Whether a stage gains by its innermost loop as a vector: what it stores, or keeps in registers, and all that the loop changes of what it loads lies together. */
export const movesTogether = (plan: Plan, name: string, loop: string, lanes: number): boolean => {
  const planned = plan.stages.get(name)!, { variable } = planned.loops.find((each) => each.name === loop)!;
  if (decides(planned.stage.value)) return false;
  const stored = storedAt(planned), changing = loadedFrom(plan, planned).filter(({ at }) => variablesOf(at).has(variable.name));
  return (
    (stored === null || isTogether(stored, variable.name, lanes)) &&
    (stored !== null || changing.length > 0) &&
    changing.every(({ at }) => isTogether(at, variable.name, lanes))
  );
};

/** Whether a value is one thing at some places and another at others: its lanes would be apart. */
const decides = (value: Value): boolean => {
  let found = false;
  visitValues(value, ({ kind }) => { found ||= kind === 'select'; });
  return found;
};
