/** The shapes and values of a model's inputs: what the file says, and what the user gave for what it leaves open. Knows no format. */
import type { ImportOptions } from '@loopsmith/contracts';
import type { TensorData } from '@loopsmith/ir';
import { refuseImport } from './refuse-import.js';

/** A dimension is a size, a symbol, or null when nothing is said; the shape is null when the rank is open. */
export type DeclaredShape = readonly (number | string | null)[] | null;
interface DeclaredInput { readonly name: string; readonly shape: DeclaredShape }

/** The shape of every input. A symbol that one input's binding gives a size has that size in all inputs. */
export const boundShapes = (inputs: readonly DeclaredInput[], given: ImportOptions['shapes']): readonly (readonly number[])[] => {
  const names = inputs.map((input) => input.name);
  for (const name of Object.keys(given))
    if (!names.includes(name))
      refuseImport('shape-needed', `--shape names the input ${name}, which the model does not have; its inputs are ${names.join(', ')}`);
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
  return inputs.map((input) => {
    if (Object.hasOwn(given, input.name)) return given[input.name]!;
    if (!input.shape) return refuseImport('shape-needed', `input ${input.name} has no shape in the model; give one with --shape ${input.name}=..., its sizes separated by commas`);
    return input.shape.map((dim, axis) => {
      const size = typeof dim === 'string' ? symbols.get(dim) : dim;
      return (
        size ??
        refuseImport(
          'shape-needed',
          `input ${input.name} has an open dimension ${dim ?? '?'} (axis ${axis}) in its shape [${shapeText(input.shape)}]; give it a size with --shape ${input.name}=${exampleOf(input.shape)}`,
        )
      );
    });
  });
};

/** The values that inputs were given. Refused: one for an input that the model does not have, or of another type than it declares, where that is said. */
export const givenValues = (inputs: readonly { readonly name: string; readonly dtype?: string }[], given: ImportOptions['values'] = {}): ReadonlyMap<string, TensorData> => {
  for (const [name, { dtype }] of Object.entries(given)) {
    const input = inputs.find((one) => one.name === name);
    if (!input) return refuseImport('model-input', `a value was given for the input ${name}, which the model does not have; its inputs are ${inputs.map((one) => one.name).join(', ')}`);
    if (input.dtype !== undefined && input.dtype !== dtype) refuseImport('model-input', `the value given for the input ${name} is ${dtype}; the model declares ${input.dtype}`);
  }
  return new Map(Object.entries(given));
};

const shapeText = (shape: DeclaredShape): string => (shape ?? []).map((dim) => dim ?? '?').join(',');
/** The declared shape with 1 for an open first dimension, most often a batch; a 1 for an open width would compile, and be of no use to anybody. */
const exampleOf = (shape: DeclaredShape): string => {
  const dims = (shape ?? []).map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : 'SIZE'));
  return `${dims.join(',')}${dims.includes('SIZE') ? ', with a number for each SIZE' : ''}`;
};
