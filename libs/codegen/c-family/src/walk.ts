/** The one structural walk over expanded statements and expressions that the C printers share. Changes nothing. */
import type { Expression, Index, Statement } from '@loopsmith/ir';

/** The expression and everything below it, outermost first. */
export const visitExpressions = (value: Expression, visit: (expression: Expression) => void): void => {
  visit(value);
  switch (value.kind) {
    case 'binary': visitExpressions(value.left, visit); visitExpressions(value.right, visit); return;
    case 'unary': case 'cast': case 'broadcast': case 'lane': visitExpressions(value.of, visit); return;
    case 'select': visitExpressions(value.then, visit); visitExpressions(value.otherwise, visit); return;
    case 'choose': for (const part of [value.left, value.right, value.then, value.otherwise]) visitExpressions(part, visit); return;
    case 'assemble': value.lanes.forEach((lane) => visitExpressions(lane, visit)); return;
    case 'constant': case 'load': case 'index': case 'register': case 'read': case 'gather': return;
    default: value satisfies never;
  }
};

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
