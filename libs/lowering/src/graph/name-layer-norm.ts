/**
 * A layer normalisation that is spelled out in means, squares and roots becomes the one operator of that name, so that it is
 * one kernel and not five passes over memory. Two spellings are known: the centred tensor over its deviation (ONNX, PyTorch,
 * MXNet), and x * k + (shift - mean * k) with k the inverse deviation times a scale (TensorFlow's batch_normalization, as
 * Keras calls it). What scales and shifts behind it stays elementwise and is fused later. Only along the last axes; means
 * over whole images have spaces of their own.
 */
import { isFloat, type Graph, type GraphNode } from '@loopsmith/ir';
import { counted } from '../operators/axes.js';
import { integersOf, numberOf, producersOf, rewriteNodes } from './edit.js';
import { both, either, patternsIn, tensor, where, type Pattern } from './match.js';

/** (x - mean) / sqrt(mean of its square + epsilon) over axes, and what it is multiplied by and added to. */
interface Normal { readonly x: string; readonly axes: readonly number[]; readonly epsilon: number; readonly scale: string | undefined; readonly shift: string | undefined }

export const nameLayerNorm = (graph: Graph): Graph => {
  const { tensors } = graph, producers = producersOf(graph), made = patternsIn(producers);
  const valueOf = (name: string): number | undefined => numberOf(tensors, name);

  /** The trailing axes over which a node is a mean, where they stay with extent 1. */
  const axesOf = (mean: string): readonly number[] | undefined => {
    const node = producers.get(mean)!, x = tensors.get(node.inputs[0]!);
    if (!x || node.attributes['keepDims'] === false) return undefined;
    const rank = x.shape.length, given = integersOf(node, 'axes') ?? [];
    const axes = given.length > 0 ? given.map((axis) => counted(axis, rank)).toSorted((a, b) => a - b) : x.shape.map((_, axis) => axis);
    return axes.every((axis, i) => axis === rank - axes.length + i) && (rank < 4 || axes.length === 1) ? axes : undefined;
  };
  const mean = (name: string, of: Pattern): Pattern => both(tensor(name), made('reduceMean', of), where((found) => axesOf(found) !== undefined));

  const centred = made('subtract', tensor('x'), tensor('mean')), squared = both(tensor('centred'), centred);
  const square = either(made('multiply', squared, squared), made('power', squared, where((name) => valueOf(name) === 2)));
  const epsilon = both(tensor('epsilon'), where((name) => valueOf(name) !== undefined));
  const deviation = made('sqrt', made('add', mean('variance', square), epsilon)), inverse = made('reciprocal', deviation);
  /** The centred tensor over its deviation, or times its inverse. */
  const plain = either(made('divide', centred, deviation), made('multiply', centred, inverse));
  /** x * k + (shift - mean * k), k being the inverse deviation, or a product of it and a scale. */
  const k = both(tensor('k'), either(inverse, made('multiply', inverse, tensor('scale'))));
  const shifted = made('add', made('multiply', tensor('x'), k), made('subtract', tensor('shift'), made('multiply', tensor('mean'), tensor('k'))));

  const normalOf = (name: string): Normal | undefined => {
    for (const found of [...plain(name, {}), ...shifted(name, {})]) {
      const [whole] = mean('mean', tensor('x'))(found['mean']!, found), axes = whole && axesOf(whole['mean']!);
      if (axes && axes.join() === axesOf(found['variance']!)!.join())
        return { x: found['x']!, axes, epsilon: valueOf(found['epsilon']!)!, scale: found['scale'], shift: found['shift'] };
    }
    return undefined;
  };

  return rewriteNodes(graph, (node, added): readonly GraphNode[] | undefined => {
    const output = tensors.get(node.outputs[0]!)!, normal = isFloat(output.dtype) ? normalOf(output.name) : undefined;
    if (!normal || tensors.get(normal.x)!.shape.join() !== output.shape.join()) return undefined;
    const { x, axes, epsilon, scale, shift } = normal;
    const named = (name: string, result: string): GraphNode => ({ name, operator: 'layerNormalization', attributes: { axes, epsilon }, inputs: [x], outputs: [result] });
    if (shift === undefined) return [named(node.name, output.name)];
    /** A node in between, and a tensor like the output for what it makes. */
    const between = (suffix: string): readonly [node: string, tensor: string] => [added.nodeName(`${node.name}.${suffix}`), added.tensor(`${output.name}.${suffix}`, output)];
    const [normalName, unscaled] = between('normal'), nodes = [named(normalName, unscaled)];
    let scaled = unscaled;
    if (scale !== undefined) {
      const [name, made] = between('scaled');
      nodes.push({ name, operator: 'multiply', attributes: {}, inputs: [unscaled, scale], outputs: [made] });
      scaled = made;
    }
    return [...nodes, { name: node.name, operator: 'add', attributes: {}, inputs: [scaled, shift], outputs: node.outputs }];
  });
};
