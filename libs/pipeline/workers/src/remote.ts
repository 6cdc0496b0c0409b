/**
 * Builder, device and fitter of a run whose workers are elsewhere: each call becomes a request in the log and returns with the
 * answer that the log has or gets. A run that is started again asks the same, finds the answers, and goes on where they end. So
 * the tuning run of one process is the owner of a job on a cluster, unchanged.
 */
import type { Artifact, Builder, Candidate, Device, KernelSource, Measurement, Task } from '@loopsmith/contracts';
import { printSchedule } from '@loopsmith/ir';
import type { Fitter } from '@loopsmith/stages';
import { canonicalJson, fail, shortHash, succeed, type Json, type Outcome } from '@loopsmith/util';
import { taskText, type ArtifactRef, type ArtifactStore, type BuildAnswer, type BuildRequest, type FitAnswer, type FitRequest, type MeasureAnswer, type MeasureRequest, type MeasureWork, type Outgoing, type Sha256, type Submission, type Transport } from '@loopsmith/wire';
import type { Answered, JobLog } from './job-log.js';

export interface RemoteOptions {
  readonly transport: Transport;
  readonly store: ArtifactStore;
  readonly log: JobLog;
  readonly job: string;
  readonly submission: Submission;
  readonly epoch: number;
  readonly device: string;
  readonly signal: AbortSignal;
  /** Told the time of every measurement as it is handed out, by the broker's clock. */
  measured(at: number): void;
  /** Called whenever the run has to wait for an answer. */
  waits(): void;
}

export interface Remote { readonly builder: Builder; readonly device: Device; readonly fitter: Fitter }

interface Requests { readonly build: BuildRequest; readonly measure: MeasureRequest; readonly fit: FitRequest }
interface Answers { readonly build: BuildAnswer; readonly measure: MeasureAnswer; readonly fit: FitAnswer }
type Content<K extends keyof Requests> = Omit<Requests[K], 'v' | 'id' | 'job' | 'epoch'>;

/** An artifact is built again this often before its loss counts as a failure. */
const REBUILDS = 3;
/** The owner passes artifacts on and never looks inside. */
const unseen: KernelSource = { symbols: [], source: '', buffers: [], scratchBytes: 0, rewritten: { name: '', inputs: [], tables: [], stages: [] }, algorithm: null };
const interrupted = fail({ code: 'interrupted', stage: 'measure', message: 'the job was cancelled or taken over' });

