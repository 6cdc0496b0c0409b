/**
 * Text of graphs and networks: what `--print-ir` shows and goldens hold. A graph's text reads back (`parseGraph`), but for
 * the values of large constants, of which only the first are shown; a network's text is for people.
 *
 *   graph small(x: f32[1,3,8,8]) -> y
 *     w: f32[4,3,1,1] = 0.5, -1, 2, ..
 *     bias: f32[4] = 1, 2, 3, 4
 *     t: f32[1,4,8,8] = conv2d(x, w, bias) {pads: [0,0,0,0]} as conv1
 *     y: f32[1,4,8,8] = relu(t)
 *
 * `as` gives the node's name where it is not that of its first output; `-` is an absent optional input; a name that is no
 * word is written as a JSON string.
 */
import { attempt, product, refuse, type Outcome } from '@loopsmith/util';
import type { DType } from '../dtype.js';
import { fromNumbers, toNumbers, type TensorData } from '../tensor/data.js';
import { layoutText } from '../tensor/layout.js';
import { printDefinition } from '../tensor/text.js';
import { cursorOver, numberText, tokenize, type Cursor } from '../text/tokens.js';
import { axisNames } from './axis-names.js';
import type { Attribute, Graph, GraphNode, GraphTensor } from './graph.js';
import type { Network, NetworkTensor } from './network.js';

/** Constants of more elements than this show only their first values. */
const shownWhole = 16;

export const printGraph = (graph: Graph): string => {
  const type = (name: string): string => {
    const tensor = graph.tensors.get(name);
    return tensor ? `${nameText(name)}: ${typeText(tensor)}` : `${nameText(name)}: missing`;
  };
  const node = ({ name, operator, attributes, inputs, outputs }: GraphNode): string => {
    const known = Object.entries(attributes).map(([key, value]) => `${key}: ${attributeText(value)}`);
    return (
      `  ${outputs.map((output) => (output === '' ? '-' : type(output))).join(', ')} = ${operator}(${inputs.map((input) => (input === '' ? '-' : nameText(input))).join(', ')})` +
      `${known.length === 0 ? '' : ` {${known.join(', ')}}`}${name === outputs[0] ? '' : ` as ${nameText(name)}`}`
    );
  };
  const constants = [...graph.tensors.values()].flatMap((tensor) => (tensor.data ? [`  ${type(tensor.name)} = ${valuesText(tensor.data, shownWhole)}`] : []));
  return [
    `graph ${nameText(graph.name)}(${graph.inputs.map(type).join(', ')}) -> ${graph.outputs.map(nameText).join(', ')}`,
    ...constants, ...graph.nodes.map(node),
  ].join('\n') + '\n';
};

/** The calls of a network with their definitions, after its tensors with their layouts. */
export const printNetwork = (network: Network): string => {
  const tensor = ({ name, dtype, shape, layout, data }: NetworkTensor): string =>
    `  ${nameText(name)}: ${typeText({ dtype, shape })} ${data ? `= ${valuesText(data, shownWhole)}` : layoutText(layout, axisNames(shape.length), shape)}`;
  return [
    `network ${nameText(network.name)}(${network.inputs.map(nameText).join(', ')}) -> ${network.outputs.map(nameText).join(', ')}`,
    ...[...network.tensors.values()].map(tensor),
    ...network.calls.flatMap((call) => [
      `  ${nameText(call.output)} = ${call.label} (${call.definition.inputs.map((input, i) => `${input.name} = ${nameText(call.inputs[i] ?? '')}`).join(', ')})`
        + `${call.inPlace === null ? '' : ` in place of ${call.definition.inputs[call.inPlace]?.name ?? call.inPlace}`} as ${nameText(call.name)}`,
      ...printDefinition(call.definition).trimEnd().split('\n').map((line) => `    ${line}`),
    ]),
  ].join('\n') + '\n';
};

const word = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const nameText = (name: string): string => (word.test(name) && name !== 'inf' && name !== 'nan' ? name : JSON.stringify(name));
const typeText = ({ dtype, shape }: { readonly dtype: DType; readonly shape: readonly number[] }): string => `${dtype}[${shape.join(',')}]`;
const valuesText = (data: TensorData, most: number): string => {
  const whole = data.values.length <= most;
  const numbers = toNumbers(whole ? data : { ...data, values: data.values.slice(0, 3) });
  return [...Array.from(numbers, numberText), ...(whole ? [] : ['..'])].join(', ') || 'nothing';
};

const attributeText = (value: Attribute): string => {
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean') return String(value);
  if ('dtype' in value) return `${typeText(value)} (${valuesText(value, Infinity)})`;
  return `[${value.map((item) => (typeof item === 'string' ? JSON.stringify(item) : numberText(item))).join(',')}]`;
};

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
      ?? refuse({ code: 'text-unreadable', stage: 'parse', message: `constant ${tensor.name} is shortened in this text; its values have to be supplied` });
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
