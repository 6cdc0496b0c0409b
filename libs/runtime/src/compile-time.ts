/** Values of compile-time stages (Winograd's transformed weights) for a measurement, computed from the seeded weights. Writes no file. */
import { evaluate, readsOf, type Definition, type Stage, type TensorData } from '@loopsmith/ir';

/** The part of a definition that computes `stage`: its producers, their inputs and tables, and itself as the output. */
export const partFor = (definition: Definition, stage: string): Definition => {
  const last = definition.stages.findIndex(({ name }) => name === stage);
  if (last < 0) throw new Error(`definition ${definition.name} has no stage ${stage}, which a kernel takes as a compile-time buffer`);
  const needed = new Set([stage]), stages: Stage[] = [];
  for (const each of definition.stages.slice(0, last + 1).reverse()) {
    if (!needed.has(each.name)) continue;
    stages.unshift(each);
    for (const name of readsOf(each.value)) needed.add(name);
  }
  return { ...definition, inputs: definition.inputs.filter(({ name }) => needed.has(name)), tables: definition.tables.filter(({ name }) => needed.has(name)), stages };
};

/** Values of the output of `part`, whose inputs `weightOf` gives. */
export const valuesOf = (part: Definition, weightOf: (name: string) => TensorData): TensorData => {
  const output = part.stages[part.stages.length - 1]!;
  const runTime = part.inputs.find(({ when }) => when === 'run');
  if (runTime !== undefined) throw new Error(`stage ${output.name} depends on ${runTime.name}, which is known at run time only`);
  return evaluate(part, new Map(part.inputs.map(({ name }) => [name, weightOf(name)]))).get(output.name)!;
};
