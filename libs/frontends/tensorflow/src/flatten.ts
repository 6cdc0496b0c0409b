/**
 * A graph with functions to a flat list of nodes in the order in which they can run: calls are replaced by what the function
 * holds, branches whose condition is a constant by the branch that is taken, loops whose number of turns is known by their
 * turns, one behind the other. What decides at run time stays a node and is refused later by name.
 */
import { refuseImport, type SourceNode } from '@loopsmith/frontend-shared';
import type { TfAttribute, TfGraph, TfNode } from '@loopsmith/tensorflow-file';
import { framesOf, keyOf, type Frame, type Place } from './frames.js';
import { baseOf, dataInputs } from './loops.js';
import { resolver } from './resolve.js';

/** Inputs and outputs are flat tensor names: `scope/node`, or `scope/node:1` for an output other than the first. */
export interface FlatNode extends SourceNode { readonly attributes: ReadonlyMap<string, TfAttribute> }

export interface Flattener {
  /** The output that a name of the main graph stands for, as `node`, `node:1`. */
  resolve(name: string): Place;
  /** What an input of a node of a frame stands for. */
  input(place: Place, position: number): Place;
  /** The flat name of an output, which no other has. */
  nameOf(place: Place): string;
  /** Outputs whose number a branch or a loop asked for, and of which only the shapes of the model's inputs can tell: flat names by key. */
  asked(): ReadonlyMap<string, string>;
  /** Whether the main graph has a node of this name. */
  has(node: string): boolean;
  /** Every node that runs when a node of the main graph does: what it waits for, and the whole of every function that is called. */
  effectsOf(node: string): readonly Place[];
  /** Every node that the places need; what is behind a tensor of `stops` is left out. A circle is left in and refused by its operators. */
  flatten(roots: readonly Place[], stops: ReadonlySet<string>): readonly FlatNode[];
}

/** A bound that no real model comes near. */
const mostNodes = 500_000;
/** Of all nodes: each that is read may say that thousands stand before it. */
const mostOutputs = 2 ** 20;

/** `known`: numbers by key of the output, which the graph alone does not say. */
export const flattener = ({ nodes, functions }: TfGraph, known: ReadonlyMap<string, number> = new Map()): Flattener => {
  const frames = framesOf(nodes), { main } = frames, { resolve, called, asked } = resolver(frames, functions, known);
  const nameOf = ({ frame, node, position }: Place): string => `${frames.nameOf(frame, node)}${position === 0 ? '' : `:${position}`}`;

  const effectsOf = (name: string): readonly Place[] => {
    const first = main.nodes.get(name), found: Place[] = [], rest: (readonly [Frame, TfNode])[] = first ? [[main, first]] : [], seen = new Set<string>();
    for (let next = rest.pop(); next; next = rest.pop()) {
      const [frame, node] = next, key = keyOf(frame, node.name);
      if (seen.has(key)) continue;
      seen.add(key);
      const inner = called(frame, node);
      if (inner) {
        for (const each of inner.nodes.values()) rest.push([inner, each]);
        continue;
      }
      found.push({ frame, node, position: 0 });
      if (frame.call) continue;
      for (const input of node.inputs) {
        const before = frame.nodes.get(baseOf(input));
        if (before) rest.push([frame, before]);
      }
    }
    return found;
  };

  const flatten = (roots: readonly Place[], stops: ReadonlySet<string>): readonly FlatNode[] => {
    /** By key, every node that was met, with the names of those of its outputs that are read. */
    const met = new Map<string, Map<number, string>>(), order: { readonly node: FlatNode; readonly outputs: ReadonlyMap<number, string> }[] = [];
    const stack: { readonly place: Place; readonly outputs: ReadonlyMap<number, string>; readonly inputs: readonly Place[]; next: number }[] = [];
    const visit = (place: Place): void => {
      const key = keyOf(place.frame, place.node.name), before = met.get(key), outputs = before ?? new Map<number, string>();
      outputs.set(place.position, nameOf(place));
      if (before) return;
      met.set(key, outputs);
      if (met.size > mostNodes) refuseImport('model-invalid', `written out, the model has more than ${mostNodes} nodes; Loopsmith takes at most so many`);
      stack.push({ place, outputs, inputs: stops.has(nameOf(place)) ? [] : dataInputs(place.node).map((input) => resolve(place.frame, input)), next: 0 });
    };
    for (const root of roots) {
      visit(root);
      for (let top = stack.at(-1); top; top = stack.at(-1)) {
        const input = top.inputs[top.next++];
        if (input) { visit(input); continue; }
        stack.pop();
        const { frame, node } = top.place;
        order.push({
          node: {
            name: frames.nameOf(frame, node),
            operator: node.operator,
            attributes: node.attributes,
            inputs: top.inputs.map(nameOf),
            outputs: [],
          },
          outputs: top.outputs,
        });
      }
    }
    const counts = order.map(({ outputs }) => [...outputs.keys()].reduce((most, at) => Math.max(most, at), -1) + 1), all = counts.reduce((sum, count) => sum + count, 0);
    if (all > mostOutputs)
      return refuseImport('model-invalid', `the model reads its nodes as if they had ${all} outputs; at most ${mostOutputs} are taken, so export it again`);
    return order.map(({ node, outputs }, i) => ({ ...node, outputs: Array.from({ length: counts[i]! }, (_, position) => outputs.get(position) ?? '') }));
  };

  return {
    resolve: (name) => resolve(main, name),
    input: ({ frame, node }, position) =>
      resolve(
        frame,
        dataInputs(node)[position] ?? refuseImport('model-invalid', `${node.operator} "${frame.prefix}${node.name}" has no input ${position}`),
      ),
    asked: () => new Map([...asked()].map(([key, place]) => [key, nameOf(place)])),
    nameOf,
    has: (name) => main.nodes.has(name),
    effectsOf,
    flatten,
  };
};
