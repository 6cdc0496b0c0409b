/**
 * Values of tensors that are known when a library is built: constants, and stages computed from them alone, such as Winograd's
 * transformed weights. It packs and stores nothing, and asks whoever wants them for the constants.
 */
import type { TensorData } from './data.js';
import { evaluate } from './evaluate.js';
import { readsOf, type Definition, type Input } from './tensor.js';

/** The part of a definition that computes some inputs and stages of it: those, and what they are computed from. */
export const partFor = (definition: Definition, wanted: readonly string[]): Definition => {
  const unknown = wanted.find((name) => ![...definition.inputs, ...definition.stages].some((tensor) => tensor.name === name));
  if (unknown !== undefined) throw new Error(`definition ${definition.name} has no input or stage ${unknown}, whose values a kernel takes`);
  const needed = new Set(wanted);
  const stages = definition.stages.toReversed().filter(({ name, value }) => {
    if (!needed.has(name)) return false;
    for (const read of readsOf(value)) needed.add(read);
    return true;
  }).reverse();
  const isNeeded = ({ name }: { readonly name: string }): boolean => needed.has(name);
  return { ...definition, inputs: definition.inputs.filter(isNeeded), tables: definition.tables.filter(isNeeded), stages };
};

/** Every input and stage of a part by its name, row-major, each rounded once to its dtype. `valueOf` gives the inputs; it throws for one that it cannot know. */
export const compileTimeValues = (part: Definition, valueOf: (input: Input) => TensorData): ReadonlyMap<string, TensorData> => {
  const inputs = new Map(part.inputs.map((input) => [input.name, valueOf(input)]));
  return part.stages.length === 0 ? inputs : new Map([...inputs, ...evaluate(part, inputs, { keep: 'all' })]);
};
