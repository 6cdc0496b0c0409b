/** The shapes of nouns that are kept in files and sent between workers: one check of each for whoever reads it. What they mean stands with their types. */
import type { Failure } from '@loopsmith/util';
import { filled, list, literal, map, number, object, optional, orNull, text, variants, type Shape } from './shape.js';
import type { Point } from './space.js';
import type { Environment } from './target.js';
import type { BuildReport, KernelResources, Measurement, ModelledFigures, Timing, TuningRecord } from './task.js';

export * from './shape.js';

export const failureShape: Shape<Failure> = object<Failure>({ code: text, stage: text, message: text, text: optional(text) });
export const pointShape: Shape<Point> = map((value, path) =>
  typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value)) ? null : `${path}: a text or a number was expected`,
);
export const environmentShape: Shape<Environment> = object<Environment>({ cpu: text, isa: text, compiler: text, os: text, threads: number, loopsmith: text });
export const reportShape: Shape<BuildReport> = object<BuildReport>({
  hotLoopInstructions: number, hotLoopStackAccesses: number, sourceBytes: number, hotLoopMultiplyAdds: optional(number),
  resources: optional(list(object<KernelResources>({ registers: number, scalarRegisters: optional(number), spilledBytes: number, sharedBytes: number }))),
  modelled: optional(object<ModelledFigures>({ draftNs: number, hotLoopCycles: orNull(number), by: orNull(text) })),
});
export const purposeShape: Shape<Measurement['purpose']> = literal('untuned', 'search', 'final');
// a median of no samples is none
const timing = { kind: literal('measured', 'emulated', 'modelled'), samplesNs: filled(number), error: number };
const failed = object<{ ok: false; failure: Failure }>({ ok: literal(false), failure: failureShape }) as Shape<never>;

/** An outcome as JSON has it: the value or the failure, never both. */
export const outcomeShape = <T>(value: Shape<T>): Shape<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }> =>
  variants<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }>('ok', {
    true: object<{ ok: true; value: T }>({ ok: literal(true), value }) as Shape<never>,
    false: failed,
  });
export const measurementShape: Shape<Measurement> = object<Measurement>({
  candidate: text, task: text, purpose: purposeShape, repeat: number, artifact: orNull(text), report: orNull(reportShape), outcome: outcomeShape(object<Timing>(timing)),
});
export const recordShape: Shape<TuningRecord> = object<TuningRecord>({
  v: literal<1>(1),
  id: text,
  task: text,
  label: text,
  workload: text,
  schedule: text,
  point: pointShape,
  space: text,
  purpose: purposeShape,
  repeat: number,
  artifact: orNull(text),
  report: orNull(reportShape),
  environment: environmentShape,
  protocol: text,
  strategy: text,
  model: text,
  seed: number,
  time: text,
  outcome: variants<TuningRecord['outcome']>('ok', {
    true: object<Extract<TuningRecord['outcome'], { ok: true }>>({ ok: literal(true), ...timing }) as Shape<never>,
    false: failed,
  }),
});
