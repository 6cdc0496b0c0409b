/**
 * Binds a model to a test case: open dimensions to the shapes of the case's inputs, inputs that decide shapes to their values.
 * Only what the model turns out to need is bound, the fewest inputs first. Knows no model format and reads no files.
 */
import { isFloat, type TensorData } from '@loopsmith/ir';
import { FailureError } from '@loopsmith/util';
import type { Case, NamedTensor } from './cases.js';

export interface Binding {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Inputs that become constants. */
  readonly values: Readonly<Record<string, TensorData>>;
}

/** Inputs that may decide shapes, likeliest first: numbers before lists, integers before floats. A tensor of more axes is data. */
const candidatesOf = (inputs: readonly NamedTensor[]): readonly NamedTensor[] =>
  inputs.filter(({ data }) => data.shape.length <= 1)
    .toSorted((a, b) => a.data.shape.length - b.data.shape.length || Number(isFloat(a.data.dtype)) - Number(isFloat(b.data.dtype)));

/**
 * What `work` makes with as little bound as it accepts: while it refuses with `shape-needed` or `value-needed`, the shapes
 * and then the values of the case are added, one more at a time. `given` was chosen by the user and stays; the refusal that leaves is the first that shapes do not cure.
 */
export const bindToCase = async <T>(
  first: Case | undefined,
  given: Binding,
  work: (binding: Binding) => T | Promise<T>,
): Promise<{ readonly made: T; readonly binding: Binding }> => {
  const named = [...(first?.inputs.values() ?? [])].filter(({ name }) => name !== '');
  const candidates = candidatesOf(named);
  let withShapes = false,
    bound = 0;
  let refusal: unknown;
  for (;;) {
    const values = { ...Object.fromEntries(candidates.slice(0, bound).map(({ name, data }) => [name, data])), ...given.values };
    const open = withShapes ? named.filter(({ name }) => !Object.hasOwn(values, name)) : [];
    const binding = { values, shapes: { ...Object.fromEntries(open.map(({ name, data }) => [name, data.shape])), ...given.shapes } };
    try {
      return { made: await work(binding), binding };
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      refusal ??= error;
      if (error.failure.code === 'shape-needed' && !withShapes) {
        withShapes = true;
        // the case has these shapes: what is refused with them is something else
        refusal = undefined;
      } else if (error.failure.code === 'value-needed' && bound < candidates.length) bound++;
      else if (error.failure.code === 'shape-needed' || error.failure.code === 'value-needed') throw refusal;
      else throw error;
    }
  }
};