export const remote = ({ transport, store, log, job, submission, epoch, device, signal, measured, waits }: RemoteOptions): Remote => {
  const tasks = new Map<string, Promise<Sha256>>(), refs = new Map<string, ArtifactRef>(), candidates = new Map<string, Candidate>(), sent = new Set<string>();
  const storedTask = (task: Task): Promise<Sha256> => {
    let name = tasks.get(task.key);
    if (!name) tasks.set(task.key, name = store.put(taskText(task)));
    return name;
  };
  const waiting = new Set<() => void>(), wake = (): void => { for (const look of waiting) look(); };
  log.onChange(wake);
  signal.addEventListener('abort', wake);
  const answerOf = (id: string): Promise<Answered | null> => new Promise((resolve) => {
    const look = (): void => {
      const answer = log.answers.get(id);
      if (!answer && !signal.aborted) return;
      waiting.delete(look);
      resolve(answer ?? null);
    };
    waiting.add(look);
    look();
    if (waiting.has(look)) waits();
  });
  /** The answer, and when it came into the log. Null when the run was ended meanwhile. */
  const ask = async <K extends keyof Requests>(topic: K, content: Content<K>): Promise<{ readonly answer: Answers[K]; readonly at: number } | null> => {
    const id = shortHash(canonicalJson({ job, topic, content } as unknown as Json));
    if (!log.asked.has(id) && !log.answers.has(id) && !sent.has(id) && !signal.aborted) {
      sent.add(id);
      await transport.send([{ topic, message: { ...content, v: 1, id, job, epoch } } as unknown as Outgoing]);
    }
    // what the log has is there at once: a new owner would go through a whole job in one breath, without a heartbeat, and lose it again
    await new Promise((resolve) => { setImmediate(resolve); });
    return await answerOf(id) as { readonly answer: Answers[K]; readonly at: number } | null;
  };

  const buildBatch = async (task: Task, batch: readonly Candidate[], again: number): Promise<readonly Outcome<Artifact>[]> => {
    for (const candidate of batch) candidates.set(candidate.id, candidate);
    const answered = await ask('build', {
      task: await storedTask(task),
      again,
      candidates: batch.map(({ id, point, schedule }) => ({ id, point, schedule: printSchedule(schedule) })),
    });
    if (!answered) return batch.map(() => interrupted);
    const { outcome } = answered.answer;
    if (!outcome.ok) return batch.map(() => outcome);
    return outcome.value.map((one): Outcome<Artifact> => {
      if (!one.ok) return one;
      const { id, candidate, library, report } = one.value;
      refs.set(id, one.value);
      return succeed({ id, candidate, library, kernel: unseen, report });
    });
  };
  const measureOn = async (task: Task, artifacts: readonly Artifact[], workOf: (refs: readonly ArtifactRef[]) => MeasureWork): Promise<Outcome<readonly Measurement[]>> => {
    for (let again = 0; ; again++) {
      const answered = await ask('measure', { task: await storedTask(task), again, device, work: workOf(artifacts.map(({ id }) => refs.get(id)!)) });
      if (!answered) return interrupted;
      const { answer, at } = answered;
      measured(at);
      if (answer.lost.length === 0) return answer.outcome;
      if (again === REBUILDS)
        return fail({
          code: 'infrastructure',
          stage: 'measure',
          message: `an artifact was lost ${again} times after it was built; check that all workers name the same --store and that nothing removes its files`,
        });
      const lost = artifacts.filter(({ id }) => answer.lost.includes(id)).flatMap(({ candidate }) => candidates.get(candidate) ?? []);
      for (const rebuilt of await buildBatch(task, lost, again + 1)) if (!rebuilt.ok) return rebuilt;
    }
  };
  const failed = (task: Task, artifact: Artifact, purpose: Measurement['purpose'], failure: Outcome<never>): Measurement =>
    ({ candidate: artifact.candidate, task: task.key, purpose, repeat: 0, artifact: artifact.id, report: artifact.report, outcome: failure });

  return {
    builder: { fingerprint: submission.environment.compiler, build: (task, batch) => buildBatch(task, batch, 0) },
    device: {
      environment: submission.environment, protocol: submission.protocol, several: true,
      close: async () => undefined,
      prepare: async (task) => {
        const prepared = await measureOn(task, [], () => ({ kind: 'prepare' }));
        if (!prepared.ok) return prepared;
        return succeed({
          measure: async (artifact, { purpose, repeat, cutoffNs }) => {
            const done = await measureOn(task, [artifact], ([ref]) => ({ kind: 'measure', artifacts: [ref!], purpose, repeat, cutoffNs }));
            return done.ok ? done.value[0]! : failed(task, artifact, purpose, done);
          },
          compare: async (artifacts, rounds, roundNs) => {
            const done = await measureOn(task, artifacts, (all) => ({ kind: 'compare', artifacts: all, rounds, ...(roundNs === undefined ? {} : { roundNs }) }));
            return done.ok ? done.value : artifacts.map((artifact) => failed(task, artifact, 'final', done));
          },
          close: async () => undefined,
        });
      },
    },
    fitter: async (task, observations) => {
      const answered = await ask('fit', { task: await storedTask(task), again: 0, costModel: submission.costModel, observations: await store.put(JSON.stringify(observations)) });
      // without an answer the search goes on with what the drafts say
      const outcome = answered?.answer.outcome;
      if (!outcome?.ok || outcome.value === null) return null;
      const state = await store.getText(outcome.value);
      return state.ok ? JSON.parse(state.value) as Json : null;
    },
  };
};
