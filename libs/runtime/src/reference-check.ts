/** Is the compiled reference right? Compares it with `evaluate` where kernels and references go wrong. Pure. */
import { evaluateAt, outputOf, shapeOf, type Definition, type TensorData } from '@loopsmith/ir';
import { fail, seededRandom, succeed, type Outcome } from '@loopsmith/util';
import { stratifiedPoints } from './stratified-points.js';
import { reductionLength, toleranceFor } from './tolerance.js';

const pointsAtMost = 4000, pointsAtLeast = 64;
/** Terms that a check may add up: some 20 ms. A sum of 4608 terms is checked at four hundred points, all corners and many edges and tails among them. */
const affordableTerms = 2_000_000;

const scaleOf = (values: Float64Array): number => {
  let sum = 0, count = 0;
  for (const value of values) if (Number.isFinite(value)) { sum += value * value; count++; }
  return count === 0 ? 0 : Math.sqrt(sum / count);
};

/** `answer`: the reference's output for `inputs`, row-major. */
export const checkReference = (definition: Definition, inputs: ReadonlyMap<string, TensorData>, answer: Float64Array, seed: number): Outcome<void> => {
  const output = outputOf(definition), shape = shapeOf(output);
  const count = Math.min(pointsAtMost, Math.max(pointsAtLeast, Math.floor(affordableTerms / reductionLength(definition))));
  const points = stratifiedPoints(shape, count, seededRandom(seed));
  const expected = evaluateAt(definition, inputs, points);
  const { relative, ofScale, absolute } = toleranceFor(definition);
  const base = ofScale * scaleOf(answer) + absolute;
  for (const [i, point] of points.entries()) {
    const wanted = expected[i]!, got = answer[point.reduce((at, coordinate, axis) => at * shape[axis]! + coordinate, 0)]!;
    if (Object.is(wanted, got) || Math.abs(wanted - got) <= relative * Math.abs(wanted) + base) continue;
    return fail({
      code: 'reference-disagrees',
      stage: 'measure',
      message: `the compiled reference of ${definition.name} gives ${got} for ${output.name}[${point.join(', ')}] where evaluating the definition gives ${wanted}; no candidate can be judged by it, so the task is left out`,
    });
  }
  return succeed(undefined);
};
