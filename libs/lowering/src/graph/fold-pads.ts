/**
 * Zeros around an image become the padding of the window that reads them: a convolution takes any, an average those that it counts,
 * a maximum those around values that are never negative. Exporters of Keras and PyTorch write such paddings as nodes; each would be
 * a copy of the whole image. Looks through one transposition, which then moves the image without its border.
 */
import type { Graph, GraphNode } from '@loopsmith/ir';
import { convolves, integersOf, producersOf, rewriteNodes, type Additions } from './edit.js';

/** Zeros before and behind every axis of what a window reads, whose own border is none of it. */
interface Border {
  /** The tensor without them, in its own order of axes; a transposition turns it into that of the window. */
  readonly of: string;
  readonly transposition: GraphNode | undefined;
  readonly before: readonly number[];
  readonly after: readonly number[];
}
/** The pads of a window, begins of its spatial axes and then ends: as the node has them, and with the border among them. */
interface Padding { readonly kernel: readonly number[]; readonly own: readonly number[]; readonly whole: readonly number[] }

/** What is at least 0 whatever it is given. */
const neverNegative: ReadonlySet<string> = new Set(['relu', 'sigmoid', 'hardSigmoid', 'absolute', 'exp', 'softplus']);
const isNeverNegative = (node: GraphNode | undefined): boolean => {
  const least = node?.attributes['min'];
  return node !== undefined && (neverNegative.has(node.operator) || (node.operator === 'clip' && typeof least === 'number' && least >= 0));
};

export const foldPads = (graph: Graph): Graph => {
  const { tensors } = graph, producers = producersOf(graph);

  /** The border of what a node reads first, where a pad of zeros added it, at most a transposition before. */
  const borderBehind = (node: GraphNode): Border | undefined => {
    const maker = producers.get(node.inputs[0]!), transposition = maker?.operator === 'transpose' ? maker : undefined;
    const pad = transposition ? producers.get(transposition.inputs[0]!) : maker, pads = pad?.operator === 'pad' ? integersOf(pad, 'pads') : undefined;
    if (
      !pad ||
      !pads ||
      (pad.attributes['value'] ?? 0) !== 0 ||
      (pad.attributes['mode'] ?? 'constant') !== 'constant' ||
      pads.some((each) => each < 0) ||
      tensors.get(pad.inputs[0]!)?.data
    )
      return undefined;
    const rank = pads.length / 2, order = transposition ? integersOf(transposition, 'permutation') : Array.from({ length: rank }, (_, axis) => axis);
    return order && { of: pad.inputs[0]!, transposition, before: order.map((axis) => pads[axis]!), after: order.map((axis) => pads[rank + axis]!) };
  };

  const paddingOf = (node: GraphNode, { before, after }: Border): Padding => {
    const kernel = convolves(node) ? tensors.get(node.inputs[1]!)!.shape.slice(2) : (integersOf(node, 'kernel') ?? []),
      own = integersOf(node, 'pads') ?? kernel.flatMap(() => [0, 0]);
    return { kernel, own, whole: [...before.slice(2), ...after.slice(2)].map((pad, i) => own[i]! + pad) };
  };

  /** The node with the border as padding of its own, behind the transposition of what is left. */
  const withPadding = (node: GraphNode, { of, transposition, before, after }: Border, pads: readonly number[], added: Additions): readonly GraphNode[] => {
    const padded = (input: string): GraphNode => ({
      ...node,
      inputs: [input, ...node.inputs.slice(1)],
      attributes: { ...node.attributes, pads, ...(node.operator === 'averagePool' ? { countIncludePad: true } : {}) },
    });
    if (!transposition) return [padded(of)];
    const { name, dtype, shape } = tensors.get(node.inputs[0]!)!;
    const turned = added.tensor(`${name}.unpadded`, { dtype, shape: shape.map((extent, axis) => extent - before[axis]! - after[axis]!) });
    return [{ ...transposition, name: added.nodeName(`${transposition.name}.unpadded`), inputs: [of], outputs: [turned] }, padded(turned)];
  };

  return rewriteNodes(graph, (node, added) => {
    const border = takes(node) ? borderBehind(node) : undefined;
    if (!border || [...border.before.slice(0, 2), ...border.after.slice(0, 2)].some((pad) => pad !== 0)) return undefined;
    const padding = paddingOf(node, border);
    const may = convolves(node) || (node.operator === 'maxPool' ? maximumMayTake(node, padding, producers.get(border.of)) : averageMayTake(node, padding));
    return may ? withPadding(node, border, padding.whole, added) : undefined;
  });
};

/** Convolutions, and pools whose last windows do not reach past their padding. */
const takes = (node: GraphNode): boolean => convolves(node) || ((node.operator === 'maxPool' || node.operator === 'averagePool') && node.attributes['ceilMode'] !== true);

/**
 * A maximum pads with the least value: that is as good as zero where nothing is below zero, it has no padding of its own, and every window, its taps
 * side by side, has an element besides the border.
 */
const maximumMayTake = (node: GraphNode, { kernel, own, whole }: Padding, image: GraphNode | undefined): boolean =>
  isNeverNegative(image) &&
  own.every((pad) => pad === 0) &&
  whole.every((pad, i) => pad < kernel[i % kernel.length]!) &&
  (integersOf(node, 'dilations') ?? []).every((step) => step === 1);

/** An average that leaves its own padding out of the count cannot count the border. */
const averageMayTake = (node: GraphNode, { own }: Padding): boolean => node.attributes['countIncludePad'] === true || own.every((pad) => pad === 0);
