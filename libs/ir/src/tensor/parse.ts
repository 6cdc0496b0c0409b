/** Reads the text of a definition (see `text.ts`). Refuses what is not in the grammar or names no tensor or axis; meaning is for `verifyDefinition`. */
import { attempt, type Outcome } from '@loopsmith/util';
import type { DType } from '../dtype.js';
import { loopVariable, type Index, type LoopVariable } from '../index/index-expression.js';
import { parseIndex, type Scope } from '../index/parse.js';
import { cursorOver, tokenize, unreadable, type Cursor } from '../text/tokens.js';
import { readOperation } from './parse-operation.js';
import { allAxes, type Definition, type Input, type Reduction, type ReductionOperator, type Stage, type Table, type Tensor, type Value } from './tensor.js';

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
  const name = cursor.after('tensor').name();
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
const readInput = (cursor: Cursor): Input =>
  ({ kind: 'input', name: cursor.name(), ...cursor.after(':').type(), when: cursor.accept('compile') ? 'compile' : 'run' });

/** table T: f32[3] = 1, -0.5, inf */
const readTable = (cursor: Cursor): Table => {
  const name = cursor.after('table').name(), type = cursor.after(':').type(), values: number[] = [];
  cursor.expect('=');
  if (cursor.peek().kind !== 'newline') do values.push(cursor.number()); while (cursor.accept(','));
  return { kind: 'table', name, ...type, values };
};

/** A[: dtype][k<64, ..] = [sum[: dtype][c<64, ..]] value */
const readStage = (cursor: Cursor, tensors: ReadonlyMap<string, Tensor>): Stage => {
  const name = cursor.name();
  const dtype = cursor.accept(':') ? cursor.dtype() : 'f32';
  const axes = cursor.list('[', ']', () => readAxis(cursor));
  cursor.expect('=');
  const reduce = readReduction(cursor, dtype);
  const variables = new Map(allAxes({ axes, reduce }).map((axis) => [axis.name, axis])), scope: Scope = (axis) => variables.get(axis);
  const value = readOperation<Value>({ cursor, scope, leaf: () => readLoad(cursor, tensors, scope), call: () => undefined, made: (operation) => operation });
  const after = cursor.peek().kind;
  return after === 'newline' || after === 'end' ? { kind: 'stage', name, dtype, axes, reduce, value } : cursor.refuse('the end of the line');
};

const reductions: readonly ReductionOperator[] = ['sum', 'max', 'min', 'product'];
/** A reduction opens with a bracket or a dtype, `max(..)` of two values with a parenthesis. */
const readReduction = (cursor: Cursor, dtype: DType): Reduction | null => {
  const operator = reductions.find((word) => word === cursor.peek().text);
  if (!operator || cursor.peek(1).text === '(') return null;
  cursor.next();
  const accumulate = cursor.accept(':') ? cursor.dtype() : dtype;
  return { operator, axes: cursor.list('[', ']', () => readAxis(cursor)), accumulate };
};

const readAxis = (cursor: Cursor): LoopVariable => loopVariable(cursor.name(), cursor.after('<').integer());

/** tensor '[' index, .. ']' */
const readLoad = (cursor: Cursor, tensors: ReadonlyMap<string, Tensor>, scope: Scope): Value => {
  const name = cursor.name(), tensor = tensors.get(name);
  if (!tensor) return unreadable(`line ${cursor.peek().line}: no input, table or earlier stage is named "${name}"`);
  const at: readonly Index[] = cursor.list('[', ']', () => parseIndex(cursor, scope));
  return { kind: 'load', dtype: tensor.dtype, tensor: name, at };
};
