/** The fixed set of topics: what each carries, by which key, how long, who writes and who reads. The table in docs/topics.md is printed from here. */
import type { BuildAnswer, BuildRequest, DeadLetter, Extracted, FitAnswer, FitRequest, JobMessage, MeasureAnswer, MeasureRequest, Presence, RunMessage } from './messages.js';
import * as shapes from './shapes.js';
import type { Shape } from '@loopsmith/contracts/shapes';

/** The version is in the name: topics of another version are other topics, and a name is never used for anything else. */
export const wireVersion = 1;

export interface Messages {
  readonly 'jobs': JobMessage;
  readonly 'extracted': Extracted;
  readonly 'build': BuildRequest;
  readonly 'built': BuildAnswer;
  readonly 'measure': MeasureRequest;
  readonly 'measured': MeasureAnswer;
  readonly 'fit': FitRequest;
  readonly 'fitted': FitAnswer;
  readonly 'runs': RunMessage;
  readonly 'workers': Presence;
  readonly 'dead-letters': DeadLetter;
}
export type TopicName = keyof Messages;

export interface Topic<T> {
  readonly name: TopicName;
  readonly partitions: number;
  /** Milliseconds; null keeps for ever. */
  readonly retentionMs: number | null;
  readonly shape: Shape<T>;
  keyOf(message: T): string;
  readonly key: string;
  readonly payload: string;
  readonly writers: string;
  readonly readers: string;
}

/** Partitions of a work topic bound how many workers of a stage can work at once. */
const WORK = 24, FEW = 6;
const HOUR = 3_600_000;

export const topics: { readonly [K in TopicName]: Topic<Messages[K]> } = {
  jobs: {
    name: 'jobs',
    partitions: FEW,
    retentionMs: null,
    shape: shapes.jobMessage,
    keyOf: ({ job }) => job,
    key: 'job',
    payload: 'a submission (model by hash, target, device, budget, seed), or its cancellation',
    writers: '`tune --brokers`, `jobs cancel`',
    readers: 'extract; propose and `jobs` for cancellations',
  },
  extracted: {
    name: 'extracted',
    partitions: FEW,
    retentionMs: null,
    shape: shapes.extracted,
    keyOf: ({ job }) => job,
    key: 'job',
    payload: 'the job with its tasks (by hash)',
    writers: 'extract',
    readers: 'propose',
  },
  build: {
    name: 'build',
    partitions: WORK,
    retentionMs: null,
    shape: shapes.buildRequest,
    keyOf: ({ id }) => id,
    key: 'request',
    payload: 'a batch of candidates of one task',
    writers: 'propose',
    readers: 'build; propose after a restart',
  },
  built: {
    name: 'built',
    partitions: FEW,
    retentionMs: null,
    shape: shapes.buildAnswer,
    keyOf: ({ job }) => job,
    key: 'job',
    payload: 'per candidate its artifact (kernel and library by hash) or its failure',
    writers: 'build',
    readers: 'propose',
  },
  measure: {
    name: 'measure',
    partitions: WORK,
    retentionMs: null,
    shape: shapes.measureRequest,
    keyOf: ({ id }) => id,
    key: 'request',
    payload: 'one artifact to measure, several to compare, or a task to prepare',
    writers: 'propose',
    readers: 'measure; propose after a restart',
  },
  measured: {
    name: 'measured',
    partitions: FEW,
    retentionMs: null,
    shape: shapes.measureAnswer,
    keyOf: ({ job }) => job,
    key: 'job',
    payload: 'measurements, failures of candidates included',
    writers: 'measure',
    readers: 'propose; measure, to know what is done',
  },
  fit: {
    name: 'fit',
    partitions: WORK,
    retentionMs: null,
    shape: shapes.fitRequest,
    keyOf: ({ id }) => id,
    key: 'request',
    payload: 'observations of a task up to a batch (by hash)',
    writers: 'propose',
    readers: 'fit; propose after a restart',
  },
  fitted: {
    name: 'fitted',
    partitions: FEW,
    retentionMs: null,
    shape: shapes.fitAnswer,
    keyOf: ({ job }) => job,
    key: 'job',
    payload: 'the cost model as a value (by hash)',
    writers: 'fit',
    readers: 'propose',
  },
  runs: {
    name: 'runs',
    partitions: FEW,
    retentionMs: null,
    shape: shapes.runMessage,
    keyOf: ({ job }) => job,
    key: 'job',
    payload: 'the story of a job: claims of its owners, events, records, how it ended',
    writers: 'propose; extract, when it fails',
    readers: '`tune --brokers`, `jobs`; propose after a restart',
  },
  workers: {
    name: 'workers',
    partitions: 1,
    retentionMs: HOUR,
    shape: shapes.presence,
    keyOf: ({ worker }) => worker,
    key: 'worker',
    payload: 'a worker is there: its stages and its device',
    writers: 'every worker, every few seconds',
    readers: '`tune --brokers`, `jobs`',
  },
  'dead-letters': {
    name: 'dead-letters',
    partitions: 1,
    retentionMs: null,
    shape: shapes.deadLetter,
    keyOf: ({ id, topic }) => id ?? topic,
    key: 'request',
    payload: 'a message that could not be worked on, with the reason',
    writers: 'every worker',
    readers: 'people',
  },
};
export const topicNames = Object.keys(topics) as readonly TopicName[];

/** `loopsmith.v1.build`. */
export const fullName = (prefix: string, name: TopicName): string => `${prefix}.v${wireVersion}.${name}`;

export const topicTable = (): string => [
  '| topic | key | payload | retention | partitions | written by | read by |', '|---|---|---|---|---|---|---|',
  ...topicNames.map((name) => {
    const { key, payload, retentionMs, partitions, writers, readers } = topics[name];
    return `| \`${fullName('loopsmith', name)}\` | ${key} | ${payload} | ${retentionMs === null ? 'for ever' : `${retentionMs / HOUR} h`} | ${partitions} | ${writers} | ${readers} |`;
  }),
].join('\n');
