/**
 * Moves transpositions towards the outputs and cancels them. A graph whose layers were put in another order of axes (NHWC
 * around operators that are defined over NCHW) has pairs of them everywhere; here every tensor behind one is computed in the
 * order that the layer before it made, and the operators between two layers are turned instead: their axes, pads and
 * constants. What is left stands where an operator or the signature asks for the other order.
 *
 * The graph is changed only where fewer elements are moved afterwards. Transposed constants stay nodes; folding computes them.
 */
import type { Graph, GraphNode, GraphTensor } from '@loopsmith/ir';
import { product, unwrap } from '@loopsmith/util';
import { counted } from '../operators/axes.js';
import { binaryOperators } from '../operators/binary.js';
import { elementwiseOperators } from '../operators/elementwise.js';
import { operatorOf } from '../operators/operators.js';
import { reduceOperators } from '../operators/reduce.js';
import { freshName, integersOf } from './edit.js';

export const moveTransposes = (graph: Graph): Graph => {
  if (movedElements(graph) === 0) return graph;
  const moved = withMovedTransposes(graph);
  return movedElements(moved) < movedElements(graph) ? moved : graph;
};

/** Axis i is axis `permutation[i]` of the tensor `base`. */
interface View { readonly base: string; readonly permutation: readonly number[] }

/** Elements that transpositions put elsewhere at run time. */
const movedElements = (graph: Graph): number => graph.nodes.reduce((sum, node) => {
  if (node.operator !== 'transpose') return sum;
  const { shape, data } = graph.tensors.get(node.inputs[0]!)!;
  return data || keepsOrder(shape, permutationOf(node, shape.length)) ? sum : sum + product(shape);
}, 0);

/** Whether a permutation leaves elements in place: it moves only axes of extent 1. */
const keepsOrder = (shape: readonly number[], permutation: readonly number[]): boolean => {
  const long = permutation.filter((axis) => shape[axis] !== 1);
  return long.every((axis, i) => i === 0 || axis > long[i - 1]!);
};

const permutationOf = (node: GraphNode, rank: number): readonly number[] => integersOf(node, 'permutation') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
const isIdentity = (permutation: readonly number[]): boolean => permutation.every((axis, i) => axis === i);
const inverse = (permutation: readonly number[]): readonly number[] => permutation.map((_, axis) => permutation.indexOf(axis));

