/**
 * Text of graphs and networks: what `--print-ir` shows and goldens hold. A graph's text says all of it, but for the values of
 * large constants, of which only the first are shown; specs read it back (`testing/parse-graph`). A network's text is for people.
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
import { typeText } from '../dtype.js';
import { toNumbers, type TensorData } from '../tensor/data.js';
import { layoutText } from '../tensor/layout.js';
import { printDefinition } from '../tensor/text.js';
import { isName, numberText } from '../text/tokens.js';
import { axisNames } from './axis-names.js';
import type { Attribute, Graph, GraphNode } from './graph.js';
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

const nameText = (name: string): string => (isName(name) ? name : JSON.stringify(name));
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
