/**
 * The operands of a call that joins another: one tensor is one input, whatever either call named it, and the tables come along
 * under names that are free. Names and positions only; what is computed stays with the caller.
 */
import type { Call, Input, Table } from '@loopsmith/ir';
import { takeName } from './edit.js';

export interface AddedOperands {
  /** What the call that stays does not have yet, and the tensors passed to it, in order. */
  readonly inputs: readonly Input[];
  readonly tensors: readonly string[];
  readonly tables: readonly Table[];
  /** The names in the joined definition of what the joining call reads. */
  readonly nameOf: (name: string) => string;
}

/**
 * What `joining` brings to a call of these `inputs` and `tensors`, its operands named in `without` left out. `wanted` says what a
 * new input would like to be called; `taken` are names that are not free.
 */
export const addedOperands = (
  { inputs, tensors }: { readonly inputs: readonly Input[]; readonly tensors: readonly string[] }, joining: Call, without: ReadonlySet<string>,
  taken: Iterable<string>, wanted: (name: string) => string = (name) => name,
): AddedOperands => {
  const used = new Set(taken), names = new Map<string, string>();
  const take = (name: string, called: string): string => { const free = takeName(used, called); names.set(name, free); return free; };
  const added: { input: Input; tensor: string }[] = [];
  joining.definition.inputs.forEach((input, i) => {
    if (without.has(input.name)) return;
    const tensor = joining.inputs[i]!, known = tensors.indexOf(tensor);
    if (known >= 0 && inputs[known]!.shape.join() === input.shape.join()) { names.set(input.name, inputs[known]!.name); return; }
    added.push({ input: { ...input, name: take(input.name, wanted(input.name)) }, tensor });
  });
  const tables = joining.definition.tables.map((table) => ({ ...table, name: take(table.name, table.name) }));
  return { inputs: added.map(({ input }) => input), tensors: added.map(({ tensor }) => tensor), tables, nameOf: (name) => names.get(name) ?? name };
};
