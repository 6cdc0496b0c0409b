/** Reads operations as `operationText` writes them, over whatever operands a form has: selects, choices, infix operators by strength. Functions are the form's to read. */
import { parseCondition, type Scope } from '../index/parse.js';
import type { Cursor } from '../text/tokens.js';
import { comparisons, type Operation } from './operation.js';
import { infixOperators } from './text.js';

export interface OperationReader<Part> {
  readonly cursor: Cursor;
  readonly scope: Scope;
  /** What infix operators stand between. */
  operand(): Part;
  /** The operation as a part of others. */
  made(operation: Operation<Part>): Part;
}

/** operation := select condition then operation else operation | choose infix compare infix then operation else operation | infix */
export const readOperation = <Part>(reader: OperationReader<Part>): Part => {
  const { cursor } = reader;
  if (cursor.accept('select')) return reader.made({ kind: 'select', when: parseCondition(cursor, reader.scope), ...readBranches(reader) });
  if (!cursor.accept('choose')) return readInfix(reader, 1);
  const left = readInfix(reader, 1);
  const compare = comparisons.find((comparison) => comparison === cursor.peek().text) ?? cursor.refuse('a comparison');
  cursor.next();
  return reader.made({ kind: 'choose', compare, left, right: readInfix(reader, 1), ...readBranches(reader) });
};

const readBranches = <Part>(reader: OperationReader<Part>): { readonly then: Part; readonly otherwise: Part } => {
  reader.cursor.expect('then');
  const then = readOperation(reader);
  reader.cursor.expect('else');
  return { then, otherwise: readOperation(reader) };
};

/** Operators of at least this strength, grouping to the left. */
const readInfix = <Part>(reader: OperationReader<Part>, strength: number): Part => {
  if (strength > 2) return reader.operand();
  let left = readInfix(reader, strength + 1);
  for (;;) {
    const infix = reader.cursor.peek().kind === 'symbol' ? infixOperators.get(reader.cursor.peek().text) : undefined;
    if (infix?.strength !== strength) return left;
    reader.cursor.next();
    left = reader.made({ kind: 'binary', operator: infix.operator, left, right: readInfix(reader, strength + 1) });
  }
};