const withMovedTransposes = (graph: Graph): Graph => {
  const tensors = new Map<string, GraphTensor>([...graph.tensors].filter(([name, { data }]) => data || graph.inputs.includes(name)));
  const nodes: GraphNode[] = [];
  const names = new Set(graph.nodes.map((node) => node.name));
  /** Names of the graph that are made in another order, or under another name. */
  const views = new Map<string, View>();
  const made = new Map<string, string>();

  const shapeOf = (name: string): readonly number[] => tensors.get(name)!.shape;
  const viewOf = (name: string): View => views.get(name) ?? { base: name, permutation: shapeOf(name).map((_, axis) => axis) };
  const isTurned = (name: string): boolean => { const view = views.get(name); return view !== undefined && !isIdentity(view.permutation); };
  const taken = { has: (name: string) => tensors.has(name) || graph.tensors.has(name) };

  /** Adds a node and the tensor that it makes, whose type follows from the operator. */
  const add = (node: Omit<GraphNode, 'outputs'>, output: string): string => {
    const whole = { ...node, outputs: [output] };
    const [type] = unwrap(operatorOf(whole).infer(whole, node.inputs.map((name) => (name === '' ? undefined : tensors.get(name)))));
    nodes.push(whole);
    tensors.set(output, { name: output, ...type! });
    return output;
  };
  const addNew = (operator: string, input: string, attributes: GraphNode['attributes'], wanted: string): string => {
    const output = freshName(taken, wanted), name = freshName(names, output);
    names.add(name);
    return add({ name, operator, attributes, inputs: [input] }, output);
  };
  /** What a reshape made here was made of: one reshape does for two in a row. */
  const sources = new Map<string, string>();
  const reshaped = (name: string, shape: readonly number[]): string => {
    const source = sources.get(name) ?? name;
    if (shapeOf(source).join() === shape.join()) return source;
    const output = once(`${source} as ${shape.join()}`, () => addNew('reshape', source, { shape }, `${source}.shaped`));
    sources.set(output, source);
    return output;
  };
  const once = (key: string, make: () => string): string => {
    const known = made.get(key) ?? make();
    made.set(key, known);
    return known;
  };
  const turned = (name: string, permutation: readonly number[]): string => {
    if (isIdentity(permutation)) return name;
    if (keepsOrder(shapeOf(name), permutation)) return reshaped(name, permutation.map((axis) => shapeOf(name)[axis]!));
    return once(`${name} by ${permutation.join()}`, () => addNew('transpose', name, { permutation }, `${name}.turned`));
  };
  /** The tensor as the graph means it. */
  const plain = (name: string): string => { if (name === '') return ''; const { base, permutation } = viewOf(name); return turned(base, permutation); };

  /** The operand's elements in the order of a base of which `permutation` makes the operator's own order; axes that it does not have are of extent 1. */
  const inBaseOrder = (name: string, permutation: readonly number[]): string => {
    const { base, permutation: own } = viewOf(name), rank = permutation.length, missing = rank - own.length;
    const back = inverse(permutation);
    if (missing === 0) return turned(base, back.map((axis) => own[axis]!));
    const whole = plain(name), shape = shapeOf(whole), wide = [...Array.from({ length: missing }, () => 1), ...shape], result = back.map((axis) => wide[axis]!);
    const first = result.findIndex((extent) => extent !== 1);
    if (first < 0) return whole;
    return reshaped(keepsOrder(wide, back) ? whole : turned(reshaped(whole, wide), back), result.slice(first));
  };

  /** The order in which an operator over whole operands is best computed: that of the first one that is turned. */
  const orderOf = (inputs: readonly string[]): readonly number[] | undefined => {
    const rank = Math.max(...inputs.map((name) => viewOf(name).permutation.length));
    return inputs.map((name) => ({ name, view: viewOf(name) })).find(({ name, view }) => isTurned(name) && view.permutation.length === rank)?.view.permutation;
  };

  /** The node with its operands and attributes in the base's order, its output being a view by `result`. */
  const replace = (node: GraphNode, inputs: readonly string[], attributes: GraphNode['attributes'], result: readonly number[]): void => {
    const output = node.outputs[0]!;
    if (isIdentity(result)) { add({ ...node, inputs, attributes }, output); return; }
    const base = add({ ...node, inputs, attributes }, freshName(taken, `${output}.base`));
    views.set(output, { base, permutation: result });
  };
  const keep = (node: GraphNode): void => {
    const inputs = node.inputs.map(plain);
    nodes.push({ ...node, inputs });
    for (const name of node.outputs) if (name !== '') tensors.set(name, graph.tensors.get(name)!);
  };

  for (const node of graph.nodes) {
    const [x = ''] = node.inputs, rank = x === '' ? 0 : viewOf(x).permutation.length, { attributes } = node;
    const numbers = (name: string): readonly number[] => integersOf(node, name) ?? [];
    if (node.operator === 'transpose' && !tensors.get(x)?.data) {
      const { base, permutation } = viewOf(x);
      views.set(node.outputs[0]!, { base, permutation: permutationOf(node, rank).map((axis) => permutation[axis]!) });
    } else if (node.operator === 'reshape' && isTurned(x)) {
      const around = movedOnes(shapeOf(viewOf(x).base), viewOf(x).permutation, numbers('shape'));
      if (!around) keep({ ...node });
      else views.set(node.outputs[0]!, { base: reshaped(viewOf(x).base, around.shape), permutation: around.permutation });
    } else if (node.operator in elementwiseOperators && isTurned(x)) {
      const { base, permutation } = viewOf(x);
      replace(node, [base], attributes, permutation);
    } else if (node.operator in binaryOperators) {
      const order = orderOf(node.inputs);
      if (order) replace(node, node.inputs.map((name) => inBaseOrder(name, order)), attributes, order);
      else keep(node);
    } else if (node.operator === 'concat' && orderOf(node.inputs)) {
      const order = orderOf(node.inputs)!, axis = attributes['axis'];
      replace(node, node.inputs.map((name) => inBaseOrder(name, order)), { ...attributes, axis: order[counted(typeof axis === 'number' ? axis : 0, rank)]! }, order);
    } else if (node.operator === 'softmax' && isTurned(x)) {
      const { base, permutation } = viewOf(x), axis = attributes['axis'];
      replace(node, [base], { ...attributes, axis: permutation[counted(typeof axis === 'number' ? axis : -1, rank)]! }, permutation);
    } else if (node.operator === 'pad' && isTurned(x)) {
      const { base, permutation } = viewOf(x), pads = numbers('pads'), back = inverse(permutation);
      replace(node, [base], { ...attributes, pads: [...back.map((axis) => pads[axis]!), ...back.map((axis) => pads[rank + axis]!)] }, permutation);
    } else if (node.operator === 'slice' && isTurned(x)) {
      const { base, permutation } = viewOf(x), axes = integersOf(node, 'axes') ?? numbers('starts').map((_, axis) => axis);
      replace(node, [base], { ...attributes, axes: axes.map((axis) => permutation[counted(axis, rank)]!) }, permutation);
    } else if (node.operator in reduceOperators && isTurned(x)) {
      const { base, permutation } = viewOf(x), given = numbers('axes').map((axis) => counted(axis, rank));
      const axes = (given.length === 0 ? permutation.map((_, axis) => axis) : given), gone = axes.map((axis) => permutation[axis]!);
      const left = permutation.filter((axis) => !gone.includes(axis)), sorted = left.toSorted((a, b) => a - b);
      replace(node, [base], { ...attributes, axes: gone.toSorted((a, b) => a - b) }, attributes['keepDims'] === false ? left.map((axis) => sorted.indexOf(axis)) : permutation);
    } else keep(node);
  }
  // outputs are made under their own names and in their own order, each once
  for (const name of new Set(graph.outputs)) {
    const view = views.get(name);
    if (!view) continue;
    const shape = shapeOf(view.base), called = freshName(names, `${name}.out`);
    names.add(called);
    if (isIdentity(view.permutation)) add({ name: called, operator: 'identity', attributes: {}, inputs: [view.base] }, name);
    else if (keepsOrder(shape, view.permutation))
      add(
        {
          name: called,
          operator: 'reshape',
          attributes: { shape: view.permutation.map((axis) => shape[axis]!) },
          inputs: [sources.get(view.base) ?? view.base],
        },
        name,
      );
    else add({ name: called, operator: 'transpose', attributes: { permutation: view.permutation }, inputs: [view.base] }, name);
  }
  return { ...graph, nodes, tensors };
};

/**
 * A reshape that only adds or takes axes of extent 1, seen from the base: its new shape and the permutation that makes `wanted`
 * of it. undefined where elements of several axes are joined or parted.
 */
const movedOnes = (
  base: readonly number[],
  permutation: readonly number[],
  wanted: readonly number[],
): { readonly shape: readonly number[]; readonly permutation: readonly number[] } | undefined => {
  const long = permutation.filter((axis) => base[axis] !== 1),
    extents = wanted.filter((extent) => extent !== 1);
  if (long.length !== extents.length || long.some((axis, i) => base[axis] !== extents[i])) return undefined;
  // ones first, then the base's axes in their order
  const ones = wanted.length - long.length,
    sorted = long.toSorted((a, b) => a - b);
  let one = 0,
    next = 0;
  return {
    shape: [...Array.from({ length: ones }, () => 1), ...sorted.map((axis) => base[axis]!)],
    permutation: wanted.map((extent) => (extent === 1 ? one++ : ones + sorted.indexOf(long[next++]!))),
  };
};
