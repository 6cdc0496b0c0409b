/** Reads operations as `operationText` writes them, over whatever leaves a form has: selects, choices, infix operators by strength, functions, constants. */
import { isDType } from '../dtype.js';
import { parseCondition, parseIndex, type Scope } from '../index/parse.js';
import { unreadable, type Cursor } from '../text/tokens.js';
import { binaryOperators, comparisons, unaryOperators, type BinaryOperator, type Operation, type UnaryOperator } from './operation.js';
import { infixOperators } from './text.js';

export interface OperationReader<Part> {
  readonly cursor: Cursor;
  readonly scope: Scope;
  /** What is no operation: a load, a register. */
  leaf(): Part;
  /** A function of the form's own; undefined where it has none of that name. */
  call(name: string, parts: readonly Part[]): Part | undefined;
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
  if (strength > 2) return readFactor(reader);
  let left = readInfix(reader, strength + 1);
  for (;;) {
    const infix = reader.cursor.peek().kind === 'symbol' ? infixOperators.get(reader.cursor.peek().text) : undefined;
    if (infix?.strength !== strength) return left;
    reader.cursor.next();
    left = reader.made({ kind: 'binary', operator: infix.operator, left, right: readInfix(reader, strength + 1) });
  }
};

/** factor := number [':' dtype] | '-' factor | '(' operation ')' | function | leaf */
const readFactor = <Part>(reader: OperationReader<Part>): Part => {
  const { cursor } = reader;
  if (cursor.peek().kind === 'number' || (cursor.peek().text === '-' && cursor.peek(1).kind === 'number')) {
    const value = cursor.number();
    return reader.made({ kind: 'constant', dtype: cursor.accept(':') ? cursor.dtype() : 'f32', value });
  }
  if (cursor.accept('-')) return reader.made({ kind: 'unary', operator: 'negate', of: readFactor(reader) });
  if (cursor.accept('(')) {
    const inner = readOperation(reader);
    cursor.expect(')');
    return inner;
  }
  return cursor.peek().kind === 'name' && cursor.peek(1).text === '(' ? readFunction(reader) : reader.leaf();
};

/** function := 'index' '(' index '):' dtype | name '(' operation, .. ')' */
const readFunction = <Part>(reader: OperationReader<Part>): Part => {
  const { cursor } = reader, name = cursor.name();
  if (name === 'index') {
    const of = parseIndex(cursor.after('('), reader.scope), dtype = cursor.after(')').after(':').peek().text;
    if (dtype !== 'i32' && dtype !== 'i64') return cursor.refuse('i32 or i64');
    cursor.next();
    return reader.made({ kind: 'index', dtype, of });
  }
  const parts = cursor.list('(', ')', () => readOperation(reader)), [first, second] = parts;
  if (first && second && parts.length === 2 && isBinary(name)) return reader.made({ kind: 'binary', operator: name, left: first, right: second });
  if (first && parts.length === 1 && isDType(name)) return reader.made({ kind: 'cast', dtype: name, of: first });
  if (first && parts.length === 1 && isUnary(name)) return reader.made({ kind: 'unary', operator: name, of: first });
  return reader.call(name, parts)
    ?? unreadable(`line ${cursor.peek().line}: no function ${name} of ${parts.length} value${parts.length === 1 ? '' : 's'}`);
};

const isBinary = (name: string): name is BinaryOperator => (binaryOperators as readonly string[]).includes(name);
const isUnary = (name: string): name is UnaryOperator => (unaryOperators as readonly string[]).includes(name);
