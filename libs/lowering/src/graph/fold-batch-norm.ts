/**
 * Folds a batch normalisation into the weights and bias of the convolution or dense layer before it, in double, rounded
 * once. Only where nobody else reads that layer's output and all parameters are known; elsewhere the node is left alone.
 *
 *   scale * (W x + b - mean) / sqrt(variance + epsilon) + shift  =  (f W) x + (f (b - mean) + shift),  f = scale / sqrt(variance + epsilon)
 */
import { fromNumbers, toNumbers, type Graph, type GraphNode, type GraphTensor } from '@loopsmith/ir';
import { addConstant, producersOf, readersOf } from './edit.js';

/** Per channel: Y = factor * X + shift, from the parameters of a batch normalisation; undefined when one is not known. */
export const scaleAndShift = (tensors: ReadonlyMap<string, GraphTensor>, node: GraphNode): { readonly factor: Float64Array; readonly shift: Float64Array } | undefined => {
  const [scale, bias, mean, variance] = node.inputs.slice(1).map((name) => numbersOf(tensors, name));
  if (!scale || !bias || !mean || !variance) return undefined;
  const given = node.attributes['epsilon'], epsilon = typeof given === 'number' ? given : 1e-5;
  const factor = scale.map((value, c) => value / Math.sqrt(variance[c]! + epsilon));
  return { factor, shift: bias.map((value, c) => value - mean[c]! * factor[c]!) };
};

export const foldBatchNorm = (graph: Graph): Graph => {
  const tensors = new Map(graph.tensors), producers = new Map(producersOf(graph)), readers = readersOf(graph);
  const replaced = new Map<GraphNode, GraphNode>(), removed = new Set<GraphNode>();
  for (const node of graph.nodes) {
    if (node.operator !== 'batchNormalization') continue;
    const normal = scaleAndShift(tensors, node), layer = producers.get(node.inputs[0]!);
    if (!normal || !layer || readers.get(node.inputs[0]!) !== 1) continue;
    const folded = foldInto(layer, normal, tensors, node.outputs[0]!);
    if (!folded) continue;
    // the layer stands where it stood and makes the normalisation's output
    for (const [original, now] of replaced) if (now === layer) replaced.set(original, folded);
    if (graph.nodes.includes(layer)) replaced.set(layer, folded);
    producers.set(node.outputs[0]!, folded);
    tensors.delete(node.inputs[0]!);
    removed.add(node);
  }
  return { ...graph, tensors, nodes: graph.nodes.filter((node) => !removed.has(node)).map((node) => replaced.get(node) ?? node) };
};

/** The layer with new weights and bias, its output renamed; undefined when it is no such layer or its parameters are not known. */
const foldInto = (layer: GraphNode, { factor, shift }: { readonly factor: Float64Array; readonly shift: Float64Array }, tensors: Map<string, GraphTensor>, output: string): GraphNode | undefined => {
  const [x, w, b] = layer.inputs, channels = factor.length;
  const isConvolution = /^conv[123]d$/.test(layer.operator);
  if (!isConvolution && layer.operator !== 'dense') return undefined;
  const weights = tensors.get(w ?? ''), scaled = numbersOf(tensors, w ?? ''), bias = b ? numbersOf(tensors, b) : new Float64Array(1);
  if (!weights || !scaled || !bias || (bias.length !== 1 && bias.length !== channels)) return undefined;
  // elements of one output channel that lie together; channels follow one another, round and round
  const run = isConvolution || layer.attributes['transposeB'] === true ? scaled.length / channels : 1;
  for (let i = 0, channel = 0; i < scaled.length; channel = (channel + 1) % channels) for (const end = i + run; i < end; i++) scaled[i]! *= factor[channel]!;
  const given = layer.attributes['beta'], beta = typeof given === 'number' ? given : 1;
  const shifted = shift.map((value, c) => factor[c]! * beta * bias[bias.length === 1 ? 0 : c]! + value);
  const attributes = layer.operator === 'dense' ? { ...layer.attributes, beta: 1 } : layer.attributes;
  return {
    ...layer, attributes, outputs: [output],
    inputs: [x!, addConstant(tensors, `${output}.weight`, fromNumbers(weights.dtype, weights.shape, scaled)), addConstant(tensors, `${output}.bias`, fromNumbers(weights.dtype, [channels], shifted))],
  };
};

/** The value as doubles, the caller's own to change. */
const numbersOf = (tensors: ReadonlyMap<string, GraphTensor>, name: string): Float64Array | undefined => {
  const data = tensors.get(name)?.data;
  return data && toNumbers(data);
};
