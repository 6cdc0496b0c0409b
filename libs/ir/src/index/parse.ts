/** Reads the text of an index and of a guard; the inverse of `indexText` and `conditionText`. Variables come from a scope, never from the text. */
import { unreadable, type Cursor } from '../text/tokens.js';
import { add, constant, floorDivide, indirect, scale, variable, zero, type Guard, type Index, type LoopVariable } from './index-expression.js';

/** Finds a variable by its name. */
export type Scope = (name: string) => LoopVariable | undefined;

/** index := ['-'] term (('+'|'-') term)* */
export const parseIndex = (cursor: Cursor, scope: Scope): Index => {
  let result = zero;
  let sign = cursor.accept('-') ? -1 : 1;
  for (;;) {
    result = add(result, scale(parseTerm(cursor, scope), sign));
    if (cursor.accept('+')) sign = 1;
    else if (cursor.accept('-')) sign = -1;
    else return result;
  }
};

/** term := int | [int '*'] atom */
const parseTerm = (cursor: Cursor, scope: Scope): Index => {
  if (cursor.peek().kind !== 'number') return parseAtom(cursor, scope);
  const value = cursor.integer();
  return cursor.accept('*') ? scale(parseAtom(cursor, scope), value) : constant(value);
};

/** atom := name ['/' int] | '(' index ')' '/' int | buffer '{' index, ..; first..last '}' */
const parseAtom = (cursor: Cursor, scope: Scope): Index => {
  let inner: Index;
  if (cursor.accept('(')) {
    inner = parseIndex(cursor, scope);
    cursor.expect(')');
  } else {
    const name = cursor.name();
    if (cursor.accept('{')) {
      const at: Index[] = [];
      if (cursor.peek().text !== ';') do at.push(parseIndex(cursor, scope)); while (cursor.accept(','));
      const first = cursor.after(';').integer(), last = cursor.after('..').integer();
      cursor.expect('}');
      inner = indirect(name, at, first, last);
    } else {
      const found = scope(name);
      inner = found ? variable(found) : unreadable(`line ${cursor.peek().line}: no loop or axis named "${name}" is in scope`);
    }
  }
  while (cursor.accept('/')) inner = floorDivide(inner, cursor.integer());
  return inner;
};

/** guard := index '>=' '0' ('&' index '>=' '0')* */
const parseGuard = (cursor: Cursor, scope: Scope): Guard => {
  const guard: Index[] = [];
  do {
    guard.push(parseIndex(cursor, scope));
    cursor.expect('>=');
    if (cursor.integer() !== 0) return cursor.refuse('0');
  } while (cursor.accept('&'));
  return guard;
};

/** condition := 'always' | guard */
export const parseCondition = (cursor: Cursor, scope: Scope): Guard => (cursor.accept('always') ? [] : parseGuard(cursor, scope));
