/**
 * A layer normalisation that is spelled out in means, squares and roots becomes the one operator of that name, so that it is
 * one kernel and not five passes over memory. Two spellings are known: the centred tensor over its deviation (ONNX, PyTorch,
 * MXNet), and x * k + (shift - mean * k) with k the inverse deviation times a scale (TensorFlow's batch_normalization, as
 * Keras calls it). What scales and shifts behind it stays elementwise and is fused later. Only along the last axes; means
 * over whole images have spaces of their own.
 */
import { isFloat, toNumbers, type Graph, type GraphNode, type GraphTensor } from '@loopsmith/ir';
import { freshName, producersOf } from './edit.js';

/** (x - mean) / sqrt(mean of its square + epsilon) over axes. */
interface Deviation { readonly x: string; readonly mean: string; readonly axes: readonly number[]; readonly epsilon: number }

export const nameLayerNorm = (graph: Graph): Graph => {
  const producers = producersOf(graph), tensors = new Map(graph.tensors), names = new Set(graph.nodes.map(({ name }) => name));
  const madeBy = (name: string | undefined, operator: string): GraphNode | undefined => { const node = producers.get(name ?? ''); return node?.operator === operator ? node : undefined; };
  const numberOf = (name: string | undefined): number | undefined => { const data = tensors.get(name ?? '')?.data; return data?.shape.every((extent) => extent === 1) ? toNumbers(data)[0] : undefined; };
  /** The operands of a commutative node, either way round. */
  const eitherWay = (node: GraphNode | undefined): readonly (readonly [string, string])[] => (node ? [[node.inputs[0]!, node.inputs[1]!], [node.inputs[1]!, node.inputs[0]!]] : []);

  /** What a node is the mean of, over trailing axes that stay with extent 1. */
  const meanOf = (name: string): { readonly of: string; readonly axes: readonly number[] } | undefined => {
    const node = madeBy(name, 'reduceMean'), x = node && tensors.get(node.inputs[0]!);
    if (!node || !x || node.attributes['keepDims'] === false) return undefined;
    const rank = x.shape.length, given = node.attributes['axes'], all = x.shape.map((_, axis) => axis);
    const axes = isIntegers(given) && given.length > 0 ? given.map((axis) => (axis < 0 ? axis + rank : axis)).toSorted((a, b) => a - b) : all;
    return axes.every((axis, i) => axis === rank - axes.length + i) && (rank < 4 || axes.length === 1) ? { of: node.inputs[0]!, axes } : undefined;
  };
  /** What is squared: a product with itself, or a second power. */
  const squareRoot = (name: string): string | undefined => {
    const product = madeBy(name, 'multiply'), power = madeBy(name, 'power');
    if (product && product.inputs[0] === product.inputs[1]) return product.inputs[0];
    return power && numberOf(power.inputs[1]) === 2 ? power.inputs[0] : undefined;
  };
  /** `name` as sqrt(variance + epsilon). */
  const deviationOf = (name: string | undefined): Deviation | undefined => {
    for (const [variance, other] of eitherWay(madeBy(madeBy(name, 'sqrt')?.inputs[0], 'add'))) {
      const epsilon = numberOf(other), square = meanOf(variance), centred = square && madeBy(squareRoot(square.of), 'subtract'), mean = centred && meanOf(centred.inputs[1]!);
      if (epsilon !== undefined && centred && mean && mean.of === centred.inputs[0] && mean.axes.join() === square.axes.join()) return { x: mean.of, mean: centred.inputs[1]!, axes: mean.axes, epsilon };
    }
    return undefined;
  };
  const inverseOf = (name: string | undefined): Deviation | undefined => deviationOf(madeBy(name, 'reciprocal')?.inputs[0]);

  /** (x - mean) over the deviation, or times its inverse. */
  const plain = (node: GraphNode): Deviation | undefined => {
    const isCentred = (name: string, { x, mean }: Deviation): boolean => { const centred = madeBy(name, 'subtract'); return centred?.inputs[0] === x && centred.inputs[1] === mean; };
    if (node.operator === 'divide') {
      const deviation = deviationOf(node.inputs[1]);
      return deviation && isCentred(node.inputs[0]!, deviation) ? deviation : undefined;
    }
    if (node.operator !== 'multiply') return undefined;
    for (const [centred, inverse] of eitherWay(node)) {
      const deviation = inverseOf(inverse);
      if (deviation && isCentred(centred, deviation)) return deviation;
    }
    return undefined;
  };

  /** x * k + (shift - mean * k), k being the inverse deviation, or a product of it and a scale. */
  const shifted = (node: GraphNode): { readonly deviation: Deviation; readonly scale: string | undefined; readonly shift: string } | undefined => {
    if (node.operator !== 'add') return undefined;
    for (const [product, rest] of eitherWay(node)) {
      const difference = madeBy(rest, 'subtract');
      for (const [x, k] of eitherWay(madeBy(product, 'multiply'))) {
        const given = inverseOf(k), scaledWays = given ? [{ deviation: given, scale: undefined }] : eitherWay(madeBy(k, 'multiply')).flatMap(([inverse, scale]) => { const found = inverseOf(inverse); return found ? [{ deviation: found, scale }] : []; });
        for (const { deviation, scale } of scaledWays) {
          if (deviation.x === x && eitherWay(madeBy(difference?.inputs[1], 'multiply')).some(([mean, times]) => mean === deviation.mean && times === k)) return { deviation, scale, shift: difference!.inputs[0]! };
        }
      }
    }
    return undefined;
  };

  const nodes = graph.nodes.flatMap((node): readonly GraphNode[] => {
    const output = tensors.get(node.outputs[0]!)!;
    if (!isFloat(output.dtype)) return [node];
    const named = (by: Deviation, name: string, made: string): GraphNode => ({ name, operator: 'layerNormalization', attributes: { axes: by.axes, epsilon: by.epsilon }, inputs: [by.x], outputs: [made] });
    const sameShape = (name: string): boolean => tensors.get(name)!.shape.join() === output.shape.join();
    const simple = plain(node);
    if (simple && sameShape(simple.x)) return [named(simple, node.name, node.outputs[0]!)];
    const affine = shifted(node);
    if (!affine || !sameShape(affine.deviation.x)) return [node];
    /** A new tensor like the output, made by a new node. */
    const fresh = (suffix: string): { readonly node: string; readonly tensor: string } => {
      const tensor = freshName(tensors, `${output.name}.${suffix}`), called = freshName(names, `${node.name}.${suffix}`);
      tensors.set(tensor, { ...output, name: tensor } satisfies GraphTensor);
      names.add(called);
      return { node: called, tensor };
    };
    const normal = fresh('normal'), product = affine.scale === undefined ? undefined : fresh('scaled');
    return [
      named(affine.deviation, normal.node, normal.tensor),
      ...(product ? [{ name: product.node, operator: 'multiply', attributes: {}, inputs: [normal.tensor, affine.scale!], outputs: [product.tensor] }] : []),
      { name: node.name, operator: 'add', attributes: {}, inputs: [product?.tensor ?? normal.tensor, affine.shift], outputs: node.outputs },
    ];
  });
  return { ...graph, nodes, tensors };
};

const isIntegers = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every((item) => Number.isInteger(item));
