/** Reads the text of a graph (see `graph/text`): networks of specs are written so. Whether the graph is sound is for `verifyGraph` to say. */
import { attempt, product, type Outcome } from '@loopsmith/util';
import type { DType } from '../dtype.js';
import type { Attribute, Graph, GraphNode, GraphTensor } from '../graph/graph.js';
import { fromNumbers, type TensorData } from '../tensor/data.js';
import { cursorOver, tokenize, unreadable, type Cursor } from '../text/tokens.js';

/** Supplies the values of a constant that its text shortens. */
export type ConstantSource = (name: string, dtype: DType, shape: readonly number[]) => TensorData;

/** The inverse of `printGraph`. A shortened constant is refused unless `constants` supplies it. */
export const parseGraph = (text: string, constants?: ConstantSource): Outcome<Graph> => attempt(() => {
  const cursor = cursorOver(tokenize(text));
  const tensors = new Map<string, GraphTensor>(), nodes: GraphNode[] = [], inputs: string[] = [], outputs: string[] = [];
  cursor.skipNewlines();
  cursor.expect('graph');
  const graphName = parseName(cursor);
  cursor.expect('(');
  if (!cursor.accept(')')) {
    do inputs.push(declare(cursor, tensors)); while (cursor.accept(','));
    cursor.expect(')');
  }
  cursor.expect('->');
  do outputs.push(parseName(cursor)); while (cursor.accept(','));
  for (cursor.skipNewlines(); cursor.peek().kind !== 'end'; cursor.skipNewlines()) {
    const made: string[] = [];
    do made.push(cursor.accept('-') ? '' : declare(cursor, tensors)); while (cursor.accept(','));
    cursor.expect('=');
    const next = cursor.peek(1);
    if (cursor.peek().kind === 'name' && next.text === '(') nodes.push(parseNode(cursor, made));
    else {
      const tensor = tensors.get(made[0]!)!;
      tensors.set(tensor.name, { ...tensor, data: parseConstant(cursor, tensor, constants) });
    }
  }
  return { name: graphName, inputs, outputs, tensors, nodes };
});

const declare = (cursor: Cursor, tensors: Map<string, GraphTensor>): string => {
  const name = parseName(cursor);
  tensors.set(name, { name, ...cursor.after(':').type() });
  return name;
};

const parseNode = (cursor: Cursor, outputs: readonly string[]): GraphNode => {
  const operator = cursor.name();
  const inputs = cursor.list('(', ')', () => (cursor.accept('-') ? '' : parseName(cursor)));
  const attributes: Record<string, Attribute> = {};
  if (cursor.peek().text === '{') cursor.list('{', '}', () => {
    const name = cursor.name();
    attributes[name] = parseAttribute(cursor.after(':'));
  });
  return { name: cursor.accept('as') ? parseName(cursor) : outputs[0]!, operator, attributes, inputs, outputs };
};

const parseAttribute = (cursor: Cursor): Attribute => {
  if (cursor.peek().text === '[') return cursor.list('[', ']', () => (cursor.peek().kind === 'string' ? parseName(cursor) : cursor.number())) as Attribute;
  if (cursor.peek().kind === 'string') return parseName(cursor);
  if (cursor.accept('true')) return true;
  if (cursor.accept('false')) return false;
  if (cursor.peek().kind !== 'name') return cursor.number();
  const { dtype, shape } = cursor.type();
  return fromNumbers(dtype, shape, cursor.list('(', ')', () => cursor.number()));
};

const parseConstant = (cursor: Cursor, tensor: GraphTensor, constants: ConstantSource | undefined): TensorData => {
  if (cursor.accept('nothing')) return fromNumbers(tensor.dtype, tensor.shape, []);
  const numbers: number[] = [];
  do {
    if (cursor.accept('..')) return constants?.(tensor.name, tensor.dtype, tensor.shape)
      ?? unreadable(`constant ${tensor.name} is shortened in this text; its values have to be supplied`);
    numbers.push(cursor.number());
  } while (cursor.accept(','));
  const expected = product(tensor.shape);
  return numbers.length === expected ? fromNumbers(tensor.dtype, tensor.shape, numbers) : cursor.refuse(`${expected} values for ${tensor.name}, not ${numbers.length}`);
};

const parseName = (cursor: Cursor): string => {
  const token = cursor.peek();
  if (token.kind !== 'string') return cursor.name();
  cursor.next();
  return JSON.parse(token.text) as string;
};
