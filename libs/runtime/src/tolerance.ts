/** How far a kernel's answer may lie from the reference in double precision. Decided by the definition and by the name of an algorithm, never by a candidate. */
import { product } from '@loopsmith/util';
import { extentOf, isFloat, outputOf, valueDType, type Definition, type DType, type Stage, type Value } from '@loopsmith/ir';

/** |out - ref| <= relative * |ref| + ofScale * rms(ref) + absolute, rms over the whole output. */
export interface Tolerance { readonly relative: number; readonly ofScale: number; readonly absolute: number }

/** Half the distance from 1 to the next number: the error of one rounding. */
const unitRoundoff = (dtype: DType): number => {
  switch (dtype) {
    case 'f64': return 2 ** -53;
    case 'f32': return 2 ** -24;
    case 'f16': return 2 ** -11;
    case 'bf16': return 2 ** -8;
    default: return 0;
  }
};

/** Terms that an output element adds up, over the whole chain of stages. */
export const reductionLength = (definition: Definition): number =>
  Math.max(1, definition.stages.reduce((sum, stage) => sum + (stage.reduce === null ? 0 : product(stage.reduce.axes.map(extentOf))), 0));

/** Whether rounding happens on the way: copies, selections, maxima and comparisons are exact. */
const computesFloats = (stage: Stage): boolean => {
  const rounds = (value: Value): boolean => {
    switch (value.kind) {
      case 'constant': case 'load': case 'index': return false;
      case 'unary': return (isFloat(valueDType(value)) && value.operator !== 'negate' && value.operator !== 'absolute') || rounds(value.of);
      case 'cast': return rounds(value.of);
      case 'binary': return (isFloat(valueDType(value)) && value.operator !== 'max' && value.operator !== 'min') || rounds(value.left) || rounds(value.right);
      case 'select': return rounds(value.then) || rounds(value.otherwise);
      case 'choose': return [value.left, value.right, value.then, value.otherwise].some(rounds);
      default: return value satisfies never;
    }
  };
  return rounds(stage.value) || (isFloat(stage.dtype) && (stage.reduce?.operator === 'sum' || stage.reduce?.operator === 'product'));
};

/**
 * For floats 32 u sqrt(n), both relative and of the output's scale; u is the roundoff of the coarsest float dtype that an
 * input, stage or the output has, n the terms summed. Rounding errors of a sum grow like a random walk, u sqrt(n) of its
 * scale (Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., 2.6 and 4.2); 32 leaves room for another order
 * of summation and for a polynomial exp. A
 * kernel that leaves out one of n terms errs by 1/sqrt(n) of the scale, far more than this until n reaches 500,000.
 * Integers are exact; where they are rounded from computed floats, a value that lies on an edge may fall to either side.
 */
export const toleranceFor = (definition: Definition): Tolerance => {
  const computed = [...definition.inputs, ...definition.stages].filter((tensor) => isFloat(tensor.dtype));
  if (!isFloat(outputOf(definition).dtype)) return { relative: 0, ofScale: 0, absolute: definition.stages.some((stage) => computesFloats(stage)) ? 1 : 0 };
  const roundoff = Math.max(...computed.map((tensor) => unitRoundoff(tensor.dtype)));
  const share = 32 * roundoff * Math.sqrt(reductionLength(definition));
  return { relative: share, ofScale: share, absolute: 0 };
};

/**
 * How many times the tolerance of its definition an algorithm may use, by the text of the plan's `algorithm`. F(2x2,3x3) rounds as
 * the direct sum does (measured on 128 channels: largest error 0.02 of the tolerance, 0.02 direct). The entries of F(4x4,3x3) up to 8
 * magnify rounding of what then cancels (Lavin and Gray, arXiv:1509.09308, section 5; measured: 0.36 to 0.59 of the tolerance for
 * 64 to 256 channels), and an error of the maximum over many elements has a long tail: four times.
 */
export const allowanceOf = (algorithm: string | null): number => (algorithm === 'winograd 4' ? 4 : 1);
