/** One line of a record file: a TuningRecord as JSON, and back with every field checked. Does not touch files. */
import type { TuningRecord } from '@loopsmith/contracts';

export const printRecord = (record: TuningRecord): string => JSON.stringify(record);

/** The record, or why the line is none. Fields this version does not know are let through, so that a newer minor can add some. */
export const readRecord = (line: string): TuningRecord | string => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  if (!isObject(value)) return 'not a JSON object';
  if (value['v'] !== 1) return `record version ${JSON.stringify(value['v']) ?? 'missing'}; this Loopsmith reads version 1`;
  const wrong = Object.keys(fields).find((name) => !fields[name as keyof typeof fields](value[name]));
  return wrong === undefined ? (value as unknown as TuningRecord) : `field "${wrong}" is missing or of the wrong form`;
};

type Check = (value: unknown) => boolean;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const oneOf = (...words: readonly string[]): Check => (value) => words.includes(value as string);
const orNull = (check: Check): Check => (value) => value === null || check(value);
const optional = (check: Check): Check => (value) => value === undefined || check(value);
const listOf = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
const objectOf = (checks: Readonly<Record<string, Check>>): Check => (value) => isObject(value) && Object.entries(checks).every(([name, check]) => check(value[name]));

const isTiming = objectOf({
  kind: oneOf('measured', 'emulated', 'modelled'), error: isNumber,
  samplesNs: (samples) => Array.isArray(samples) && samples.length > 0 && samples.every(isNumber),
});
const isFailed = objectOf({ failure: objectOf({ code: isText, stage: isText, message: isText, text: (text) => text === undefined || isText(text) }) });

const fields: { readonly [name in keyof TuningRecord]-?: Check } = {
  v: isNumber, id: isText, task: isText, label: isText, workload: isText, schedule: isText, space: isText,
  point: (point) => isObject(point) && Object.values(point).every((value) => isText(value) || isNumber(value)),
  purpose: oneOf('untuned', 'search', 'final'), repeat: isNumber,
  outcome: (outcome) => isObject(outcome) && (outcome['ok'] === true ? isTiming(outcome) : outcome['ok'] === false && isFailed(outcome)),
  artifact: orNull(isText),
  report: orNull(objectOf({ hotLoopInstructions: isNumber, hotLoopStackAccesses: isNumber, sourceBytes: isNumber, hotLoopMultiplyAdds: optional(isNumber), resources: optional(listOf(objectOf({ registers: isNumber, scalarRegisters: optional(isNumber), spilledBytes: isNumber, sharedBytes: isNumber }))), modelled: optional(objectOf({ draftNs: isNumber, hotLoopCycles: orNull(isNumber), by: orNull(isText) })) })),
  environment: objectOf({ cpu: isText, isa: isText, compiler: isText, os: isText, threads: isNumber, loopsmith: isText }),
  protocol: isText, strategy: isText, model: isText, seed: isNumber, time: isText,
};
