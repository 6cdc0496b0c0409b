/**
 * A graph while it is written again with tensors in other orders of axes than it means: which tensor stands for which, and the
 * transpositions and reshapes that make an order, each made once. Which operator is computed in which order is for `move-transposes` to say.
 */
import type { Graph, GraphNode, GraphTensor } from '@loopsmith/ir';
import { unwrap } from '@loopsmith/util';
import { operatorOf } from '../operators/operators.js';
import { freshName, takeName } from './edit.js';

/** Axis i is axis `permutation[i]` of the tensor `base`. */
export interface View { readonly base: string; readonly permutation: readonly number[] }
/** A node with operands and attributes in another order, in which it makes its output: the graph's own order is a view of that by `permutation`. */
export interface TurnedNode { readonly inputs: readonly string[]; readonly attributes: GraphNode['attributes']; readonly permutation: readonly number[] }

const isIdentity = (permutation: readonly number[]): boolean => permutation.every((axis, i) => axis === i);
export const inverse = (permutation: readonly number[]): readonly number[] => permutation.map((_, axis) => permutation.indexOf(axis));

/** Whether a permutation leaves elements in place: it moves only axes of extent 1. */
export const keepsOrder = (shape: readonly number[], permutation: readonly number[]): boolean => {
  const long = permutation.filter((axis) => shape[axis] !== 1);
  return long.every((axis, i) => i === 0 || axis > long[i - 1]!);
};

export class TurnedGraph {
  readonly #graph: Graph;
  readonly #tensors: Map<string, GraphTensor>;
  readonly #nodes: GraphNode[] = [];
  readonly #nodeNames: Set<string>;
  /** Tensors of the graph that are made in another order, or under another name. */
  readonly #views = new Map<string, View>();
  /** Transpositions and reshapes made here, by what they make of what. */
  readonly #made = new Map<string, string>();
  /** What a reshape made here was made of: one reshape does for two in a row. */
  readonly #sources = new Map<string, string>();
  readonly #taken = { has: (name: string): boolean => this.#tensors.has(name) || this.#graph.tensors.has(name) };

  /** Holds the inputs and constants; the nodes come one by one, each after those that make its operands. */
  constructor(graph: Graph) {
    this.#graph = graph;
    this.#tensors = new Map([...graph.tensors].filter(([name, { data }]) => data || graph.inputs.includes(name)));
    this.#nodeNames = new Set(graph.nodes.map((node) => node.name));
  }

  /** Of a tensor as it is made here. */
  shapeOf(name: string): readonly number[] { return this.#tensors.get(name)!.shape; }
  isConstant(name: string): boolean { return this.#tensors.get(name)?.data !== undefined; }
  viewOf(name: string): View { return this.#views.get(name) ?? { base: name, permutation: this.shapeOf(name).map((_, axis) => axis) }; }
  /** The view of a tensor that is made in another order than the graph's, undefined for the others. */
  turnedView(name: string): View | undefined {
    const view = this.#views.get(name);
    return view && !isIdentity(view.permutation) ? view : undefined;
  }

  /** The node as it stands, over operands in the graph's own order. */
  keep(node: GraphNode): void {
    this.#nodes.push({ ...node, inputs: node.inputs.map((name) => this.#plain(name)) });
    for (const name of node.outputs) if (name !== '') this.#tensors.set(name, this.#graph.tensors.get(name)!);
  }
  /** No node: its output is another tensor, seen otherwise. */
  see(output: string, view: View): void { this.#views.set(output, view); }
  turn(node: GraphNode, { inputs, attributes, permutation }: TurnedNode): void {
    const output = node.outputs[0]!;
    if (isIdentity(permutation)) this.#add({ ...node, inputs, attributes }, output);
    else this.see(output, { base: this.#add({ ...node, inputs, attributes }, freshName(this.#taken, `${output}.base`)), permutation });
  }
  /** What was written. Outputs are made under their own names and in their own order, each once. */
  finish(): Graph {
    for (const name of new Set(this.#graph.outputs)) {
      const view = this.#views.get(name);
      if (view) this.#addOutput(name, view);
    }
    return { ...this.#graph, nodes: this.#nodes, tensors: this.#tensors };
  }

  /** The operand's elements in the order of a base of which `permutation` makes the operator's own order; axes that it does not have are of extent 1. */
  inBaseOrder(name: string, permutation: readonly number[]): string {
    const { base, permutation: own } = this.viewOf(name), rank = permutation.length, missing = rank - own.length;
    const back = inverse(permutation);
    if (missing === 0) return this.#turned(base, back.map((axis) => own[axis]!));
    const whole = this.#plain(name), shape = this.shapeOf(whole), wide = [...Array.from({ length: missing }, () => 1), ...shape], result = back.map((axis) => wide[axis]!);
    const first = result.findIndex((extent) => extent !== 1);
    if (first < 0) return whole;
    return this.reshaped(keepsOrder(wide, back) ? whole : this.#turned(this.reshaped(whole, wide), back), result.slice(first));
  }
  reshaped(name: string, shape: readonly number[]): string {
    const source = this.#sources.get(name) ?? name;
    if (this.shapeOf(source).join() === shape.join()) return source;
    const output = this.#once(`${source} as ${shape.join()}`, () => this.#addNew('reshape', source, { shape }, `${source}.shaped`));
    this.#sources.set(output, source);
    return output;
  }
  #turned(name: string, permutation: readonly number[]): string {
    if (isIdentity(permutation)) return name;
    const shape = this.shapeOf(name);
    if (keepsOrder(shape, permutation)) return this.reshaped(name, permutation.map((axis) => shape[axis]!));
    return this.#once(`${name} by ${permutation.join()}`, () => this.#addNew('transpose', name, { permutation }, `${name}.turned`));
  }
  /** The tensor as the graph means it. */
  #plain(name: string): string {
    if (name === '') return '';
    const { base, permutation } = this.viewOf(name);
    return this.#turned(base, permutation);
  }

  #addOutput(name: string, { base, permutation }: View): void {
    const shape = this.shapeOf(base), called = takeName(this.#nodeNames, `${name}.out`);
    if (isIdentity(permutation)) this.#add({ name: called, operator: 'identity', attributes: {}, inputs: [base] }, name);
    else if (keepsOrder(shape, permutation))
      this.#add({ name: called, operator: 'reshape', attributes: { shape: permutation.map((axis) => shape[axis]!) }, inputs: [this.#sources.get(base) ?? base] }, name);
    else this.#add({ name: called, operator: 'transpose', attributes: { permutation }, inputs: [base] }, name);
  }
  #addNew(operator: string, input: string, attributes: GraphNode['attributes'], wanted: string): string {
    const output = freshName(this.#taken, wanted), name = takeName(this.#nodeNames, output);
    return this.#add({ name, operator, attributes, inputs: [input] }, output);
  }
  /** Adds a node and the tensor that it makes, whose type follows from the operator. */
  #add(node: Omit<GraphNode, 'outputs'>, output: string): string {
    const whole = { ...node, outputs: [output] };
    const [type] = unwrap(operatorOf(whole).infer(whole, node.inputs.map((name) => (name === '' ? undefined : this.#tensors.get(name)))));
    this.#nodes.push(whole);
    this.#tensors.set(output, { name: output, ...type! });
    return output;
  }
  #once(key: string, make: () => string): string {
    const known = this.#made.get(key) ?? make();
    this.#made.set(key, known);
    return known;
  }
}
