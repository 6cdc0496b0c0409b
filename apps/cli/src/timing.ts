/** Times of whole inferences through a session: warm first, then single runs, with the figures people compare. Prints nothing. */
import type { TensorData } from '@loopsmith/ir';
import { elementArray, seededRandom } from '@loopsmith/util';
import type { NumericArray } from '@loopsmith/ir';
import { median, type Clock } from '@loopsmith/stages';
import type { Session } from '@loopsmith/contracts';

export interface Timing {
  readonly meanMs: number;
  /** Sample standard deviation. */
  readonly stdMs: number;
  readonly minMs: number;
  readonly medianMs: number;
  readonly runs: number;
  readonly threads: number;
}

export interface TimingOptions {
  readonly clock: Clock;
  readonly threads: number;
  readonly seconds: number;
  readonly leastRuns: number;
  /** Whatever the time; all it takes when absent. */ readonly mostRuns?: number;
}

/** At least `leastRuns` runs and `seconds` of them, after at least three runs and 0.3 s of warming up. */
export const timeSession = async (session: Session, inputs: ReadonlyMap<string, TensorData>, options: TimingOptions): Promise<Timing> => {
  const [samples] = await alternatingSamples([{ session, inputs }], options);
  return timingOf(samples!, options.threads);
};

/** Milliseconds of each session, warm, one run each by turns, so that what the machine does meanwhile falls on all of them alike: sample i of all belongs together. */
export const alternatingSamples = async (
  entries: readonly { readonly session: Session; readonly inputs: ReadonlyMap<string, TensorData> }[],
  { clock, seconds, leastRuns, mostRuns = Infinity }: TimingOptions,
): Promise<readonly (readonly number[])[]> => {
  const samples: number[][] = entries.map(() => []);
  const round = async (keep: boolean): Promise<void> => {
    for (const [i, { session, inputs }] of entries.entries()) {
      const began = clock.now();
      await session.run(inputs);
      if (keep) samples[i]!.push(clock.now() - began);
    }
  };
  const rounds = async (least: number, milliseconds: number, keep: boolean): Promise<void> => {
    const began = clock.now();
    for (let done = 0; done < least || (done < mostRuns && clock.now() - began < milliseconds); done++) await round(keep);
  };
  await rounds(3, 300, false);
  await rounds(leastRuns, seconds * 1000 * entries.length, true);
  return samples;
};

export const timingOf = (milliseconds: readonly number[], threads: number): Timing => {
  const runs = milliseconds.length;
  const meanMs = milliseconds.reduce((a, b) => a + b, 0) / runs;
  const stdMs = runs < 2 ? 0 : Math.sqrt(milliseconds.reduce((sum, value) => sum + (value - meanMs) ** 2, 0) / (runs - 1));
  // a small network runs more often in ten seconds than a call takes arguments
  const minMs = milliseconds.reduce((a, b) => Math.min(a, b), Infinity);
  return { meanMs, stdMs, minMs, medianMs: median(milliseconds), runs, threads };
};

/** Seeded inputs that no kernel finds easy: floats in [-1, 1), small integers for the rest. */
export const randomInputs = (session: Session, seed: number): ReadonlyMap<string, TensorData> =>
  new Map(session.inputs.map(({ name, dtype, shape }) => {
    const random = seededRandom(seed).fork(name);
    const values: NumericArray = elementArray(dtype, shape.reduce((product, extent) => product * extent, 1));
    if (values instanceof BigInt64Array || values instanceof BigUint64Array)
      for (let i = 0; i < values.length; i++) values[i] = BigInt(random.below(2));
    else if (values instanceof Float32Array || values instanceof Float64Array)
      for (let i = 0; i < values.length; i++) values[i] = 2 * random.next() - 1;
    // f16 and bf16 are bits here: the sign and 0.5 or so
    else if (dtype === 'f16' || dtype === 'bf16')
      for (let i = 0; i < values.length; i++) values[i] = (random.below(2) << 15) | ((dtype === 'f16' ? 0x3800 : 0x3f00) + random.below(64));
    else for (let i = 0; i < values.length; i++) values[i] = random.below(2);
    return [name, { dtype, shape, values }];
  }));
