/** One line of a record file, read: a TuningRecord with every field checked. Does not touch files. */
import type { TuningRecord } from '@loopsmith/contracts';
import { recordShape } from '@loopsmith/contracts/shapes';

/** The record, or why the line is none. Fields this version does not know are let through, so that a newer minor can add some. */
export const readRecord = (line: string): TuningRecord | string => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not a JSON object';
  if (!('v' in value) || value.v !== 1) return `record version ${'v' in value ? JSON.stringify(value.v) : 'missing'}; this Loopsmith reads version 1`;
  return recordShape(value, '') ?? (value as TuningRecord);
};
