/**
 * Loops as functions: what decides whether a turn follows, and what a turn makes of the loop's values. TensorFlow 2 writes
 * them so (While); the frames of TensorFlow 1 (Enter, Merge, Switch, NextIteration, Exit) are read as the same. It runs
 * nothing and counts no turns.
 */
import type { TfFunction, TfNode } from '@loopsmith/tensorflow-file';
import { listUnder } from '@loopsmith/util';

export interface Loop { readonly condition: TfFunction; readonly body: TfFunction; readonly inputs: readonly string[] }

export const whileOperators: ReadonlySet<string> = new Set(['While', 'StatelessWhile']);

/** The node that an input of the main graph names. */
export const baseOf = (name: string): string => name.replace(/^\^/, '').replace(/:\d+$/, '');
/** Names that begin with ^ only say what has to run before. */
export const dataInputs = ({ inputs }: TfNode): readonly string[] => inputs.filter((name) => !name.startsWith('^'));

/** What a graph's frames are found by, made once per graph: Switches by what decides them, constant Enters by their frame. */
interface Index { readonly switches: ReadonlyMap<string, readonly TfNode[]>; readonly constants: ReadonlyMap<string, readonly TfNode[]> }
const indices = new WeakMap<ReadonlyMap<string, TfNode>, Index>();
const indexOf = (nodes: ReadonlyMap<string, TfNode>): Index => {
  const known = indices.get(nodes);
  if (known) return known;
  const switches = new Map<string, TfNode[]>(), constants = new Map<string, TfNode[]>();
  for (const node of nodes.values()) {
    if (node.operator === 'Switch') listUnder(switches, baseOf(node.inputs[1] ?? ''), node);
    const constant = node.attributes.get('is_constant');
    if (node.operator === 'Enter' && constant?.kind === 'flag' && constant.value) listUnder(constants, frameOf(node), node);
  }
  const made = { switches, constants };
  indices.set(nodes, made);
  return made;
};
const frameOf = (enter: TfNode): string => { const name = enter.attributes.get('frame_name'); return name?.kind === 'text' ? name.value : ''; };

/**
 * The loop that an Exit leaves, and which of its values it hands out; undefined where the frame is not built as TensorFlow's
 * while_loop builds it. Both functions are made of the graph's own nodes and list none; the loop's values are their
 * arguments, by the names that the nodes of the frame read them by.
 */
export const framedLoop = (nodes: ReadonlyMap<string, TfNode>, exit: TfNode): { readonly loop: Loop; readonly output: number } | undefined => {
  const find = (name: string | undefined, operator: string): TfNode | undefined => {
    const node = nodes.get(baseOf(name ?? ''));
    return node?.operator === operator ? node : undefined;
  };
  const left = find(exit.inputs[0], 'Switch'), test = find(left?.inputs[1], 'LoopCond');
  if (!left || !test) return undefined;
  const index = indexOf(nodes), values = (index.switches.get(test.name) ?? []).flatMap((leaves) => {
    const merge = find(leaves.inputs[0], 'Merge'), sources = merge ? dataInputs(merge) : [];
    const enter = sources.map((name) => find(name, 'Enter')).find((node) => node !== undefined),
      next = sources.map((name) => find(name, 'NextIteration')).find((node) => node !== undefined);
    return merge && enter && next ? [{ leaves, merge, enter, next }] : [];
  });
  const output = values.findIndex(({ leaves }) => leaves === left), frame = frameOf(values[output]?.enter ?? exit);
  if (output < 0 || values.length !== index.switches.get(test.name)!.length || values.some(({ enter }) => frameOf(enter) !== frame)) return undefined;
  const constants = index.constants.get(frame) ?? [], kept = constants.map(({ name }) => name);
  const one = (name: string, inputs: readonly string[], returns: readonly (readonly [string, string])[]): TfFunction => ({
    name,
    inputs: [...inputs, ...kept],
    outputs: returns.map(([result]) => result),
    returns: new Map(returns),
    nodes: [],
  });
  return {
    output,
    loop: {
      inputs: [...values.map(({ enter }) => enter.inputs[0] ?? ''), ...constants.map(({ inputs }) => inputs[0] ?? '')],
      condition: one(
        test.name,
        values.map(({ merge }) => merge.name),
        [['condition', test.inputs[0] ?? '']],
      ),
      body: one(
        test.name,
        values.map(({ leaves }) => `${leaves.name}:1`),
        [...values.map(({ next }, i) => [`value${i}`, next.inputs[0] ?? ''] as const), ...kept.map((name) => [name, name] as const)],
      ),
    },
  };
};
