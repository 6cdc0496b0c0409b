/**
 * Folds a batch normalisation into the weights and bias of the convolution or dense layer before it, in double, rounded
 * once; also one that is spelled out as products and sums with constants per channel, and a bias that was added behind the
 * layer. Only where nobody else reads that layer's output and all parameters are known; elsewhere the node is left alone.
 *
 *   scale * (W x + b - mean) / sqrt(variance + epsilon) + shift  =  (f W) x + (f (b - mean) + shift),  f = scale / sqrt(variance + epsilon)
 */
import { dataOnDemand, fromNumbers, isFloat, toNumbers, type Graph, type GraphNode, type GraphTensor, type TensorData } from '@loopsmith/ir';
import { onDemand, product } from '@loopsmith/util';
import { addConstant, convolves, producersOf, readersOf } from './edit.js';

/** Made when a library is built: to look at a network takes no values. */
type Values = () => Float64Array;

/** Per channel: Y = factor * X + shift; a factor of null is 1 everywhere. */
interface Affine { readonly channels: number; readonly factor: Values | null; readonly shift: Values }

/** From the parameters of a batch normalisation; undefined when one is not known. */
export const scaleAndShift = (tensors: ReadonlyMap<string, GraphTensor>, node: GraphNode): { readonly channels: number; readonly factor: Values; readonly shift: Values } | undefined => {
  const [scale, bias, mean, variance] = node.inputs.slice(1).map((name) => tensors.get(name)?.data);
  if (!scale || !bias || !mean || !variance) return undefined;
  const given = node.attributes['epsilon'], epsilon = typeof given === 'number' ? given : 1e-5;
  const factor = onDemand(() => {
    const spread = toNumbers(variance);
    return toNumbers(scale).map((value, c) => value / Math.sqrt(spread[c]! + epsilon));
  });
  return {
    channels: product(scale.shape),
    factor,
    shift: onDemand(() => {
      const center = toNumbers(mean);
      return toNumbers(bias).map((value, c) => value - center[c]! * factor()[c]!);
    }),
  };
};

export const foldBatchNorm = (graph: Graph): Graph => {
  const tensors = new Map(graph.tensors), producers = new Map(producersOf(graph)), readers = readersOf(graph);
  const replaced = new Map<GraphNode, GraphNode>(), removed = new Set<GraphNode>();
  for (const node of graph.nodes) {
    const found = affineOf(tensors, node), layer = found && producers.get(found.x);
    if (!layer || readers.get(found.x) !== 1) continue;
    const folded = foldInto(layer, found.affine, tensors, node.outputs[0]!);
    if (!folded) continue;
    // the layer stands where it stood and makes the normalisation's output
    for (const [original, now] of replaced) if (now === layer) replaced.set(original, folded);
    if (graph.nodes.includes(layer)) replaced.set(layer, folded);
    producers.set(node.outputs[0]!, folded);
    tensors.delete(found.x);
    removed.add(node);
  }
  return { ...graph, tensors, nodes: graph.nodes.filter((node) => !removed.has(node)).map((node) => replaced.get(node) ?? node) };
};

/** What a node computes of its operand x per channel, or undefined when it is nothing of that kind. */
const affineOf = (tensors: ReadonlyMap<string, GraphTensor>, node: GraphNode): { readonly x: string; readonly affine: Affine } | undefined => {
  const [left = '', right = ''] = node.inputs;
  if (node.operator === 'batchNormalization') {
    const affine = scaleAndShift(tensors, node);
    return affine && { x: left, affine };
  }
  if (!['add', 'subtract', 'multiply', 'divide'].includes(node.operator)) return undefined;
  const constantFirst = tensors.get(left)?.data !== undefined, x = constantFirst ? right : left;
  const known = perChannel(tensors.get(x), tensors.get(constantFirst ? left : right));
  if (!known) return undefined;
  const { channels, values } = known, zeros = (): Float64Array => new Float64Array(channels);
  switch (node.operator) {
    case 'add': return { x, affine: { channels, factor: null, shift: values } };
    case 'subtract':
      return { x, affine: constantFirst ? { channels, factor: () => zeros().fill(-1), shift: values } : { channels, factor: null, shift: () => values().map((value) => -value) } };
    case 'multiply': return { x, affine: { channels, factor: values, shift: zeros } };
    default: return constantFirst || values().includes(0) ? undefined : { x, affine: { channels, factor: () => values().map((value) => 1 / value), shift: zeros } };
  }
};

