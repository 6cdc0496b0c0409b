/**
 * Which packed weights the innermost sums of a kernel read from one end to the other, and where what comes next lies: a hint for a
 * processor that finds it by itself too late. It changes no value and no order; what is asked for past the end of a buffer is ignored.
 */
import { bytesOf, coefficientOf, valueOf, visitExpressions, type Statement } from '@loopsmith/ir';

type Loop = Extract<Statement, { readonly kind: 'for' }>;

/** Places to ask for in a turn of a loop: elements from an address that the turn names. */
export interface Ahead { readonly address: string; readonly elements: number }

export const cacheLine = 64;

/** How far ahead weights are asked for: so many turns, and as many more as it takes to be so many bytes away. */
export interface Reach { readonly turns: number; readonly bytes: number }

/** An address of weights that advances in a turn of a loop by what it reads there in vectors: `step` elements. */
export interface InOrder { readonly address: Extract<Statement, { readonly kind: 'address' }>; readonly step: number }

export const weightsInOrder = ({ variable, body }: Loop): readonly InOrder[] =>
  body.flatMap((address) => {
    if (address.kind !== 'address' || address.buffer.role !== 'compile') return [];
    const step = coefficientOf(address.at, variable.name);
    return step < cacheLine / bytesOf[address.buffer.dtype] || vectorElements(body, address.name) !== step ? [] : [{ address, step }];
  });

/** For each of those: its lines, as far ahead as `reach` says. */
export const readAhead = (loop: Loop, reach: Reach): readonly Ahead[] =>
  weightsInOrder(loop).flatMap(({ address: { name, buffer }, step }) => {
    const bytes = bytesOf[buffer.dtype], perLine = cacheLine / bytes, turns = Math.max(reach.turns, Math.ceil(reach.bytes / (step * bytes)));
    return Array.from({ length: Math.ceil(step / perLine) }, (_, line) => ({ address: name, elements: turns * step + line * perLine }));
  });

/** Elements that vectors read through an address, each once. */
const vectorElements = (body: readonly Statement[], address: string): number => {
  const read = new Map<number, number>();
  for (const statement of body) {
    const value = valueOf(statement);
    if (value) visitExpressions(value, (e) => {
      if (e.kind === 'read' && e.base === address && e.type.lanes > 1 && e.at.terms.length === 0) read.set(e.at.constant, e.type.lanes);
    });
  }
  return [...read.values()].reduce((total, lanes) => total + lanes, 0);
};
