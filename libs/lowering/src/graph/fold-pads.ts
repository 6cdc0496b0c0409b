/**
 * Zeros around an image become the padding of the window that reads them: a convolution takes any, an average those that it counts,
 * a maximum those around values that are never negative. Exporters of Keras and PyTorch write such paddings as nodes; each would be
 * a copy of the whole image. Looks through one transposition, which then moves the image without its border.
 */
import type { Graph, GraphNode, GraphTensor } from '@loopsmith/ir';
import { freshName, producersOf } from './edit.js';

/** What is at least 0 whatever it is given. */
const neverNegative: ReadonlySet<string> = new Set(['relu', 'sigmoid', 'hardSigmoid', 'absolute', 'exp', 'softplus']);

export const foldPads = (graph: Graph): Graph => {
  const producers = producersOf(graph), tensors = new Map(graph.tensors), names = new Set(graph.nodes.map(({ name }) => name));

  /** The border that a node adds: before and behind every axis, zeros. */
  const borderOf = (node: GraphNode | undefined): { readonly of: string; readonly before: readonly number[]; readonly after: readonly number[] } | undefined => {
    const pads = node?.operator === 'pad' ? integersOf(node, 'pads') : undefined, value = node?.attributes['value'] ?? 0, mode = node?.attributes['mode'] ?? 'constant';
    if (!node || !pads || value !== 0 || mode !== 'constant' || pads.some((pad) => pad < 0) || tensors.get(node.inputs[0]!)?.data) return undefined;
    return { of: node.inputs[0]!, before: pads.slice(0, pads.length / 2), after: pads.slice(pads.length / 2) };
  };
  const atLeastZero = (name: string): boolean => { const node = producers.get(name), least = node?.attributes['min']; return node !== undefined && (neverNegative.has(node.operator) || (node.operator === 'clip' && typeof least === 'number' && least >= 0)); };

  const nodes = graph.nodes.flatMap((node): readonly GraphNode[] => {
    const convolves = /^conv[123]d$/.test(node.operator), pools = node.operator === 'maxPool' && node.attributes['ceilMode'] !== true, averages = node.operator === 'averagePool' && node.attributes['ceilMode'] !== true;
    if (!convolves && !pools && !averages) return [node];
    const x = node.inputs[0]!, maker = producers.get(x), turn = maker?.operator === 'transpose' ? integersOf(maker, 'permutation') : undefined, border = borderOf(turn ? producers.get(maker!.inputs[0]!) : maker);
    if (!border) return [node];
    const order = turn ?? border.before.map((_, axis) => axis), before = order.map((axis) => border.before[axis]!), after = order.map((axis) => border.after[axis]!), { shape } = tensors.get(x)!;
    const kernel = convolves ? tensors.get(node.inputs[1]!)!.shape.slice(2) : integersOf(node, 'kernel') ?? [], given = integersOf(node, 'pads') ?? kernel.flatMap(() => [0, 0]);
    const pads = [...kernel.map((_, i) => given[i]! + before[i + 2]!), ...kernel.map((_, i) => given[kernel.length + i]! + after[i + 2]!)];
    if ([...before.slice(0, 2), ...after.slice(0, 2)].some((pad) => pad !== 0)) return [node];
    // a window that lies in the border alone has no maximum
    if (pools && (!atLeastZero(border.of) || given.some((pad) => pad !== 0) || pads.some((pad, i) => pad >= kernel[i % kernel.length]!) || integersOf(node, 'dilations')?.some((step) => step !== 1))) return [node];
    // an average that leaves its own padding out of the count cannot count this one
    if (averages && node.attributes['countIncludePad'] !== true && given.some((pad) => pad !== 0)) return [node];
    const padded = (input: string): GraphNode => ({ ...node, inputs: [input, ...node.inputs.slice(1)], attributes: { ...node.attributes, pads, ...(averages ? { countIncludePad: true } : {}) } });
    if (!turn) return [padded(border.of)];
    const turned = freshName(tensors, `${x}.unpadded`), called = freshName(names, `${maker!.name}.unpadded`);
    names.add(called);
    tensors.set(turned, { name: turned, dtype: tensors.get(x)!.dtype, shape: shape.map((extent, axis) => extent - before[axis]! - after[axis]!) } satisfies GraphTensor);
    return [{ ...maker!, name: called, inputs: [border.of], outputs: [turned] }, padded(turned)];
  });
  return { ...graph, nodes, tensors };
};

const integersOf = (node: GraphNode, attribute: string): readonly number[] | undefined => { const value = node.attributes[attribute]; return Array.isArray(value) ? value as readonly number[] : undefined; };
