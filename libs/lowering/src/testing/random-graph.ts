/**
 * Random valid graphs, for checks that what is compiled computes what the definitions say. A graph follows from its choices,
 * and any part of a list of choices gives a graph again, so that one that fails can be shrunk. Decisions by value (masks)
 * come from an integer input alone: a rounding error must not turn one.
 */
import { fromNumbers, type Attribute, type DType, type Graph, type GraphNode, type GraphTensor, type TensorData } from '@loopsmith/ir';
import { product, seededRandom, type Random } from '@loopsmith/util';
import { operandsOf, operators } from '../operators/operators.js';

/** One node: which kind, on which earlier tensors, with which attributes. Any four numbers are a choice. */
export type Choice = readonly [kind: number, first: number, second: number, attributes: number];

export const randomChoices = (random: Random): readonly Choice[] =>
  Array.from({ length: 3 + random.below(7) }, () => [random.below(1 << 16), random.below(1 << 16), random.below(1 << 16), random.below(1 << 16)]);

/** Values for a tensor of a random graph: f32 of size one, integers of -4..4, decided by its name alone. */
export const randomData = (name: string, dtype: DType, shape: readonly number[], size = 1): TensorData => {
  const random = seededRandom(23).fork(name);
  return fromNumbers(dtype, shape, Float64Array.from({ length: product(shape) }, () => (dtype === 'f32' ? Math.fround((2 * random.next() - 1) * size) : random.below(9) - 4)));
};

const largestTensor = 6000;

interface Draft { readonly tensors: Map<string, GraphTensor>; readonly nodes: GraphNode[] }

/** A tensor known when the library is built. */
const known = (draft: Draft, shape: readonly number[], size = 1, dtype: DType = 'f32'): string => {
  const name = `k${draft.tensors.size}`;
  draft.tensors.set(name, { name, dtype, shape, data: randomData(name, dtype, shape, size) });
  return name;
};
/** Adds a node; undefined, with nothing added, where its operator refuses the operands or makes too much. */
const add = (draft: Draft, operator: string, inputs: readonly (string | undefined)[], attributes: Readonly<Record<string, Attribute>> = {}): string | undefined => {
  const read = inputs.filter((name) => name !== undefined);
  if (read.length < inputs.length) return undefined;
  const name = `t${draft.tensors.size}`, node: GraphNode = { name, operator, attributes, inputs: read, outputs: [name] };
  const types = operators.get(operator)!.infer(node, operandsOf({ name: '', inputs: [], outputs: [], ...draft }, node));
  if (!types.ok || product(types.value[0]!.shape) > largestTensor || product(types.value[0]!.shape) === 0) return undefined;
  draft.tensors.set(name, { name, ...types.value[0]! });
  draft.nodes.push(node);
  return name;
};

type Kind = (draft: Draft, x: GraphTensor, z: GraphTensor, a: number) => string | undefined;

const unary = (operator: string, attributes: Readonly<Record<string, Attribute>> = {}): Kind => (draft, x) => (x.dtype === 'f32' ? add(draft, operator, [x.name], attributes) : undefined);
const binary = (operator: string): Kind => (draft, x, z) => add(draft, operator, [x.name, z.name]);
const channelsOf = (x: GraphTensor): number => x.shape[1] ?? 1;
/** Weights of a size that keeps sums of `count` terms at that of their operand. */
const weights = (draft: Draft, shape: readonly number[], count: number): string => known(draft, shape, Math.sqrt(3 / count));
const convolution = (kernel: number, attributes: (a: number) => Readonly<Record<string, Attribute>>, groups: (channels: number) => number = () => 1): Kind => (draft, x, _, a) => {
  if (x.dtype !== 'f32' || x.shape.length !== 4) return undefined;
  const c = channelsOf(x), g = groups(c), k = g === 1 ? [3, 8, 12, 16][a % 4]! : c;
  return add(draft, 'conv2d', [x.name, weights(draft, [k, c / g, kernel, kernel], c / g * kernel * kernel), ...(a % 2 === 0 ? [known(draft, [k], 0.5)] : [])], { groups: g, ...attributes(a) });
};
const stride = (a: number): readonly number[] => [[1, 1], [2, 2], [2, 1]][(a >> 2) % 3]!;
const reduction = (operator: string): Kind => (draft, x, _, a) => add(draft, operator, [x.name], { axes: [a % x.shape.length, ...(a % 3 === 0 && x.shape.length > 1 ? [(a + 1) % x.shape.length] : [])], keepDims: a % 5 !== 0 });

