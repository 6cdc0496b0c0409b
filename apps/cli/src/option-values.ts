/** The values of command line options: read, checked, refused with the form that was expected. */
import { InvalidArgumentError } from 'commander';
import type { Budget } from '@loopsmith/stages';
import { properShare, seedNumber as seedKind, sizes, threadCount, timeSpan, wholeFromOne, type Kind } from './option-kinds.js';
import type { PassChoice } from './print-ir.js';
import { readTargetName, type TargetName } from './target-name.js';

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** `90s`, `2m`, `1.5h` in milliseconds. */
export const duration = (text: string): number => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m|min|h)$/.exec(text) ?? [];
  const milliseconds = Number(amount) * (units[unit ?? ''] ?? NaN);
  if (!timeSpan.is(milliseconds)) throw new InvalidArgumentError('Give a number and a unit, such as 90s, 2m or 1h.');
  return milliseconds;
};

const numberOf = ({ wanted, is }: Kind<number>) => (text: string): number => {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!is(value)) throw new InvalidArgumentError(`Give ${wanted}.`);
  return value;
};
export const positiveInteger = numberOf(wholeFromOne);
export const threads = numberOf(threadCount);
export const seedNumber = numberOf(seedKind);

/** `5%` or `5`, as a share. */
export const percentage = (text: string): number => {
  const [, number] = /^(\d+(?:\.\d+)?)%?$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('Give a percentage, such as 5%.');
  return Number(number) / 100;
};

/** A percentage of which something is left and something is taken. */
export const properPercentage = (text: string): number => {
  const share = percentage(text);
  if (!properShare.is(share)) throw new InvalidArgumentError('Give a percentage between 0 and 100, such as 1%.');
  return share;
};

/** `2e-3`: how far a number may be off. */
export const distance = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('Give a number from 0 up, such as 2e-3.');
  return value;
};

/** `x86-avx:avx2`: the hardware plugin and its ISA; `host` is this machine's. */
export const targetName = (text: string): TargetName => {
  const name = readTargetName(text);
  if (name === null) throw new InvalidArgumentError('Give a hardware plugin and an ISA, such as x86-avx:host or x86-avx:avx2.');
  return name;
};

/** `NAME=F.npy`, collected over several uses of the option. */
export const namedFile = (text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> => {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('Give the name of the input and a file, such as data=image.npy.');
  const name = text.slice(0, at), other = before.get(name);
  if (other !== undefined) throw new InvalidArgumentError(`${name} has ${other} already; give one file for each input.`);
  return new Map([...before, [name, text.slice(at + 1)]]);
};

/** Names of tensors, separated by commas. */
export const tensorNames = (text: string): readonly string[] => {
  const names = text.split(',');
  if (names.includes('')) throw new InvalidArgumentError('Give names of tensors separated by commas, such as Mfcc,labels_softmax.');
  return names;
};

/** `NAME=1,3,224,224`, collected. */
export const namedShape = (text: string, before: Readonly<Record<string, readonly number[]>>): Readonly<Record<string, readonly number[]>> => {
  const [, name, extents] = /^(.+)=(\d+(?:,\d+)*)?$/.exec(text) ?? [], shape = extents?.split(',').map(Number) ?? [];
  if (name === undefined || !sizes.is(shape)) throw new InvalidArgumentError('Give the name of the input and its shape, such as data=1,3,224,224.');
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`${name} is [${before[name]!.join(',')}] already; give one shape for each input.`);
  return { ...before, [name]: shape };
};

/** `after=all`, `after=changed`, `after=fuse,joinRows`: see `PassChoice`. */
export const passChoice = (text: string): PassChoice => {
  const [, passes] = /^after=(\w+(?:,\w+)*)$/.exec(text) ?? [];
  if (passes === undefined) throw new InvalidArgumentError('Give after=all, after=changed or passes, such as after=fuse,assignLayouts.');
  return passes === 'all' || passes === 'changed' ? passes : passes.split(',');
};

export const defaultBudget: Budget = { kind: 'time', milliseconds: 120_000 };

/** Where a search may end by itself, the time only keeps it from going on for ever. */
const patience = 3_600_000;

export const budgetOf = ({ budget, trials, stopBelow }: { readonly budget?: number; readonly trials?: number; readonly stopBelow?: number }): Budget => {
  if (trials !== undefined) return { kind: 'trials', trials };
  if (stopBelow !== undefined) return { kind: 'time', milliseconds: budget ?? patience, stopBelow };
  return budget === undefined ? defaultBudget : { kind: 'time', milliseconds: budget };
};
