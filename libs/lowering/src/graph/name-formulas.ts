/**
 * Activations that exporters spell out in simple operators become the one operator that has their name: GELU (both forms),
 * HardSwish, HardSigmoid, Swish. A formula is recognised by its factors, in whatever order they were multiplied.
 * Numbers are compared to within the rounding of f32. The spelled-out nodes stay for whoever else reads them.
 */
import { isFloat, type Graph, type GraphNode } from '@loopsmith/ir';
import { numberOf, producersOf, readersOf } from './edit.js';
import { both, either, inAnyOrder, patternsIn, tensor, where, type Pattern } from './match.js';

/** A product as the product of its numbers and the tensors that are multiplied, each as often as it occurs. */
interface Product { readonly number: number; readonly factors: readonly string[] }

const near = (value: number, wanted: number): boolean => Math.abs(value - wanted) <= 1e-6 * Math.abs(wanted);
const sixth = 1 / 6;

export const nameFormulas = (graph: Graph): Graph => {
  const producers = new Map(producersOf(graph)), readers = readersOf(graph), made = patternsIn(producers), x = tensor('x');
  const valueOf = (name: string): number | undefined => numberOf(graph.tensors, name);

  /** A tensor that is no product is one of one factor. */
  const productOf = (name: string): Product => {
    const node = producers.get(name), [a = '', b = ''] = node?.inputs ?? [], divisor = node?.operator === 'divide' ? valueOf(b) : undefined;
    if (node?.operator !== 'multiply' && divisor === undefined) return { number: 1, factors: [name] };
    const left = partOf(a), right = divisor === undefined ? partOf(b) : { number: 1 / divisor, factors: [] };
    return { number: left.number * right.number, factors: [...left.factors, ...right.factors] };
  };
  const partOf = (name: string): Product => {
    const number = valueOf(name);
    if (number !== undefined) return { number, factors: [] };
    return readers.get(name) === 1 ? productOf(name) : { number: 1, factors: [name] };
  };
  const times = (number: number, ...factors: readonly Pattern[]): Pattern => (found, bound) => {
    const product = productOf(found);
    return near(product.number, number) ? inAnyOrder(factors)(product.factors, bound) : [];
  };
  const plus = (of: Pattern, number: number): Pattern => made('add', of, where((name) => near(valueOf(name) ?? NaN, number)));
  const attributeOf = (name: string, attribute: string, otherwise: number): number => Number(producers.get(name)!.attributes[attribute] ?? otherwise);

  const cube = either(times(0.044715, x, x, x), times(0.044715, made('power', x, where((name) => valueOf(name) === 3))));
  /** clip(x + 3, 0, 6) */
  const shiftedClip = both(made('clip', plus(x, 3)), where((name) => attributeOf(name, 'min', -Infinity) === 0 && attributeOf(name, 'max', Infinity) === 6));
  const hardSigmoid = both(made('hardSigmoid', x), where((name) => near(attributeOf(name, 'alpha', 0.2), sixth) && near(attributeOf(name, 'beta', 0.5), 0.5)));
  const formulas: readonly (Pick<GraphNode, 'operator' | 'attributes'> & { readonly is: Pattern })[] = [
    { operator: 'gelu', attributes: {}, is: times(0.5, x, plus(made('erf', times(Math.SQRT1_2, x)), 1)) },
    { operator: 'gelu', attributes: { approximate: 'tanh' }, is: times(0.5, x, plus(made('tanh', times(Math.sqrt(2 / Math.PI), made('add', x, cube))), 1)) },
    { operator: 'hardSwish', attributes: {}, is: either(times(sixth, x, shiftedClip), times(1, x, hardSigmoid)) },
    { operator: 'hardSigmoid', attributes: { alpha: sixth, beta: 0.5 }, is: times(sixth, shiftedClip) },
    { operator: 'swish', attributes: {}, is: times(1, x, made('sigmoid', x)) },
  ];
  const named = (node: GraphNode): GraphNode => {
    const output = graph.tensors.get(node.outputs[0]!)!;
    for (const { operator, attributes, is } of isFloat(output.dtype) ? formulas : []) {
      const of = is(output.name, {})[0]?.['x'];
      // numbers of more axes than the tensor would have widened it
      if (of !== undefined && graph.tensors.get(of)!.shape.join() === output.shape.join()) return { name: node.name, operator, attributes, inputs: [of], outputs: node.outputs };
    }
    return node;
  };
  const nodes = graph.nodes.map((node) => {
    const now = named(node);
    for (const name of node.outputs) producers.set(name, now);
    return now;
  });
  return { ...graph, nodes };
};
