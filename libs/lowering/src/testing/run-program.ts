/** Runs a program on packed inputs and answers its output in logical order: the bridge between `interpret` and `evaluate`. */
import { evaluate, fromNumbers, layoutSize, outputOf, pack, shapeOf, tensorsOf, toNumbers, unpack, type Definition, type NumericArray, type Plan, type Program, type TensorData } from '@loopsmith/ir';
import { interpret } from '@loopsmith/ir/testing';
import { elementArray, product, seededRandom } from '@loopsmith/util';

/** Seeded by the tensor's name: seeding by argument order makes right programs look wrong. */
export const randomInputs = (definition: Definition, seed: number): ReadonlyMap<string, TensorData> =>
  new Map(definition.inputs.map(({ name, dtype, shape }) => {
    const random = seededRandom(seed).fork(name);
    const values = Array.from({ length: product(shape) }, () => random.next() * 2 - 1);
    return [name, fromNumbers(dtype, shape, values)];
  }));

/** The output as doubles, row-major. Padding of packed weights is zero; that of run-time tensors and slack are NaN, so that a use of them shows. */
export const runProgram = (plan: Plan, program: Program, inputs: ReadonlyMap<string, TensorData>): Float64Array => {
  const tensors = tensorsOf(plan.definition);
  // evaluated only where a stage is computed at compile time
  let computed: ReadonlyMap<string, TensorData> | undefined;
  const ofStage = (name: string): TensorData | undefined => (computed ??= evaluate(plan.definition, inputs, { keep: 'all' })).get(name);
  const tables = new Map(plan.definition.tables.map((table) => [table.name, fromNumbers(table.dtype, table.shape, table.values)]));
  const buffers = new Map<string, NumericArray>();
  for (const { name, size, role } of program.buffers) {
    const stored = elementArray('f64', size).fill(role === 'compile' ? 0 : NaN);
    if (role === 'input' || role === 'compile') {
      const data = inputs.get(name) ?? tables.get(name) ?? ofStage(name)!;
      pack(plan.inputs.get(name) ?? plan.stages.get(name)!.layout, shapeOf(tensors.get(name)!), toNumbers(data), stored);
    }
    buffers.set(name, stored);
  }
  interpret(program, buffers);
  const output = outputOf(plan.definition);
  const { layout } = plan.stages.get(output.name)!;
  const logical = new Float64Array(product(shapeOf(output)));
  if (buffers.get(output.name)!.length !== layoutSize(layout)) throw new Error('the output buffer has another size than its layout');
  unpack(layout, shapeOf(output), buffers.get(output.name)! as Float64Array, logical);
  return logical;
};

/** The largest |a - b| / (|b| + 1). */
export const largestDifference = (found: Float64Array, expected: Float64Array): number =>
  found.reduce((most, value, i) => Math.max(most, Number.isFinite(value) ? Math.abs(value - expected[i]!) / (Math.abs(expected[i]!) + 1) : Infinity), 0);
