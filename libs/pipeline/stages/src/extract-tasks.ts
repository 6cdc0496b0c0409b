/**
 * Network to tasks: what `tune` measures and `compile` looks up. Calls that compute the same on the same layouts share a task,
 * wherever they are in the network and whatever their tensors are called. Chooses no layouts: the graph passes have.
 */
import type { ExtractedTask, Target, Task } from '@loopsmith/contracts';
import { canonicalDefinition, flopsOf, layoutsOfCall, outputOf, shapeOf, withoutSlice, workloadText, type Call, type Definition, type Layout, type Network } from '@loopsmith/ir';
import { shortHash } from '@loopsmith/util';

/** `exact`: see `Task`; it changes what a search offers, not which task it is. */
export interface ExtractOptions { readonly target: Target; readonly threads: number; readonly exact?: boolean }

/** Tasks in the order of their first call; every call of the network belongs to exactly one. */
export const extractTasks = (network: Network, options: ExtractOptions): readonly ExtractedTask[] => {
  const tasks = new Map<string, { readonly task: Task; readonly calls: string[] }>();
  for (const call of network.calls) {
    const task = taskOf(network, call, options);
    const known = tasks.get(task.key);
    if (known) known.calls.push(call.name);
    else tasks.set(task.key, { task, calls: [call.name] });
  }
  return [...tasks.values()];
};

/** On users' disks, as the name of every record's task: what goes into it must not change. */
export const taskKey = (workload: string, target: string, threads: number): string => shortHash(`${workload}\n${target}\n${threads}`);

const taskOf = (network: Network, call: Call, { target, threads, exact = false }: ExtractOptions): Task => {
  const layouts = layoutsOfCall(network, call);
  const definition = canonicalDefinition(call.definition);
  // an output that overwrites an input may not be compiled as if the two were apart, so it is another workload
  const workload = `${workloadText(call.definition, layouts)}${call.inPlace === null ? '' : `  in place i${call.inPlace}\n`}`;
  return {
    key: taskKey(workload, target.id, threads), workload, label: call.label, definition,
    layouts: canonicalLayouts(call.definition, definition, layouts), inPlace: call.inPlace, target, threads, exact, flops: flopsOf(definition),
  };
};

/** The layouts by canonical name and as seen from a slice's own first element: where it begins is the arena's business. */
const canonicalLayouts = (from: Definition, to: Definition, layouts: Readonly<Record<string, Layout>>): Readonly<Record<string, Layout>> => {
  const pairs = [...from.inputs.map((input, i) => [input, to.inputs[i]!] as const), [outputOf(from), outputOf(to)] as const];
  return Object.fromEntries(pairs.flatMap(([tensor, canonical]) => {
    const layout = layouts[tensor.name];
    return layout ? [[canonical.name, withoutSlice(layout, shapeOf(tensor))] as const] : [];
  }));
};
