/**
 * Patterns of nodes, for passes that know a formula in whatever way it is spelled: `made('add', tensor('x'), tensor('b'))` is a sum, either
 * way round where the operator does not tell its operands apart. One name in a pattern is one tensor wherever it stands. Changes nothing.
 */
import type { GraphNode } from '@loopsmith/ir';

/** Tensors of the graph by their names in a pattern. */
export type Binding = Readonly<Record<string, string>>;
/** All ways in which a tensor fits what is bound already; none where it does not. */
export type Pattern = (tensor: string, bound: Binding) => readonly Binding[];

const commutative: ReadonlySet<string> = new Set(['add', 'multiply']);

/** Any tensor, the same one at every place of that name. */
export const tensor = (name: string): Pattern => (found, bound) => (bound[name] === undefined ? [{ ...bound, [name]: found }] : bound[name] === found ? [bound] : []);
/** A tensor that is as each of the patterns says. */
export const both =
  (...patterns: readonly Pattern[]): Pattern =>
  (found, bound) =>
    patterns.reduce<readonly Binding[]>((ways, pattern) => ways.flatMap((way) => pattern(found, way)), [bound]);
export const either = (...patterns: readonly Pattern[]): Pattern => (found, bound) => patterns.flatMap((pattern) => pattern(found, bound));
/** A tensor of which something holds that no pattern says. */
export const where = (holds: (tensor: string) => boolean): Pattern => (found, bound) => (holds(found) ? [bound] : []);

/** As many tensors as patterns, a tensor for each in some order. */
export const inAnyOrder =
  ([first, ...others]: readonly Pattern[]) =>
  (tensors: readonly string[], bound: Binding): readonly Binding[] => {
    if (!first) return tensors.length === 0 ? [bound] : [];
    return tensors.flatMap((one, i) => first(one, bound).flatMap((way) => inAnyOrder(others)(tensors.toSpliced(i, 1), way)));
  };

/** Makes patterns for what nodes make, by the producers of tensors: the operator, and a pattern per operand. */
export const patternsIn =
  (producers: ReadonlyMap<string, GraphNode>) =>
  (operator: string, ...operands: readonly Pattern[]): Pattern =>
  (found, bound) => {
    const node = producers.get(found);
    if (node?.operator !== operator || node.inputs.length !== operands.length) return [];
    if (commutative.has(operator)) return inAnyOrder(operands)(node.inputs, bound);
    return operands.reduce<readonly Binding[]>((all, operand, i) => all.flatMap((way) => operand(node.inputs[i]!, way)), [bound]);
  };