const kinds: readonly Kind[] = [
  convolution(1, (a) => ({ strides: stride(a) })), convolution(1, () => ({ strides: [2, 2] })),
  convolution(3, (a) => ({ pads: [1, 1, 1, 1], strides: stride(a) })), convolution(3, () => ({ pads: [1, 1, 1, 1] })), convolution(3, () => ({ pads: [2, 2, 2, 2], dilations: [2, 2] })),
  convolution(3, (a) => ({ pads: [1, 1, 1, 1], strides: stride(a) }), (c) => c), convolution(1, () => ({}), (c) => (c % 2 === 0 ? 2 : 1)),
  (draft, x, _, a) => add(draft, 'maxPool', [x.name], { kernel: [2, 3], strides: stride(a), pads: [0, 1, 0, 1] }),
  (draft, x, _, a) => (x.dtype === 'f32' ? add(draft, 'averagePool', [x.name], { kernel: [3, 3], strides: stride(a), pads: [1, 1, 1, 1], countIncludePad: a % 2 === 0 }) : undefined),
  unary('globalAveragePool'), (draft, x, _, a) => (x.dtype === 'f32' ? add(draft, 'softmax', [x.name], { axis: a % x.shape.length }) : undefined),
  (draft, x) => (x.dtype === 'f32' && x.shape.length > 1 ? add(draft, 'batchNormalization', [x.name, ...[0, 1, 2].map(() => known(draft, [channelsOf(x)])), add(draft, 'add', [add(draft, 'absolute', [known(draft, [channelsOf(x)])]), known(draft, [1], 0)])], { epsilon: 0.5 }) : undefined),
  ...['relu', 'relu', 'tanh', 'sigmoid', 'absolute', 'hardSwish'].map((operator) => unary(operator)), unary('clip', { min: -0.5, max: 1 }), unary('leakyRelu', { alpha: 0.1 }),
  ...['add', 'add', 'subtract', 'multiply', 'max', 'min'].map(binary),
  (draft, x, _, a) => add(draft, a % 2 === 0 ? 'add' : 'multiply', [x.name, known(draft, x.shape.map((extent, i) => ((a >> i) % 2 === 0 ? extent : 1)), 1, x.dtype)]),
  (draft, x, z) => { const axis = x.shape.findIndex((extent, i) => extent !== z.shape[i]); return add(draft, 'concat', [x.name, z.name], { axis: Math.max(axis, 0) }); },
  (draft, x, z, a) => add(draft, 'concat', [x.name, z.name, x.name], { axis: a % x.shape.length }),
  (draft, x, z, a) => add(draft, 'concat', [x.name, add(draft, 'relu', [z.name])], { axis: Math.min(1, x.shape.length - 1) + (a & 0) }),
  (draft, x, _, a) => add(draft, 'slice', [x.name], { starts: [a % 2], ends: [1 << 20], axes: [a % x.shape.length], steps: [1 + (a % 3)] }),
  (draft, x, _, a) => add(draft, 'pad', [x.name], { pads: [...x.shape.map((__, i) => (a >> i) % 2), ...x.shape.map((__, i) => (a >> (i + 3)) % 3)] }),
  // one row of an axis, again and again: a broadcast that looks like a copy
  (draft, x, _, a) => { const axis = a % x.shape.length, row = add(draft, 'slice', [x.name], { starts: [(a >> 2) % x.shape[axis]!], ends: [(a >> 2) % x.shape[axis]! + 1], axes: [axis] }); return add(draft, 'pad', [row], { pads: [...x.shape.map((extent, i) => (i === axis ? extent - 1 : 0)), ...x.shape.map((__, i) => (i === axis ? (a >> 4) % 2 : 0))], mode: 'wrap' }); },
  (draft, x, _, a) => add(draft, 'transpose', [x.name], { permutation: x.shape.map((__, i) => (a % 2 === 0 ? (i + 1) % x.shape.length : x.shape.length - 1 - i)) }),
  (draft, x, _, a) => add(draft, 'reshape', [x.name], { shape: a % 2 === 0 ? [x.shape[0]!, product(x.shape) / x.shape[0]!] : [...x.shape.slice(0, 1), ...x.shape.slice(1).reverse()] }),
  ...['reduceSum', 'reduceMean', 'reduceMax'].map(reduction),
  (draft, x, _, a) => (x.dtype === 'f32' ? add(draft, 'matmul', [x.name, weights(draft, [x.shape.at(-1)!, [5, 8, 16][a % 3]!], x.shape.at(-1)!)]) : undefined),
  (draft, x) => (x.dtype === 'f32' && x.shape.length > 1 ? add(draft, 'matmul', [x.name, add(draft, 'transpose', [x.name], { permutation: x.shape.map((__, i) => (i < x.shape.length - 2 ? i : 2 * x.shape.length - 3 - i)) })]) : undefined),
  (draft, x, z) => (x.dtype === 'f32' && x.shape.join() === z.shape.join() && z.dtype === 'f32' ? add(draft, 'where', [add(draft, 'greater', ['i', known(draft, [1], 1, 'i32')]), x.name, z.name]) : undefined),
  (draft, x, _, a) => add(draft, 'gather', [x.name, known(draft, [2], 0, 'i32')], { axis: a % x.shape.length }),
];

/** Inputs x: f32 and i: i32, both [n, 8, 6, 5]; every tensor that nobody reads is an output. */
export const randomGraph = (choices: readonly Choice[]): Graph => {
  const shape = [1 + ((choices[0]?.[3] ?? 0) % 2), 8, 6, 5];
  const draft: Draft = { tensors: new Map([['x', { name: 'x', dtype: 'f32', shape }], ['i', { name: 'i', dtype: 'i32', shape }]]), nodes: [] };
  for (const [kind, first, second, attributes] of choices) {
    const made = [...draft.tensors.values()].filter(({ data, dtype }) => !data && dtype !== 'bool');
    // mostly the newest tensors, so that chains arise
    const x = made[Math.max(0, made.length - 1 - (first % 3))]!, z = made[second % made.length]!;
    for (let step = 0; step < kinds.length; step++) if (kinds[(kind + step) % kinds.length]!(draft, x, z, attributes) !== undefined) break;
  }
  const read = new Set(draft.nodes.flatMap((node) => node.inputs));
  const outputs = draft.nodes.flatMap((node) => node.outputs).filter((name) => !read.has(name));
  const used = new Set([...draft.nodes.flatMap((node) => [...node.inputs, ...node.outputs]), 'x', 'i']);
  return { name: 'random', inputs: ['x', 'i'], outputs, nodes: draft.nodes, tensors: new Map([...draft.tensors].filter(([name]) => used.has(name))) };
};
