/**
 * How a call sees a tensor that it reads or writes under another shape: rows joined, so that [n, c, y, x] is
 * [n, c, 1, y*x]. The memory stays where it is; only tensors whose rows lie one after another can be seen so.
 */
import type { Layout, LayoutDim } from '../tensor/layout.js';
import type { Call, Network } from './network.js';
import { outputOf, shapeOf } from '../tensor/tensor.js';

/** The layout of a tensor seen as `shape`: its own, or with its last two axes joined; undefined where it cannot be seen so. */
export const callLayout = (tensor: { readonly shape: readonly number[]; readonly layout: Layout }, shape: readonly number[]): Layout | undefined => {
  if (sameShape(tensor.shape, shape)) return tensor.layout;
  return sameShape(joinedRows(tensor.shape), shape) ? layoutOfJoinedRows(tensor.layout, tensor.shape) : undefined;
};

/** [.., y, x] as [.., 1, y*x]. */
export const joinedRows = (shape: readonly number[]): readonly number[] =>
  shape.length < 2 ? shape : [...shape.slice(0, -2), 1, shape.at(-2)! * shape.at(-1)!];

const layoutOfJoinedRows = (layout: Layout, shape: readonly number[]): Layout | undefined => {
  const y = shape.length - 2, x = shape.length - 1;
  const whole = (dim: LayoutDim | undefined, axis: number): boolean =>
    dim?.axis === axis && dim.offset === 0 && dim.divide === 1 && dim.modulo === null && dim.size === shape[axis];
  const at = layout.findIndex((dim) => dim.axis === y);
  if (layout.filter((dim) => dim.axis === y || dim.axis === x).length !== 2 || !whole(layout[at], y) || !whole(layout[at + 1], x)) return undefined;
  return layout.map((dim, i) => (i === at ? { ...dim, size: 1 } : i === at + 1 ? { ...dim, size: shape[y]! * shape[x]! } : dim));
};

const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((extent, i) => extent === b[i]);

/** The layouts of a call's run-time inputs and of its output, by their names in the definition: with the definition, its task. */
export const layoutsOfCall = (network: Network, call: Call): Readonly<Record<string, Layout>> => {
  const layoutOf = (name: string, seenAs: readonly number[]): Layout => {
    const tensor = network.tensors.get(name);
    const layout = tensor && callLayout(tensor, seenAs);
    if (!layout) throw new Error(`network ${network.name}: call "${call.name}" sees ${name} as [${seenAs.join(',')}], which it cannot be`);
    return layout;
  };
  const output = outputOf(call.definition);
  return Object.fromEntries([
    ...call.definition.inputs.flatMap((input, i) => (input.when === 'run' ? [[input.name, layoutOf(call.inputs[i]!, input.shape)] as const] : [])),
    [output.name, layoutOf(call.output, shapeOf(output))],
  ]);
};
