/**
 * Activations that exporters spell out in simple operators become the one operator that has their name: GELU (both forms),
 * HardSwish, HardSigmoid, Swish. A formula is recognised by its factors, in whatever order they were multiplied.
 * Numbers are compared to within the rounding of f32. The spelled-out nodes stay for whoever else reads them.
 */
import { isFloat, type Attribute, type Graph, type GraphNode } from '@loopsmith/ir';
import { numberOf, producersOf, readersOf } from './edit.js';

interface Named { readonly operator: string; readonly attributes: Readonly<Record<string, Attribute>>; readonly of: string }
/** A product as the product of its numbers and the tensors that are multiplied, each as often as it occurs. */
interface Product { readonly number: number; readonly factors: readonly string[] }

const near = (value: number, wanted: number): boolean => Math.abs(value - wanted) <= 1e-6 * Math.abs(wanted);

export const nameFormulas = (graph: Graph): Graph => {
  const producers = new Map(producersOf(graph)), readers = readersOf(graph);
  const valueOf = (name: string | undefined): number | undefined => numberOf(graph.tensors, name);
  const madeBy = (name: string, operator: string): GraphNode | undefined => { const node = producers.get(name); return node?.operator === operator ? node : undefined; };

  const productOf = (node: GraphNode): Product => {
    const [a, b] = node.inputs as [string, string];
    const partOf = (name: string): Product => {
      const number = valueOf(name), inner = producers.get(name);
      if (number !== undefined) return { number, factors: [] };
      return inner && isProduct(inner) && readers.get(name) === 1 ? productOf(inner) : { number: 1, factors: [name] };
    };
    const left = partOf(a), right = node.operator === 'divide' ? { number: 1 / valueOf(b)!, factors: [] } : partOf(b);
    return { number: left.number * right.number, factors: [...left.factors, ...right.factors] };
  };
  const isProduct = (node: GraphNode): boolean => node.operator === 'multiply' || (node.operator === 'divide' && valueOf(node.inputs[1]) !== undefined);
  /** `name` as a product, a tensor by itself being one of one factor. */
  const product = (name: string): Product => { const node = producers.get(name); return node && isProduct(node) ? productOf(node) : { number: 1, factors: [name] }; };

  /** The operand that is no number, of a sum with this number. */
  const plus = (name: string, number: number): string | undefined => {
    const [a, b] = madeBy(name, 'add')?.inputs ?? [];
    return near(valueOf(b) ?? NaN, number) ? a : near(valueOf(a) ?? NaN, number) ? b : undefined;
  };
  const is = ({ number, factors }: Product, wanted: number, x: string): boolean => near(number, wanted) && factors.length === 1 && factors[0] === x;
  /** Whether `name` is x^3: three factors, or a power. */
  const isCube = ({ number, factors }: Product, wanted: number, x: string): boolean => {
    const power = factors.length === 1 ? madeBy(factors[0]!, 'power') : undefined;
    return near(number, wanted) && (power ? power.inputs[0] === x && valueOf(power.inputs[1]) === 3 : factors.length === 3 && factors.every((factor) => factor === x));
  };
  /** x where `name` is clip(x + 3, 0, 6). */
  const shiftedClip = (name: string): string | undefined => {
    const clip = madeBy(name, 'clip');
    return clip?.attributes['min'] === 0 && clip.attributes['max'] === 6 ? plus(clip.inputs[0]!, 3) : undefined;
  };
  const isErf = (name: string, x: string): boolean => { const of = madeBy(plus(name, 1) ?? '', 'erf')?.inputs[0]; return of !== undefined && is(product(of), Math.SQRT1_2, x); };
  const isTanh = (name: string, x: string): boolean => {
    const of = madeBy(plus(name, 1) ?? '', 'tanh')?.inputs[0], { number, factors } = of === undefined ? { number: 0, factors: [] } : product(of);
    const [a, b] = factors.length === 1 && near(number, Math.sqrt(2 / Math.PI)) ? madeBy(factors[0]!, 'add')?.inputs ?? [] : [];
    return a !== undefined && b !== undefined && ((a === x && isCube(product(b), 0.044715, x)) || (b === x && isCube(product(a), 0.044715, x)));
  };
  const sixth = 1 / 6;
  const isHardSigmoid = (name: string, x: string): boolean => {
    const node = madeBy(name, 'hardSigmoid');
    return node?.inputs[0] === x && near(Number(node.attributes['alpha'] ?? 0.2), sixth) && near(Number(node.attributes['beta'] ?? 0.5), 0.5);
  };

  const named = (node: GraphNode): Named | undefined => {
    const { number, factors } = productOf(node), [first, second] = factors;
    if (first === undefined || factors.length > 2) return undefined;
    if (second === undefined) {
      const of = near(number, sixth) ? shiftedClip(first) : undefined;
      return of === undefined ? undefined : { operator: 'hardSigmoid', attributes: { alpha: sixth, beta: 0.5 }, of };
    }
    for (const [x, other] of [[first, second], [second, first]] as const) {
      if (near(number, 0.5) && isErf(other, x)) return { operator: 'gelu', attributes: {}, of: x };
      if (near(number, 0.5) && isTanh(other, x)) return { operator: 'gelu', attributes: { approximate: 'tanh' }, of: x };
      if (near(number, sixth) && shiftedClip(other) === x) return { operator: 'hardSwish', attributes: {}, of: x };
      if (number === 1 && isHardSigmoid(other, x)) return { operator: 'hardSwish', attributes: {}, of: x };
      if (number === 1 && madeBy(other, 'sigmoid')?.inputs[0] === x) return { operator: 'swish', attributes: {}, of: x };
    }
    return undefined;
  };

  return {
    ...graph,
    nodes: graph.nodes.map((node) => {
      const output = graph.tensors.get(node.outputs[0]!)!, found = isProduct(node) && isFloat(output.dtype) ? named(node) : undefined;
      // numbers of more axes than the tensor would have widened it
      if (!found || graph.tensors.get(found.of)!.shape.join() !== output.shape.join()) return node;
      const now: GraphNode = { name: node.name, operator: found.operator, attributes: found.attributes, inputs: [found.of], outputs: node.outputs };
      producers.set(node.outputs[0]!, now);
      return now;
    }),
  };
};
