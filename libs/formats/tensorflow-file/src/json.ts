/** Reading JSON that nobody has checked: each value is what was expected, or the file is refused and the place named. */
import { shown } from '@loopsmith/util';
import { refuseFile } from './refusal.js';

export interface JsonRecord { readonly [key: string]: unknown }

export const isRecord = (value: unknown): value is JsonRecord => typeof value === 'object' && value !== null && !Array.isArray(value);

const wrong = (value: unknown, what: string, expected: string): never =>
  refuseFile('damaged', `${what} is ${value === undefined ? 'missing' : shown(value)}; ${expected} was expected`);

export const record = (value: unknown, what: string): JsonRecord => (isRecord(value) ? value : wrong(value, what, 'an object'));
export const array = (value: unknown, what: string): readonly unknown[] => (Array.isArray(value) ? value as readonly unknown[] : wrong(value, what, 'a list'));
export const text = (value: unknown, what: string): string => (typeof value === 'string' ? value : wrong(value, what, 'a text'));
/** Also written as a text, as protobuf's JSON has 64-bit integers. */
export const integer = (value: unknown, what: string): number => {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  return Number.isInteger(number) ? number as number : wrong(value, what, 'an integer');
};
