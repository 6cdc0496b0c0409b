/**
 * Which packed weights the innermost sums of a kernel read from one end to the other, and where what comes next lies: a hint for a
 * processor that finds it by itself too late. It changes no value and no order; what is asked for past the end of a buffer is ignored.
 */
import { bytesOf, coefficientOf, valueOf, visitExpressions, type Statement } from '@loopsmith/ir';

type Loop = Extract<Statement, { readonly kind: 'for' }>;

/** Places to ask for in a turn of a loop: elements from an address that the turn names. */
export interface Ahead { readonly address: string; readonly elements: number }

const cacheLine = 64;

/** How far ahead weights are asked for: so many turns, and as many more as it takes to be so many bytes away. */
export interface Reach { readonly turns: number; readonly bytes: number }

/** For each address of weights that advances by what a turn reads there in vectors: its lines, as far ahead as `reach` says. */
export const readAhead = ({ variable, body }: Loop, reach: Reach): readonly Ahead[] =>
  body.flatMap((statement): readonly Ahead[] => {
    if (statement.kind !== 'address' || statement.buffer.role !== 'compile') return [];
    const step = coefficientOf(statement.at, variable.name), bytes = bytesOf[statement.buffer.dtype], perLine = cacheLine / bytes;
    if (step < perLine || vectorElements(body, statement.name) !== step) return [];
    const turns = Math.max(reach.turns, Math.ceil(reach.bytes / (step * bytes)));
    return Array.from({ length: Math.ceil(step / perLine) }, (_, line) => ({ address: statement.name, elements: turns * step + line * perLine }));
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