/** The values of a constant that differ along axis 1 of X at most, one per channel; undefined when they differ elsewhere, or are not known. */
const perChannel = (X: GraphTensor | undefined, constant: GraphTensor | undefined): { readonly channels: number; readonly values: Values } | undefined => {
  const data = constant?.data;
  if (!X || !data || X.data || !isFloat(X.dtype) || constant.dtype !== X.dtype || X.shape.length < 2 || constant.shape.length > X.shape.length) return undefined;
  const channels = X.shape[1]!, missing = X.shape.length - constant.shape.length;
  if (constant.shape.some((extent, axis) => extent !== 1 && !(axis + missing === 1 && extent === channels))) return undefined;
  return {
    channels,
    values: onDemand(() => {
      const values = toNumbers(data);
      return values.length === channels ? values : new Float64Array(channels).fill(values[0]!);
    }),
  };
};

/**
 * The layer with new weights and bias, its output renamed; undefined when it is no such layer, its parameters are not known, or its bias differs from
 * row to row (one of a dense layer broadcasts).
 */
const foldInto = (layer: GraphNode, { channels, factor, shift }: Affine, tensors: Map<string, GraphTensor>, output: string): GraphNode | undefined => {
  const [x, w = '', b] = layer.inputs;
  const isConvolution = convolves(layer);
  if (!isConvolution && layer.operator !== 'dense') return undefined;
  const weights = tensors.get(w), bias = b ? (isConvolution ? ofVector(tensors.get(b)?.data) : perChannel(tensors.get(layer.outputs[0]!), tensors.get(b))) : null;
  if (!weights?.data || (bias !== null && bias?.channels !== channels)) return undefined;
  const given = layer.attributes['beta'], beta = typeof given === 'number' ? given : 1;
  const shifted = dataOnDemand(weights.dtype, [channels], () => {
    const before = bias?.values() ?? new Float64Array(channels), factors = factor?.();
    return fromNumbers(weights.dtype, [channels], shift().map((value, c) => (factors?.[c] ?? 1) * beta * before[c]! + value)).values;
  });
  // elements of one output channel that lie together
  const run = isConvolution || layer.attributes['transposeB'] === true ? product(weights.data.shape) / channels : 1;
  return {
    ...layer,
    outputs: [output],
    attributes: layer.operator === 'dense' ? { ...layer.attributes, beta: 1 } : layer.attributes,
    inputs: [
      x!,
      factor ? addConstant(tensors, `${output}.weight`, scaledBy(weights.data, factor, run)) : w,
      addConstant(tensors, `${output}.bias`, shifted),
    ],
  };
};

/** Channels follow one another in runs, round and round. */
const scaledBy = (weights: TensorData, factor: Values, run: number): TensorData => dataOnDemand(weights.dtype, weights.shape, () => {
  const scaled = toNumbers(weights), factors = factor(), channels = factors.length;
  for (let i = 0, channel = 0; i < scaled.length; channel = (channel + 1) % channels) for (const end = i + run; i < end; i++) scaled[i]! *= factors[channel]!;
  return fromNumbers(weights.dtype, weights.shape, scaled).values;
});

const ofVector = (data: TensorData | undefined): { readonly channels: number; readonly values: Values } | undefined =>
  data && { channels: product(data.shape), values: () => toNumbers(data) };
