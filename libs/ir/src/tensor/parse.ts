/** Reads the text of a definition (see `text.ts`). Refuses what is not in the grammar or names no tensor or axis; meaning is for `verifyDefinition`. */
import { attempt, refuse, type Outcome } from '@loopsmith/util';
import { isDType, type DType } from '../dtype.js';
import { loopVariable, type Index, type LoopVariable } from '../index/index-expression.js';
import { parseIndex } from '../index/parse.js';
import { cursorOver, tokenize, type Cursor } from '../text/tokens.js';
import { binaryOperators, unaryOperators, type BinaryOperator, type UnaryOperator } from './operation.js';
import { readOperation, type OperationReader } from './parse-operation.js';
import type { Definition, Input, Reduction, ReductionOperator, Stage, Table, Tensor, Value } from './tensor.js';

/** The definition of a text that holds exactly one. */
export const parseDefinition = (text: string): Outcome<Definition> => attempt(() => {
  const cursor = cursorOver(tokenize(text));
  cursor.skipNewlines();
  const definition = readDefinition(cursor);
  cursor.skipNewlines();
  return cursor.peek().kind === 'end' ? definition : cursor.refuse('the end');
});

/** Reads one definition: a `tensor` line and the tables and stages below it. */
const readDefinition = (cursor: Cursor): Definition => {
  cursor.expect('tensor');
  const name = cursor.name();
  const inputs = cursor.list('(', ')', () => readInput(cursor));
  const tensors = new Map<string, Tensor>(inputs.map((input) => [input.name, input]));
  const tables: Table[] = [], stages: Stage[] = [];
  for (;;) {
    if (cursor.peek().kind !== 'newline') break;
    cursor.skipNewlines();
    if (cursor.peek().kind !== 'name' || cursor.peek().text === 'tensor') break;
    if (cursor.peek().text === 'table') {
      const table = readTable(cursor);
      tables.push(table);
      tensors.set(table.name, table);
    } else {
      const stage = readStage(cursor, tensors);
      stages.push(stage);
      tensors.set(stage.name, stage);
    }
  }
  return { name, inputs, tables, stages };
};

/** X: f32[64,56,56] [compile] */
const readInput = (cursor: Cursor): Input => {
  const name = cursor.name();
  cursor.expect(':');
  const dtype = readDType(cursor);
  const shape = cursor.list('[', ']', () => cursor.integer());
  return { kind: 'input', name, dtype, shape, when: cursor.accept('compile') ? 'compile' : 'run' };
};

/** table T: f32[3] = 1, -0.5, inf */
const readTable = (cursor: Cursor): Table => {
  cursor.expect('table');
  const name = cursor.name();
  cursor.expect(':');
  const dtype = readDType(cursor);
  const shape = cursor.list('[', ']', () => cursor.integer());
  cursor.expect('=');
  const values: number[] = [];
  if (cursor.peek().kind !== 'newline') do values.push(cursor.number()); while (cursor.accept(','));
  return { kind: 'table', name, dtype, shape, values };
};

/** A[: dtype][k<64, ..] = [sum[: dtype][c<64, ..]] value */
const readStage = (cursor: Cursor, tensors: ReadonlyMap<string, Tensor>): Stage => {
  const name = cursor.name();
  const dtype = cursor.accept(':') ? readDType(cursor) : 'f32';
  const axes = cursor.list('[', ']', () => readAxis(cursor));
  cursor.expect('=');
  const reduce = readReduction(cursor, dtype);
  const scope = new Map([...axes, ...(reduce?.axes ?? [])].map((axis) => [axis.name, axis]));
  const reading: Reading = { cursor, tensors, scope: (axis) => scope.get(axis), operand: () => readFactor(reading), made: (operation) => operation };
  const value = readOperation(reading);
  const after = cursor.peek().kind;
  return after === 'newline' || after === 'end' ? { kind: 'stage', name, dtype, axes, reduce, value } : cursor.refuse('the end of the line');
};

const reductions: readonly ReductionOperator[] = ['sum', 'max', 'min', 'product'];
/** A reduction opens with a bracket or a dtype, `max(..)` of two values with a parenthesis. */
const readReduction = (cursor: Cursor, dtype: DType): Reduction | null => {
  const operator = reductions.find((word) => word === cursor.peek().text);
  if (!operator || cursor.peek(1).text === '(') return null;
  cursor.next();
  const accumulate = cursor.accept(':') ? readDType(cursor) : dtype;
  return { operator, axes: cursor.list('[', ']', () => readAxis(cursor)), accumulate };
};

const readAxis = (cursor: Cursor): LoopVariable => {
  const name = cursor.name();
  cursor.expect('<');
  return loopVariable(name, cursor.integer());
};

interface Reading extends OperationReader<Value> { readonly tensors: ReadonlyMap<string, Tensor> }

/** factor := number [':' dtype] | '-' factor | '(' operation ')' | function '(' .. ')' | tensor '[' index, .. ']' */
const readFactor = (reading: Reading): Value => {
  const { cursor } = reading;
  if (cursor.peek().kind === 'number' || (cursor.peek().text === '-' && cursor.peek(1).kind === 'number')) {
    const value = cursor.number();
    return { kind: 'constant', dtype: cursor.accept(':') ? readDType(cursor) : 'f32', value };
  }
  if (cursor.accept('-')) return { kind: 'unary', operator: 'negate', of: readFactor(reading) };
  if (cursor.accept('(')) {
    const value = readOperation(reading);
    cursor.expect(')');
    return value;
  }
  const name = cursor.name();
  return cursor.peek().text === '(' ? readFunction(reading, name) : readLoad(reading, name);
};

const readFunction = (reading: Reading, name: string): Value => {
  const { cursor } = reading;
  if (name === 'index') {
    cursor.expect('(');
    const of = parseIndex(cursor, reading.scope);
    cursor.expect(')');
    cursor.expect(':');
    const dtype = readDType(cursor);
    return dtype === 'i32' || dtype === 'i64' ? { kind: 'index', dtype, of } : refuseAt(cursor, `the value of an index is i32 or i64, not ${dtype}`);
  }
  const parts = cursor.list('(', ')', () => readOperation(reading));
  const [first, second] = parts;
  if (first && second && parts.length === 2 && isBinary(name)) return { kind: 'binary', operator: name, left: first, right: second };
  if (first && parts.length === 1 && isDType(name)) return { kind: 'cast', dtype: name, of: first };
  if (first && parts.length === 1 && isUnary(name)) return { kind: 'unary', operator: name, of: first };
  return refuseAt(cursor, `no function ${name} of ${parts.length} value${parts.length === 1 ? '' : 's'}`);
};

const isBinary = (name: string): name is BinaryOperator => (binaryOperators as readonly string[]).includes(name);
const isUnary = (name: string): name is UnaryOperator => (unaryOperators as readonly string[]).includes(name);

const readLoad = ({ cursor, tensors, scope }: Reading, name: string): Value => {
  const tensor = tensors.get(name);
  if (!tensor) return refuseAt(cursor, `no input, table or earlier stage is named "${name}"`);
  const at: readonly Index[] = cursor.list('[', ']', () => parseIndex(cursor, scope));
  return { kind: 'load', dtype: tensor.dtype, tensor: name, at };
};

const readDType = (cursor: Cursor): DType => {
  const name = cursor.name();
  return isDType(name) ? name : refuseAt(cursor, `"${name}" is no dtype`);
};

const refuseAt = (cursor: Cursor, message: string): never =>
  refuse({ code: 'text-unreadable', stage: 'parse', message: `line ${cursor.peek().line}: ${message}` });
