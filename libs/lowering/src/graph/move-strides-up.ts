/**
 * Computes only the pixels that somebody reads. A 1x1 convolution of stride 2 reads every second pixel of every second row;
 * where all readers of a tensor skip the same ones, its maker skips them already: a convolution by a larger stride of its
 * own, an elementwise node by skipping those of its operands (the shortcut of a residual sum, by a slice where others read
 * it whole). ResNet v1 has such a block before every stage.
 */
import { extentOf, loadsOf, outputOf, sameIndex, variable, variablesOf, type Graph, type GraphNode } from '@loopsmith/ir';
import { unwrap } from '@loopsmith/util';
import { operandsOf, operatorOf } from '../operators/operators.js';
import { convolves, integersOf, rewriteNodes } from './edit.js';

/** Steps per spatial axis (those behind batch and channels); null: every element is needed. */
type Steps = readonly number[] | null;

export const moveStridesUp = (graph: Graph): Graph => {
  /** What each reader of a tensor asks for. */
  const asked = new Map<string, Steps[]>(graph.outputs.map((name) => [name, [null]]));
  const ask = (name: string, steps: Steps): void => { asked.set(name, [...(asked.get(name) ?? []), steps]); };
  /** Tensors that will hold every so many elements only. */
  const thinned = new Map<string, readonly number[]>();
  for (const node of graph.nodes.toReversed()) {
    const output = node.outputs[0]!, wanted = agreed(asked.get(output) ?? []), isConvolution = convolves(node);
    const spatial = wanted && !isConvolution ? spatialOperands(graph, node) : undefined;
    const steps = wanted && (isConvolution || spatial) ? wanted : null;
    if (steps) thinned.set(output, steps);
    node.inputs.forEach((name, i) => {
      if (isConvolution) ask(name, i === 0 ? skipped(graph, node, steps) : null);
      else ask(name, steps && spatial?.get(i) === 'whole' ? steps : null);
    });
  }
  return thinned.size === 0 ? graph : rewritten(graph, thinned);
};

/** The steps that all readers ask for, undefined where they differ or one needs everything. */
const agreed = (asked: readonly Steps[]): readonly number[] | undefined => {
  const first = asked[0];
  return first && asked.every((steps) => steps?.join() === first.join()) ? first : undefined;
};

const stridesOf = (node: GraphNode, rank: number): readonly number[] => integersOf(node, 'strides') ?? Array.from({ length: rank }, () => 1);

/** What a convolution of one tap leaves out of its operand, its own output being thinned by `steps`. */
const skipped = (graph: Graph, node: GraphNode, steps: Steps): Steps => {
  const kernel = graph.tensors.get(node.inputs[1]!)!.shape.slice(2), strides = stridesOf(node, kernel.length).map((stride, i) => stride * (steps?.[i] ?? 1));
  const oneTap = kernel.every((extent) => extent === 1) && (integersOf(node, 'pads') ?? []).every((pad) => pad === 0);
  return oneTap && strides.some((stride) => stride > 1) ? strides : null;
};

/**
 * How an elementwise node reads the operands that have spatial axes: `whole`, axis by axis, or `part`, a row that is
 * broadcast. undefined where the node is no such one; a node whose attributes speak of extents is none either.
 */
const spatialOperands = (graph: Graph, node: GraphNode): ReadonlyMap<number, 'whole' | 'part'> | undefined => {
  if (node.outputs.length !== 1 || Object.values(node.attributes).some(Array.isArray)) return undefined;
  const definition = unwrap(operatorOf(node).define(node, operandsOf(graph, node))), output = outputOf(definition);
  if (definition.stages.length !== 1 || output.reduce || output.axes.length < 3) return undefined;
  const axes = output.axes.slice(2), found = new Map<number, 'whole' | 'part'>();
  let pointwise = true;
  for (const { tensor, at } of loadsOf(output.value)) {
    const i = definition.inputs.findIndex(({ name }) => name === tensor), { shape } = definition.inputs[i]!;
    const carries = at.map((index) => axes.findIndex((axis) => variablesOf(index).has(axis.name)));
    carries.forEach((axis, d) => { if (axis >= 0 && (!sameIndex(at[d]!, variable(axes[axis]!)) || shape[d] !== extentOf(axes[axis]!))) pointwise = false; });
    if (!carries.some((axis) => axis >= 0)) continue;
    // an operand's position among the node's inputs; absent ones have no place in a definition
    const position = node.inputs.flatMap((name, at_) => (name === '' ? [] : [at_]))[i]!;
    found.set(position, shape.length === output.axes.length && axes.every((axis, a) => extentOf(axis) === 1 || carries[a + 2] === a) ? 'whole' : 'part');
  }
  return pointwise && [...found.values()].includes('whole') && ![...found.values()].includes('part') ? found : undefined;
};

const rewritten = (graph: Graph, thinned: ReadonlyMap<string, readonly number[]>): Graph => {
  const thin = (shape: readonly number[], steps: readonly number[]): readonly number[] => shape.map((extent, axis) => (axis < 2 ? extent : Math.ceil(extent / steps[axis - 2]!)));
  const tensors = new Map([...graph.tensors].map(([name, tensor]) => {
    const steps = thinned.get(name);
    return [name, steps ? { ...tensor, shape: thin(tensor.shape, steps) } : tensor];
  }));
  return rewriteNodes({ ...graph, tensors }, (node, added): readonly GraphNode[] | undefined => {
    const steps = thinned.get(node.outputs[0]!);
    if (convolves(node)) {
      const before = thinned.get(node.inputs[0]!), rank = graph.tensors.get(node.inputs[0]!)!.shape.length - 2;
      if (!steps && !before) return undefined;
      return [{ ...node, attributes: { ...node.attributes, strides: stridesOf(node, rank).map((stride, i) => stride * (steps?.[i] ?? 1) / (before?.[i] ?? 1)) } }];
    }
    if (!steps) return undefined;
    const spatial = spatialOperands(graph, node)!, slices: GraphNode[] = [];
    const inputs = node.inputs.map((name, i) => {
      if (!spatial.has(i) || thinned.has(name)) return name;
      const { dtype, shape } = graph.tensors.get(name)!, made = added.tensor(`${name}.every`, { dtype, shape: thin(shape, steps) }), axes = steps.map((_, axis) => axis + 2);
      slices.push({
        name: added.nodeName(made),
        operator: 'slice',
        attributes: { starts: axes.map(() => 0), ends: axes.map((axis) => shape[axis]!), axes, steps },
        inputs: [name],
        outputs: [made],
      });
      return made;
    });
    return [...slices, { ...node, inputs }];
  });
};
