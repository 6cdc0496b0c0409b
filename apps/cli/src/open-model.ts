/** What can be said of a model that leaves sizes open: its inputs, its operators, and a command with an example for every size. Imports no model and knows no right size. */
import type { DeclaredShape, OpenModel } from '@loopsmith/contracts';
import { commandLine } from './command-line.js';
import type { CompilerOptions } from './compiler.js';
import type { MissingOperators } from './missing-operators.js';
import { count } from './progress.js';
import { table } from './table.js';

/** Of pictures and of everything else: sizes that most networks take, to try with. */
const EXAMPLE_PIXELS = 224, EXAMPLE_LENGTH = 128;

/**
 * By input, a shape for each that is open: 1 for a first dimension, most often a batch, and one size for each symbol. None for an input whose number of
 * dimensions is open.
 */
export const exampleShapes = (inputs: OpenModel['inputs']): Readonly<Record<string, readonly number[]>> => {
  const symbols = new Map<string, number>();
  const sizeOf = (dim: number | string | null, axis: number, rank: number): number => {
    if (typeof dim === 'number') return dim;
    const size = (dim === null ? undefined : symbols.get(dim)) ?? (axis === 0 ? 1 : rank === 4 ? EXAMPLE_PIXELS : EXAMPLE_LENGTH);
    if (dim !== null) symbols.set(dim, size);
    return size;
  };
  return Object.fromEntries(inputs.flatMap(({ name, shape }) => (shape === null || shape.every((dim) => typeof dim === 'number')
    ? [] : [[name, shape.map((dim, axis) => sizeOf(dim, axis, shape.length))]])));
};

/** The same command with a size for everything that is open, or null where the number of dimensions is. */
export const completedCommand = (words: readonly string[], { inputs }: OpenModel, options: CompilerOptions): string | null =>
  (inputs.some(({ shape }) => shape === null) ? null : commandLine(words, { ...options, shape: { ...options.shape, ...exampleShapes(inputs) } }));

export const shapeText = (shape: DeclaredShape): string => (shape === null ? 'of open rank' : `[${shape.map((dim) => dim ?? '?').join(',')}]`);

/** `words`: the command and the model, as they were typed. */
export const openModelText = (words: readonly string[], model: OpenModel, { rows }: MissingOperators, options: CompilerOptions): string => {
  const operators = [
    ...[...model.operators].sort((a, b) => b.nodes - a.nodes || (a.operator < b.operator ? -1 : 1)).map((one) => ({ ...one, state: 'imported' })),
    ...rows.map(({ operator, nodes }) => ({ operator, nodes: nodes.length, state: 'not imported' })),
  ];
  const command = completedCommand(words, model, options), nodes = operators.reduce((sum, one) => sum + one.nodes, 0);
  return [
    `${count(nodes, 'node')} of a model that leaves sizes open${rows.length > 0 ? '; inputs of the part that needs no operator that is not imported' : ''}\n`,
    ...model.inputs.map(({ name, dtype, shape }) => `input ${name}: ${dtype} ${shapeText(shape)}\n`),
    table(operators, [
      { title: 'nodes', right: true, cell: (one) => String(one.nodes) },
      { title: 'state', cell: (one) => one.state },
      { title: 'operator', cell: (one) => one.operator },
    ]),
    command === null ? '' : `The whole report, with sizes that are examples: ${command}\n`,
  ].join('');
};
