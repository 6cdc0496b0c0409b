/** The shapes and values of a model's inputs: what the file says, and what the user gave for what it leaves open. Knows no format. */
import type { DeclaredShape, ImportOptions } from '@loopsmith/contracts';
import type { DType, TensorData } from '@loopsmith/ir';
import { didYouMean } from '@loopsmith/util';
import { refuseImport } from './refuse-import.js';

interface DeclaredInput { readonly name: string; readonly dtype: DType; readonly shape: DeclaredShape }

/**
 * The shape of every input. A symbol that one input's binding gives a size has that size in all inputs. `nodes` are the model's, for who is told of
 * sizes that stay open.
 */
export const boundShapes = (
  inputs: readonly DeclaredInput[], nodes: readonly { readonly operator: string }[], { shapes: given, onOpenShapes }: Pick<ImportOptions, 'shapes' | 'onOpenShapes'>,
): readonly (readonly number[])[] => {
  const names = inputs.map((input) => input.name);
  for (const name of Object.keys(given))
    if (!names.includes(name))
      refuseImport('shape-needed', `--shape names the input ${name}${didYouMean(name, names)}, which the model does not have; its inputs are ${names.join(', ')}`);
  const symbols = new Map<string, number>();
  for (const input of inputs) {
    const shape = Object.hasOwn(given, input.name) ? given[input.name] : undefined;
    if (!shape) continue;
    const declared = input.shape;
    const fits = !declared || (declared.length === shape.length && declared.every((dim, axis) => typeof dim !== 'number' || dim === shape[axis]));
    if (!fits)
      refuseImport(
        'shape-needed',
        `--shape ${input.name}=${shape.join(',')} does not fit the input ${input.name} of shape [${shapeText(declared)}]: only open dimensions can be given, and their number is fixed`,
      );
    declared?.forEach((dim, axis) => {
      if (typeof dim !== 'string') return;
      const before = symbols.get(dim);
      if (before !== undefined && before !== shape[axis])
        refuseImport(
          'shape-needed',
          `--shape gives the dimension ${dim} the sizes ${before} and ${shape[axis]!}; the model uses one symbol, so it must be one size`,
        );
      symbols.set(dim, shape[axis]!);
    });
  }
  const bound = inputs.map((input): DeclaredInput => {
    if (Object.hasOwn(given, input.name)) return { ...input, shape: given[input.name]! };
    return { ...input, shape: input.shape && input.shape.map((dim) => (typeof dim === 'string' ? (symbols.get(dim) ?? dim) : dim)) };
  });
  const open = bound.filter(({ shape }) => !isClosed(shape)), [first] = open;
  if (!first) return bound.map(({ shape }) => shape as readonly number[]);
  const operators = new Map<string, number>();
  for (const { operator } of nodes) operators.set(operator, (operators.get(operator) ?? 0) + 1);
  onOpenShapes?.({ inputs: bound, operators: [...operators].map(([operator, count]) => ({ operator, nodes: count })) });
  const wanted = open.map(({ name, shape }) => `--shape ${name}=${exampleOf(shape)}`).join(' '), sized = open.some(({ shape }) => shape && exampleOf(shape).includes('SIZE'));
  if (!first.shape) return refuseImport('shape-needed', `input ${first.name} has no shape in the model; give one with ${wanted}, its sizes separated by commas`);
  const axis = first.shape.findIndex((dim) => typeof dim !== 'number');
  return refuseImport(
    'shape-needed',
    `input ${first.name} has an open dimension ${first.shape[axis] ?? '?'} (axis ${axis}) in its shape [${shapeText(first.shape)}]; give it a size with ${wanted}${sized ? ', with a number for each SIZE' : ''}`,
  );
};

const isClosed = (shape: DeclaredShape): boolean => shape?.every((dim) => typeof dim === 'number') ?? false;

/** The values that inputs were given. Refused: one for an input that the model does not have, or of another type than it declares, where that is said. */
export const givenValues = (inputs: readonly { readonly name: string; readonly dtype?: string }[], given: ImportOptions['values'] = {}): ReadonlyMap<string, TensorData> => {
  for (const [name, { dtype }] of Object.entries(given)) {
    const input = inputs.find((one) => one.name === name);
    if (!input) return refuseImport('model-input', `a value was given for the input ${name}${didYouMean(name, inputs.map((one) => one.name))}, which the model does not have; its inputs are ${inputs.map((one) => one.name).join(', ')}`);
    if (input.dtype !== undefined && input.dtype !== dtype) refuseImport('model-input', `the value given for the input ${name} is ${dtype}; the model declares ${input.dtype}`);
  }
  return new Map(Object.entries(given));
};

const shapeText = (shape: DeclaredShape): string => (shape ?? []).map((dim) => dim ?? '?').join(',');
/** The shape with 1 for an open first dimension, most often a batch; a 1 for an open width would compile, and be of no use to anybody. */
const exampleOf = (shape: DeclaredShape): string => shape?.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : 'SIZE')).join(',') ?? '...';
