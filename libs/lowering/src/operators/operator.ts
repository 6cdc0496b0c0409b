/**
 * Operator: what a node of a graph means, as a definition. Types and shapes follow from the definition, so that there is
 * one source for both. Reads a node's operands and attributes with refusals that name it; knows no operator by name.
 */
import {
  build, isFloat, outputOf, shapeOf, valueDType,
  type Attribute, type Definition, type DType, type GraphNode, type GraphTensor, type Input, type LoopVariable, type Stage, type Table, type TensorType, type Value,
} from '@loopsmith/ir';
import { attempt, refuse, type Outcome } from '@loopsmith/util';

/** An operand as the graph knows it. With `data` its value is known when the library is built: a `compile` input of the definition. */
export type Operand = Pick<GraphTensor, 'dtype' | 'shape' | 'data'>;
/** In the order of the node's inputs; an absent optional input is undefined. */
export type Operands = readonly (Operand | undefined)[];

export interface Operator {
  /** Types and shapes of the outputs, in order. */
  infer(node: GraphNode, inputs: Operands): Outcome<readonly TensorType[]>;
  define(node: GraphNode, inputs: Operands): Outcome<Definition>;
  /** For people: `conv2d 3x3 64→128 s2 @56`. Throws when `define` refuses. */
  label(node: GraphNode, inputs: Operands): string;
}

/** A node being read. Attributes that nobody asked for are refused at the end: a misspelt one would change the numbers in silence. */
export interface Reading {
  readonly node: GraphNode;
  /** How many inputs the node has, absent ones included. */
  readonly inputCount: number;
  /** The operand at `position` as an input of the definition called `name`. */
  input(position: number, name: string): Input;
  optional(position: number, name: string): Input | undefined;
  integers(attribute: string, fallback?: readonly number[]): readonly number[];
  number(attribute: string, fallback?: number): number;
  flag(attribute: string, fallback: boolean): boolean;
  text(attribute: string): string;
  /** One of `choices`, the first of which is the default. */
  word<Choice extends string>(attribute: string, choices: readonly [Choice, ...Choice[]]): Choice;
  /** Refuses the node: the message is `conv2d "conv1" ` and these words. */
  refuse(words: string): never;
}

export interface Meaning { readonly definition: Definition; readonly label: string }

/** An operator with one output from the function that says what a node means. */
export const operator = (meaningOf: (reading: Reading) => Meaning): Operator => {
  const read = (node: GraphNode, inputs: Operands): Meaning => {
    const { reading, unread } = readingOf(node, inputs);
    const meaning = meaningOf(reading);
    const [stranger] = unread();
    if (stranger !== undefined) return reading.refuse(`has an attribute ${stranger}, which ${node.operator} does not know`);
    const used = node.outputs.slice(1).find((output) => output !== '');
    if (used !== undefined) return reading.refuse(`has a second output ${used}; Loopsmith computes only the first one of ${node.operator}`);
    return meaning;
  };
  return {
    infer: (node, inputs) => attempt(() => {
      const output = outputOf(read(node, inputs).definition);
      return [{ dtype: output.dtype, shape: shapeOf(output) }];
    }),
    define: (node, inputs) => attempt(() => read(node, inputs).definition),
    label: (node, inputs) => read(node, inputs).label,
  };
};

const readingOf = (node: GraphNode, inputs: Operands): { readonly reading: Reading; unread(): readonly string[] } => {
  const asked = new Set<string>();
  const attribute = (name: string): Attribute | undefined => { asked.add(name); return node.attributes[name]; };
  const wrong = (name: string, expected: string): never =>
    reading.refuse(
      node.attributes[name] === undefined
        ? `has no attribute ${name}; give ${expected}`
        : `has ${name} = ${JSON.stringify(node.attributes[name])}; expected ${expected}`,
    );
  const reading: Reading = {
    node,
    inputCount: inputs.length,
    input: (position, name) => reading.optional(position, name) ?? reading.refuse(`has no input ${name} at position ${position}`),
    optional: (position, name) => {
      const operand = inputs[position];
      return operand && build.input(name, operand.dtype, operand.shape, operand.data ? 'compile' : 'run');
    },
    integers: (name, fallback) => {
      const value = attribute(name) ?? fallback;
      return isIntegers(value) ? value : wrong(name, 'a list of integers');
    },
    number: (name, fallback) => {
      const value = attribute(name) ?? fallback;
      return typeof value === 'number' ? value : wrong(name, 'a number');
    },
    flag: (name, fallback) => {
      const value = attribute(name) ?? fallback;
      return typeof value === 'boolean' ? value : wrong(name, 'true or false');
    },
    text: (name) => {
      const value = attribute(name);
      return typeof value === 'string' ? value : wrong(name, 'a text');
    },
    word: (name, choices) => {
      const value = attribute(name) ?? choices[0];
      return choices.find((choice) => choice === value) ?? wrong(name, `one of ${choices.join(', ')}`);
    },
    refuse: (words) => refuse({ code: 'operator-refused', stage: 'graph', message: `${node.operator} "${node.name}" ${words}` }),
  };
  return { reading, unread: () => Object.keys(node.attributes).filter((name) => !asked.has(name)) };
};

export const isIntegers = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every((item) => Number.isInteger(item));

/** A definition from its parts; absent inputs and stages are left out. */
export const definitionOf = (name: string, inputs: readonly (Input | undefined)[], stages: readonly (Stage | undefined)[], tables: readonly Table[] = []): Definition => ({
  name, tables, inputs: inputs.filter((part) => part !== undefined), stages: stages.filter((part) => part !== undefined),
});

/** What a sum of this dtype is kept in: half floats would lose their low bits after a few hundred terms. */
export const accumulatorOf = (dtype: DType): DType => (isFloat(dtype) && dtype !== 'f64' ? 'f32' : dtype);

/** Stage A: at each point of `axes` the sum of a product over `reduced` axes, in the dtype that sums are kept in. */
export const sumOfProducts = (type: DType, axes: readonly LoopVariable[], reduced: readonly LoopVariable[], ...factors: readonly Value[]): Stage =>
  build.stage('A', type, axes, factors.map((factor) => castTo(type, factor)).reduce((left, right) => build.binary('multiply', left, right)), build.over('sum', reduced, type));

/** The value as `dtype`; no cast where it is one already. */
export const castTo = (dtype: DType, value: Value): Value => (valueDType(value) === dtype ? value : build.cast(dtype, value));

/** `1x64x56x56`; a scalar is `scalar`. */
export const shapeText = (shape: readonly number[]): string => (shape.length === 0 ? 'scalar' : shape.join('x'));
