/** What the value of an option may be, on the command line and in the typed API alike: one test and one wording of each. Reads no text, gives no defaults. */
import { mostThreads } from '@loopsmith/contracts';

export interface Kind<T = unknown> {
  /** For a sentence that begins with "give". */
  readonly wanted: string;
  is(value: unknown): value is T;
}

export const wholeFromOne: Kind<number> = { wanted: 'a whole number from 1 up', is: (value): value is number => Number.isSafeInteger(value) && (value as number) > 0 };
export const threadCount: Kind<number> = { wanted: `a whole number from 1 to ${mostThreads}`, is: (value): value is number => wholeFromOne.is(value) && value <= mostThreads };
export const seedNumber: Kind<number> = { wanted: 'a whole number from 0 to 4294967295', is: (value): value is number => typeof value === 'number' && value >>> 0 === value };
/** Seconds or milliseconds. */
export const timeSpan: Kind<number> = { wanted: 'a time above 0', is: (value): value is number => typeof value === 'number' && value > 0 && Number.isFinite(value) };
/** Of which something is left and something is taken. */
export const properShare: Kind<number> = { wanted: 'a share between 0 and 1, such as 0.01', is: (value): value is number => typeof value === 'number' && value > 0 && value < 1 };
export const sizes: Kind<readonly number[]> = {
  wanted: 'whole numbers from 0 up',
  is: (value): value is readonly number[] => Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0),
};
