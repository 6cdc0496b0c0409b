/**
 * Evaluate: what a definition computes, as plainly as it is written. Values are computed in double (integers wrap, see
 * `arithmetic.ts`), float reductions accumulate in double in the order of their axes, and each stage is rounded once, to
 * its dtype. This is the meaning that kernels are held to; it knows no schedule and no layout. Expects a definition that
 * `verifyDefinition` accepts and inputs of the declared dtypes and shapes: anything else is a bug and thrown.
 */
import { typeText } from '../dtype.js';
import { fromNumbers, keptInDoubles, numbersFor, toNumbers, type Numbers, type TensorData } from './data.js';
import { stageCode } from './javascript.js';
import { elementsOf, outputOf, shapeOf, tensorsOf, type Definition, type Input, type Stage, type Table } from './tensor.js';

type PointFunction = (...at: number[]) => number;

/**
 * The output stage by its name; with `keep: 'all'` every stage. Inputs by name, row-major. An index gathered from memory
 * is clamped into the range that the definition promises for it.
 */
export const evaluate = (definition: Definition, inputs: ReadonlyMap<string, TensorData>, options: { readonly keep?: 'output' | 'all' } = {}): ReadonlyMap<string, TensorData> => {
  const tensors = tensorsOf(definition);
  const held = heldTensors(definition, inputs);
  const lastUse = new Map<string, number>();
  const compiled = definition.stages.map((stage, i) => {
    const made = stageCode(stage, tensors, 'whole');
    for (const name of made.reads) lastUse.set(name, i);
    return { stage, ...made };
  });
  const kept = new Map<string, TensorData>();
  compiled.forEach(({ stage, body, reads, helpers }, i) => {
    const out = numbersFor(stage.dtype, elementsOf(stage));
    compile(['out'], body, reads.length, helpers.length)(reads.map((name) => held.get(name)), helpers)(out);
    held.set(stage.name, out);
    if (options.keep === 'all' || stage === outputOf(definition)) kept.set(stage.name, dataOf(stage, out));
    for (const name of reads) if (lastUse.get(name) === i) held.delete(name);
  });
  return kept;
};

/**
 * The output at some points alone, each a list of coordinates: every stage is computed only where they need it, and there
 * only once. Equal to the same elements of `evaluate`, as doubles.
 */
export const evaluateAt = (definition: Definition, inputs: ReadonlyMap<string, TensorData>, points: readonly (readonly number[])[]): Float64Array => {
  const tensors = tensorsOf(definition);
  const held: Map<string, Numbers | PointFunction> = heldTensors(definition, inputs);
  for (const stage of definition.stages) {
    const { body, reads, helpers } = stageCode(stage, tensors, 'point');
    const elements = elementsOf(stage);
    const make = compile(['out', 'known', ...stage.axes.map((_, i) => `v${i}`)], body, reads.length, helpers.length);
    const work = make(reads.map((name) => held.get(name)), helpers);
    held.set(stage.name, work.bind(null, numbersFor(stage.dtype, elements), new Uint8Array(elements)));
  }
  const output = held.get(outputOf(definition).name) as PointFunction;
  return Float64Array.from(points, (point) => output(...point));
};

/** Code into a function of its tensors and helpers, which answers the function to run. Only names made by `stageCode` are in it. */
const compile = (
  parameters: readonly string[],
  body: string,
  tensors: number,
  helpers: number,
): ((tensors: readonly unknown[], helpers: readonly unknown[]) => (...values: unknown[]) => number) =>
  // oxlint-disable-next-line typescript/no-implied-eval -- the fastest loops there are; names are generated, numbers are printed
  new Function(
    'tensors',
    'helpers',
    [
      '"use strict";',
      ...Array.from({ length: tensors }, (_, i) => `const t${i} = tensors[${i}];`),
      ...Array.from({ length: helpers }, (_, i) => `const f${i} = helpers[${i}];`),
      `return function (${parameters.join(', ')}) {`,
      body,
      '};',
    ].join('\n'),
  ) as ReturnType<typeof compile>;

const heldTensors = (definition: Definition, inputs: ReadonlyMap<string, TensorData>): Map<string, Numbers> => {
  const held = new Map<string, Numbers>();
  for (const input of definition.inputs) held.set(input.name, numbersOf(definition, input, inputs.get(input.name)));
  for (const table of definition.tables) held.set(table.name, tableNumbers(table));
  return held;
};

const numbersOf = (definition: Definition, input: Input, data: TensorData | undefined): Numbers => {
  const wanted = typeText(input), found = data ? `${typeText(data)} with ${data.values.length} values` : 'nothing';
  if (!data || found !== `${wanted} with ${elementsOf(input)} values`) throw new Error(`evaluate ${definition.name}: input ${input.name} needs ${wanted}, got ${found}`);
  return keptInDoubles(data.dtype) ? toNumbers(data) : (data.values as Numbers);
};

const tableNumbers = (table: Table): Numbers => {
  const numbers = numbersFor(table.dtype, table.values.length);
  numbers.set(toNumbers(fromNumbers(table.dtype, table.shape, table.values)));
  return numbers;
};

const dataOf = (stage: Stage, out: Numbers): TensorData => {
  const shape = shapeOf(stage);
  return out instanceof Float64Array && stage.dtype !== 'f64' ? fromNumbers(stage.dtype, shape, out) : { dtype: stage.dtype, shape, values: out };
};
