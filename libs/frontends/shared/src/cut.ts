/** A part of a model by the names of its tensors (`--inputs a,b --outputs c`): which nodes it takes. Knows no operator and no format. */
import { didYouMean } from '@loopsmith/util';
import { refuseImport } from './refuse-import.js';
import type { SourceNode } from './translation.js';

export interface CutModel<N extends SourceNode> { readonly nodes: readonly N[]; readonly inputs: readonly string[]; readonly outputs: readonly string[] }

/**
 * The model from the named inputs to the named outputs; what is not named stays as the model has it. A named input may be
 * any tensor that a node makes. Without names nothing is cut, not even what no output needs. `constants` need no input.
 */
export const cutModel = <N extends SourceNode>(
  model: CutModel<N>,
  wanted: { readonly inputs?: readonly string[] | undefined; readonly outputs?: readonly string[] | undefined },
  constants: { has(name: string): boolean },
): CutModel<N> => {
  if (!wanted.inputs && !wanted.outputs) return model;
  const producers = new Map(model.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const known = (option: string, name: string): void => {
    if (!producers.has(name) && !model.inputs.includes(name))
      refuseImport(
        'cut-invalid',
        `${option} names the tensor ${name}${didYouMean(name, [...producers.keys(), ...model.inputs])}, which no node of the model makes; its inputs are ${model.inputs.join(', ')}, its outputs ${model.outputs.join(', ')}`,
      );
  };
  wanted.inputs?.forEach((name) => known('--inputs', name));
  wanted.outputs?.forEach((name) => known('--outputs', name));
  const outputs = wanted.outputs ?? model.outputs,
    stops = new Set(wanted.inputs),
    needed = new Set<N>(),
    reached = new Set<string>();
  const rest = [...outputs];
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (name === '' || reached.has(name)) continue;
    reached.add(name);
    const node = stops.has(name) ? undefined : producers.get(name);
    if (!node || needed.has(node)) continue;
    needed.add(node);
    for (const input of node.inputs) rest.push(input);
  }
  const open = model.inputs.filter((name) => reached.has(name) && !constants.has(name));
  const missing = wanted.inputs && open.filter((name) => !stops.has(name));
  if (missing && missing.length > 0)
    return refuseImport(
      'cut-invalid',
      `between --inputs ${wanted.inputs?.join(',')} and the outputs ${outputs.join(', ')} the model reads ${missing.join(', ')} too; name ${missing.length === 1 ? 'it' : 'them'} among the inputs`,
    );
  const idle = wanted.inputs?.find((name) => !reached.has(name));
  if (idle !== undefined)
    return refuseImport('cut-invalid', `--inputs names the tensor ${idle}, which the outputs ${outputs.join(', ')} do not depend on; leave it out`);
  return { nodes: model.nodes.filter((node) => needed.has(node)), inputs: wanted.inputs ?? open, outputs };
};
