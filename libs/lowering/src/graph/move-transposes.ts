/**
 * Moves transpositions towards the outputs and cancels them. A graph whose layers were put in another order of axes (NHWC
 * around operators that are defined over NCHW) has pairs of them everywhere; here every tensor behind one is computed in the
 * order that the layer before it made, and the operators between two layers are turned instead: their axes, pads and
 * constants. What is left stands where an operator or the signature asks for the other order.
 *
 * The graph is changed only where fewer elements are moved afterwards. Transposed constants stay nodes; folding computes them.
 */
import type { Graph, GraphNode } from '@loopsmith/ir';
import { product } from '@loopsmith/util';
import { counted } from '../operators/axes.js';
import { binaryOperators } from '../operators/binary.js';
import { elementwiseOperators } from '../operators/elementwise.js';
import { reduceOperators } from '../operators/reduce.js';
import { integersOf } from './edit.js';
import { inverse, keepsOrder, TurnedGraph, type TurnedNode, type View } from './turned-graph.js';

export const moveTransposes = (graph: Graph): Graph => {
  if (movedElements(graph) === 0) return graph;
  const moved = withMovedTransposes(graph);
  return movedElements(moved) < movedElements(graph) ? moved : graph;
};

/** Elements that transpositions put elsewhere at run time. */
const movedElements = (graph: Graph): number => graph.nodes.reduce((sum, node) => {
  if (node.operator !== 'transpose') return sum;
  const { shape, data } = graph.tensors.get(node.inputs[0]!)!;
  return data || keepsOrder(shape, permutationOf(node, shape.length)) ? sum : sum + product(shape);
}, 0);

const permutationOf = (node: GraphNode, rank: number): readonly number[] => integersOf(node, 'permutation') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);

const withMovedTransposes = (graph: Graph): Graph => {
  const written = new TurnedGraph(graph);
  for (const node of graph.nodes) {
    const seen = seenAs(node, written);
    if (seen) { written.see(node.outputs[0]!, seen); continue; }
    const turned = turnedNode(node, written);
    if (turned) written.turn(node, turned); else written.keep(node);
  }
  return written.finish();
};

/** What a transposition, or a reshape behind one, is a view of; undefined where the node has to be computed. */
const seenAs = (node: GraphNode, written: TurnedGraph): View | undefined => {
  const x = node.inputs[0] ?? '';
  if (node.operator === 'transpose' && !written.isConstant(x)) {
    const { base, permutation } = written.viewOf(x);
    return { base, permutation: permutationOf(node, permutation.length).map((axis) => permutation[axis]!) };
  }
  const view = node.operator === 'reshape' ? written.turnedView(x) : undefined;
  const around = view && movedOnes(written.shapeOf(view.base), view.permutation, integersOf(node, 'shape') ?? []);
  return around && { base: written.reshaped(view.base, around.shape), permutation: around.permutation };
};

/** The node in the order that its operands are made in; undefined where they are in the graph's own, or where it asks for that. */
const turnedNode = (node: GraphNode, written: TurnedGraph): TurnedNode | undefined => {
  if (node.operator in binaryOperators || node.operator === 'concat') {
    const permutation = orderOf(node.inputs, written);
    return permutation && { inputs: node.inputs.map((name) => written.inBaseOrder(name, permutation)), attributes: attributesIn(permutation, node), permutation };
  }
  const view = written.turnedView(node.inputs[0] ?? '');
  if (!view) return undefined;
  const { base, permutation } = view;
  if (node.operator in reduceOperators) return { inputs: [base], ...reducedIn(permutation, node) };
  // one list of places stays along the axis that it is for, wherever that is
  if (node.operator === 'gather' && written.viewOf(node.inputs[1]!).permutation.length === 1)
    return { inputs: [base, node.inputs[1]!], attributes: attributesIn(permutation, node), permutation };
  const computedInAnyOrder = node.operator in elementwiseOperators || ['softmax', 'pad', 'slice', 'repeat'].includes(node.operator);
  return computedInAnyOrder ? { inputs: [base], attributes: attributesIn(permutation, node), permutation } : undefined;
};

/** The order in which an operator over whole operands is best computed: that of the first one that is turned. */
const orderOf = (inputs: readonly string[], written: TurnedGraph): readonly number[] | undefined => {
  const rank = Math.max(...inputs.map((name) => written.viewOf(name).permutation.length));
  return inputs.map((name) => written.turnedView(name)?.permutation).find((permutation) => permutation?.length === rank);
};

/** A node's attributes with their axes those of the base, of which `permutation` makes the node's own order. */
const attributesIn = (permutation: readonly number[], node: GraphNode): GraphNode['attributes'] => {
  const { attributes } = node, rank = permutation.length;
  const inBase = (axis: number): number => permutation[counted(axis, rank)]!;
  const axisOr = (otherwise: number): number => (typeof attributes['axis'] === 'number' ? attributes['axis'] : otherwise);
  switch (node.operator) {
    case 'concat': case 'repeat': case 'gather': return { ...attributes, axis: inBase(axisOr(0)) };
    case 'softmax': return { ...attributes, axis: inBase(axisOr(-1)) };
    case 'pad': {
      const pads = integersOf(node, 'pads') ?? [], back = inverse(permutation);
      return { ...attributes, pads: [...back.map((axis) => pads[axis]!), ...back.map((axis) => pads[rank + axis]!)] };
    }
    case 'slice': return { ...attributes, axes: (integersOf(node, 'axes') ?? (integersOf(node, 'starts') ?? []).map((_, axis) => axis)).map(inBase) };
    default: return attributes;
  }
};

/** Attributes of a reduction in the base's order, and the order of what it leaves: without the axes that are gone. */
const reducedIn = (permutation: readonly number[], node: GraphNode): Omit<TurnedNode, 'inputs'> => {
  const { attributes } = node, given = (integersOf(node, 'axes') ?? []).map((axis) => counted(axis, permutation.length));
  const gone = (given.length === 0 ? permutation.map((_, axis) => axis) : given).map((axis) => permutation[axis]!);
  const left = permutation.filter((axis) => !gone.includes(axis)), sorted = left.toSorted((a, b) => a - b);
  return { attributes: { ...attributes, axes: gone.toSorted((a, b) => a - b) }, permutation: attributes['keepDims'] === false ? left.map((axis) => sorted.indexOf(axis)) : permutation };
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
