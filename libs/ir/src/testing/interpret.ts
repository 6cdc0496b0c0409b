/**
 * Runs a Program, structured or expanded, on flat buffers as they are stored: the judge of every step and pass. Floats are
 * computed in double and rounded where a value is stored (stores, writes, `set`) or cast, so f32 sums differ from a device's
 * in their last bits. It measures no time. A parallel loop runs its iterations in order, and all lanes of a statement of a
 * vectorized one read before any of them stores, but where they all combine their value with one element. The threads of a
 * launched kernel run in turns from barrier to barrier, and what two of them may not do without one between is found (see interpret-launch).
 */
import { fromNumbers, numbersFor, toNumbers, type NumericArray, type Numbers } from '../tensor/data.js';
import { compileKernel } from './interpret-kernel.js';
import { runLaunched, type Thread } from './interpret-launch.js';
import { visitStatements, type Buffer, type Program } from '../loops/program.js';

/**
 * Runs the kernels in order, in place. `buffers` holds every global buffer of the program by name, at least `size` elements
 * each: Float64Array (numbers) or the dtype's own array; temporaries may be left out. Slack, declared buffers and temporaries
 * left out start as NaN (integers: as 0). Throws an Error that names kernel, access and index when an access is out of range,
 * and one that names the buffer when it is missing or too short; of launched kernels also when threads meet in memory without a
 * barrier between, or come to different barriers.
 */
export const interpret = (program: Program, buffers: ReadonlyMap<string, NumericArray>): void => {
  const globals = program.buffers.map((buffer) => {
    const given = buffers.get(buffer.name);
    if (!given && buffer.role !== 'temporary')
      throw new Error(
        `interpret needs the ${buffer.role} buffer ${buffer.name} of ${buffer.size} elements; it is not among ${[...buffers.keys()].join(', ') || 'none'}`,
      );
    if (given && given.length < buffer.size) throw new Error(`interpret needs ${buffer.size} elements of ${buffer.name}; it was given ${given.length}`);
    const memory = poisoned(buffer);
    if (given) fill(memory, buffer, given);
    return memory;
  });
  for (const kernel of program.kernels) {
    const { source, memory, helpers, sites } = compileKernel(kernel, program.buffers);
    const fail = (site: number, index: number, limit: number): never => {
      throw new Error(`${sites[site]!} at ${index}, outside 0..${limit - 1}`);
    };
    const parameters = memory.map((_, i) => `m${i}`);
    // oxlint-disable-next-line typescript/no-implied-eval -- the fastest loops there are; the source is generated names and numbers alone (see interpret-kernel)
    const run = new Function(...parameters, 'helpers', 'fail', 'hardware', 'watch', source) as (...parameters: unknown[]) => unknown;
    if (kernel.launch) {
      runLaunched({ ...kernel, launch: kernel.launch }, memory, sites, (slot) => globals[slot] ?? poisoned(memory[slot]!), (arrays, hardware, watch) =>
        run(...arrays, helpers, fail, hardware, watch) as Thread);
      continue;
    }
    run(...memory.map((buffer, i) => globals[i] ?? poisoned(buffer)), helpers, fail);
  }
  const stored = new Set<string>();
  for (const { body } of program.kernels) visitStatements(body, (statement) => { if (statement.kind === 'store' || statement.kind === 'write') stored.add(statement.buffer.name); });
  program.buffers.forEach((buffer, i) => {
    const given = buffers.get(buffer.name);
    if (given && stored.has(buffer.name)) handBack(globals[i]!, buffer, given);
  });
};

/** Memory of a buffer with its slack. */
const poisoned = ({ dtype, size, slack }: Buffer): Numbers => numbersFor(dtype, size + slack).fill(NaN);

const fill = (memory: Numbers, { dtype, size }: Buffer, given: NumericArray): void => {
  const numbers = given instanceof Float64Array ? given : toNumbers({ dtype, shape: [given.length], values: given });
  memory.set(numbers.subarray(0, size));
};

const handBack = (memory: Numbers, { dtype, size }: Buffer, given: NumericArray): void => {
  const numbers = Float64Array.from(memory.subarray(0, size));
  const values = given instanceof Float64Array ? numbers : fromNumbers(dtype, [size], numbers).values;
  if (given instanceof BigInt64Array || given instanceof BigUint64Array) given.set(values as BigInt64Array);
  else given.set(values as Float64Array);
};
