/** What one statement or expression holds itself, for the walks of the C printers. Changes nothing. */
import type { Expression, Index, Statement } from '@loopsmith/ir';

/** Indices and guards that an expression holds itself, not those of its parts. */
export const indicesOf = (value: Expression): readonly Index[] => {
  switch (value.kind) {
    case 'load': case 'read': case 'gather': return [value.at];
    case 'index': return [value.of];
    case 'select': return value.when;
    default: return [];
  }
};

/** The value a statement computes, when it computes one. */
export const valueOf = (statement: Statement): Expression | undefined =>
  statement.kind === 'let' || statement.kind === 'set' || statement.kind === 'write' || statement.kind === 'store' ? statement.value : undefined;
