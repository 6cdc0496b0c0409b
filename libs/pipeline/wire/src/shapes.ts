/** The shape of every message, field by field: what is checked before a worker believes anything. */
import type { Target } from '@loopsmith/contracts';
import {
  digest,
  environmentShape as environment,
  failureShape as failure,
  flag,
  list,
  literal,
  map,
  measurementShape as measurement,
  number,
  object,
  optional,
  orNull,
  outcomeShape as outcome,
  pointShape as point,
  purposeShape as purpose,
  recordShape as record,
  reportShape as report,
  text,
  variants,
  type Shape,
} from '@loopsmith/contracts/shapes';
import type { ArtifactRef, BuildAnswer, BuildRequest, DeadLetter, DeviceDescription, Extracted, FitAnswer, FitRequest, JobEvent, JobMessage, MeasureAnswer, MeasureRequest, MeasureWork, Presence, RunMessage, Submission, WireCandidate } from './messages.js';
import { stageNames } from './messages.js';

const version = literal<1>(1);
// only what tells targets apart: a hardware plugin may add numbers of its own
const target = object<Pick<Target, 'id' | 'isa'>>({ id: text, isa: text }) as unknown as Shape<Target>;

const submission: Shape<Submission> = object<Submission>({
  name: text,
  model: digest,
  format: text,
  file: text,
  beside: map(digest),
  listings: map(list(text)),
  inputs: orNull(list(text)),
  outputs: orNull(list(text)),
  shapes: map(list(number)),
  values: map(digest),
  hardware: text,
  target,
  environment,
  protocol: text,
  threads: number,
  exact: flag,
  strategy: text,
  costModel: text,
  seed: number,
  attempt: number,
  budget: variants<Submission['budget']>('kind', {
    trials: object<{ kind: 'trials'; trials: number }>({ kind: literal('trials'), trials: number }) as Shape<never>,
    time: object<{ kind: 'time'; milliseconds: number; stopBelow?: number }>({
      kind: literal('time'),
      milliseconds: number,
      stopBelow: optional(number),
    }) as Shape<never>,
  }),
});
export const jobMessage: Shape<JobMessage> = variants<JobMessage>('kind', {
  submitted: object<Extract<JobMessage, { kind: 'submitted' }>>({ v: version, kind: literal('submitted'), job: text, submission, time: text }) as Shape<never>,
  cancelled: object<Extract<JobMessage, { kind: 'cancelled' }>>({ v: version, kind: literal('cancelled'), job: text, time: text }) as Shape<never>,
});
export const extracted: Shape<Extracted> = object<Extracted>({ v: version, job: text, submission, tasks: digest });

const candidate: Shape<WireCandidate> = object<WireCandidate>({ id: text, point, schedule: text });
const request = { v: version, id: text, job: text, epoch: number, task: digest, again: number };
const answer = { v: version, id: text, job: text, worker: text, at: number };
const artifact: Shape<ArtifactRef> = object<ArtifactRef>({ id: text, candidate: text, kernel: digest, library: digest, report });
export const buildRequest: Shape<BuildRequest> = object<BuildRequest>({ ...request, candidates: list(candidate) });
export const buildAnswer: Shape<BuildAnswer> = object<BuildAnswer>({ ...answer, outcome: outcome(list(outcome(artifact))) });
const work: Shape<MeasureWork> = variants<MeasureWork>('kind', {
  prepare: object<{ kind: 'prepare' }>({ kind: literal('prepare') }) as Shape<never>,
  measure: object<Extract<MeasureWork, { kind: 'measure' }>>({
    kind: literal('measure'),
    artifacts: list(artifact) as unknown as Shape<readonly [ArtifactRef]>,
    purpose,
    repeat: number,
    cutoffNs: orNull(number),
  }) as Shape<never>,
  compare: object<Extract<MeasureWork, { kind: 'compare' }>>({
    kind: literal('compare'),
    artifacts: list(artifact),
    rounds: number,
    roundNs: optional(number),
  }) as Shape<never>,
});
export const measureRequest: Shape<MeasureRequest> = object<MeasureRequest>({ ...request, device: text, work });
export const measureAnswer: Shape<MeasureAnswer> = object<MeasureAnswer>({ ...answer, outcome: outcome(list(measurement)), lost: list(text) });
export const fitRequest: Shape<FitRequest> = object<FitRequest>({ ...request, costModel: text, observations: digest });
export const fitAnswer: Shape<FitAnswer> = object<FitAnswer>({ ...answer, outcome: outcome(orNull(digest)) });

// events are for people: whoever prints one reads what it knows
const event = object<{ event: string }>({ event: text }) as unknown as Shape<JobEvent>;
export const runMessage: Shape<RunMessage> = variants<RunMessage>('kind', {
  claim: object<Extract<RunMessage, { kind: 'claim' }>>({ v: version, job: text, kind: literal('claim'), worker: text }) as Shape<never>,
  alive: object<Extract<RunMessage, { kind: 'alive' }>>({ v: version, job: text, kind: literal('alive'), epoch: number }) as Shape<never>,
  event: object<Extract<RunMessage, { kind: 'event' }>>({ v: version, job: text, kind: literal('event'), epoch: number, id: text, event }) as Shape<never>,
  record: object<Extract<RunMessage, { kind: 'record' }>>({ v: version, job: text, kind: literal('record'), epoch: number, id: text, record }) as Shape<never>,
});
const device: Shape<DeviceDescription> = object<DeviceDescription>({ hardware: text, target, environment, protocol: text });
export const presence: Shape<Presence> = object<Presence>({ v: version, worker: text, stages: list(literal(...stageNames)), at: number, leaving: flag, device: orNull(device) });
export const deadLetter: Shape<DeadLetter> = object<DeadLetter>({ v: version, topic: text, id: orNull(text), worker: text, attempts: number, reason: failure, text, time: text });
