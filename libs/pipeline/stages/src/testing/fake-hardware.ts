/**
 * A hardware plugin without hardware: a small space whose times are known, a builder that makes artifacts out of nothing and
 * a bench whose clock is arithmetic, with failures planted among the fastest points. For specs of whoever drives plugins.
 */
import { everyPoint, type Artifact, type Bench, type Candidate, type Choice, type Environment, type ExtractedTask, type HardwarePlugin, type KernelSource, type Measurement, type PackageRequest, type Point, type Requirement, type SessionTensor, type Space, type Target, type Task } from '@loopsmith/contracts';
import { evaluateNetwork } from '@loopsmith/lowering/testing';
import { build as b, parseSchedule, printSchedule, type Definition, type Plan, type Program, type Schedule } from '@loopsmith/ir';
import { attempt, fail, refuse, seededRandom, shortHash, succeed, type Failure, type Outcome } from '@loopsmith/util';
import { sideBySide } from '../turns.js';

export const fakeTarget: Target = {
  id: 'fake:plain', isa: 'plain', vectorBytes: 16, registers: 16, fmaPerCycle: 1, fmaLatency: 4, loadsPerCycle: 1,
  caches: { l1: 32768, l2: 524288, l3: 8388608 }, clock: 1e9, bandwidths: { l2: 3e10, l3: 2e10, memory: 1e10 },
};
export const fakeEnvironment: Environment = { cpu: 'fake', isa: 'plain', compiler: 'none 1', os: 'none', threads: 1, loopsmith: '0.1.0' };

const definition = (size: number): Definition => {
  const x = b.input('X', 'f32', [size]);
  const [{ i }, axes] = b.axesOf({ i: size });
  return { name: 'double', inputs: [x], tables: [], stages: [b.stage('Y', 'f32', axes, b.binary('add', b.load(x, i), b.load(x, i)))] };
};

/** A task of the fake target; tasks of different sizes have different optima. */
export const fakeTask = (size: number, calls = 1): ExtractedTask => {
  const workload = `double ${size}`;
  const task: Task = { key: shortHash(workload), workload, label: `double @${size}`, definition: definition(size), layouts: {}, inPlace: null, target: fakeTarget, threads: 1, flops: size };
  return { task, calls: Array.from({ length: calls }, (_, i) => `double${size}_${i}`) };
};

const values = [1, 2, 4, 8, 16, 32];
const choices: readonly Choice[] = [
  { name: 'outer', kind: 'ordinal', values }, { name: 'inner', kind: 'ordinal', values }, { name: 'order', kind: 'categorical', values: ['ab', 'ba', 'same'] },
];

/** What one call of a point takes. The untuned point is 1 x 1 in order ab, and never the fastest. */
export const fakeNanoseconds = (task: Task, point: Point): number => {
  const random = seededRandom(1).fork(task.key);
  const distance = (value: number | string, optimum: number): number => (Math.log2(Number(value)) - optimum) ** 2;
  const [outer, inner] = [1 + random.below(4), 1 + random.below(4)];
  return 1000 * (1 + distance(point['outer']!, outer) + distance(point['inner']!, inner) + (point['order'] === 'ba' ? 0 : 0.5)) * Math.sqrt(task.flops);
};

/** Every legal point, fastest first. */
export const fakePoints = (task: Task): readonly Point[] =>
  [...everyPoint(choices)].filter((point) => scheduleOf(point).ok).sort((p, q) => fakeNanoseconds(task, p) - fakeNanoseconds(task, q));

/** A draft refuses what makes no schedule. */
const refusalOf = (point: Point): string | null => { const schedule = scheduleOf(point); return schedule.ok ? null : schedule.failure.message; };

const scheduleOf = (point: Point): Outcome<Schedule> =>
  Number(point['outer']) * Number(point['inner']) > 256
    ? fail({ code: 'schedule-illegal', stage: 'schedule', message: `${point['outer']} x ${point['inner']} is more than 256; take smaller factors` })
    : attempt(() => {
        // 'same' is another schedule whose code is that of 'ab'
        const steps = parseSchedule(`split Y.i by ${point['outer']} into io ii; split Y.ii by ${point['inner']} into im in; reorder Y ${{ ab: 'io im in', ba: 'im io in', same: 'io in im' }[String(point['order'])]}`);
        return steps.ok ? steps.value : refuse(steps.failure);
      });

const pointOf = (schedule: Schedule): Point => {
  const text = printSchedule(schedule);
  const [, outer, inner, order] = /^split Y\.i by (\d+) into io ii; split Y\.ii by (\d+) into im in; reorder Y (.*)$/.exec(text) ?? [];
  if (order === undefined) throw new Error(`the fake hardware does not know the schedule ${text}`);
  return { outer: Number(outer), inner: Number(inner), order: order === 'im io in' ? 'ba' : 'ab' };
};

const spaceOf = (task: Task): Space => ({
  id: 'fake 1', choices,
  schedule: scheduleOf,
  // an honest hint, not the truth: it does not know of `order`, and gets the slope wrong
  draft: (point) => ({ milliseconds: Math.sqrt(fakeNanoseconds(task, { ...point, order: 'ba' })) / 1e5, refused: point['outer'] === 32 ? '32 is too much' : refusalOf(point), features: Float64Array.of(Number(point['outer']), Number(point['inner'])) }),
  untuned: () => ({ outer: 1, inner: 1, order: 'ab' }),
});

export interface FakeOptions {
  /** The failure of a point, if it has one; `build` failures come from the builder, all others from the bench. */
  readonly failure?: (task: Task, point: Point) => Failure | undefined;
  /** The failure of every finalist but the first. */
  readonly unfair?: () => Failure;
  /** Of the device, by the bytes of all weights of the network that it was told. */
  readonly protocol?: (weightBytes: number | undefined) => string;
  /** A task that the device cannot prepare. */
  readonly unprepared?: (task: Task) => Failure | undefined;
  /** Real milliseconds that builds and measurements take, so that specs can vary timing. */
  readonly delays?: { build(batch: number): number; measure(count: number): number };
  /** Relative noise of samples. */
  readonly noise?: number;
  readonly requirements?: readonly Requirement[];
  /** What stands in the code of every schedule, as another release of a plugin would write it. */
  readonly emission?: string;
  /** Called before every measurement. */
  readonly onMeasure?: (count: number) => void;
  /** Called for every artifact before its batch is measured. */
  readonly onReady?: () => void;
}

/** What the fake was asked to do, in order. */
export interface FakeLog { readonly built: string[]; readonly measured: string[]; readonly compared: string[][]; readonly packaged: PackageRequest[]; readonly busy: { builders: number; benches: number; together: boolean } }

const wait = (milliseconds: number): Promise<void> => (milliseconds > 0 ? new Promise((resolve) => setTimeout(resolve, milliseconds)) : Promise.resolve());

export const fakeHardware = (options: FakeOptions = {}): { readonly plugin: HardwarePlugin; readonly log: FakeLog } => {
  const log: FakeLog = { built: [], measured: [], compared: [], packaged: [], busy: { builders: 0, benches: 0, together: false } };
  let batches = 0, measurements = 0;
  const occupy = async <T>(who: 'builders' | 'benches', work: () => Promise<T>): Promise<T> => {
    log.busy[who]++;
    if (log.busy.builders > 0 && log.busy.benches > 0) log.busy.together = true;
    try { return await work(); } finally { log.busy[who]--; }
  };

  const emit = (task: Task, schedule: Schedule): KernelSource => {
    const { outer, inner, order } = pointOf(schedule);
    return { symbols: ['kernel'], source: `${task.key} ${outer} ${inner} ${order}${options.emission === undefined ? '' : ` ${options.emission}`}`, buffers: [], scratchBytes: 0, rewritten: task.definition, algorithm: null };
  };
  const pointOfArtifact = ({ kernel }: Artifact): Point => {
    const [, outer, inner, order] = kernel.source.split(' ');
    return { outer: Number(outer), inner: Number(inner), order: order! };
  };
  const buildOne = (task: Task, candidate: Candidate): Outcome<Artifact> => {
    const failure = options.failure?.(task, candidate.point);
    if (failure?.stage === 'build') return fail(failure);
    const kernel = emit(task, candidate.schedule);
    return succeed({ id: shortHash(kernel.source), candidate: candidate.id, library: 'none', kernel, report: { hotLoopInstructions: 1, hotLoopStackAccesses: 0, sourceBytes: kernel.source.length } });
  };
  const samplesOf = (task: Task, artifact: Artifact, count: number, session: string): readonly number[] => {
    const random = seededRandom(2).fork(`${artifact.id} ${session}`), time = fakeNanoseconds(task, pointOfArtifact(artifact));
    return Array.from({ length: count }, () => time * (1 + (options.noise ?? 0) * random.next()));
  };
  const outcomeOf = (task: Task, artifact: Artifact, count: number, session: string): Measurement['outcome'] => {
    const failure = options.failure?.(task, pointOfArtifact(artifact));
    return failure ? fail(failure) : succeed({ kind: 'measured', samplesNs: samplesOf(task, artifact, count, session), error: 0.1 });
  };
  const benchOf = (task: Task): Bench => ({
    ...(options.onReady ? { ready: () => { options.onReady!(); return Promise.resolve(); } } : {}),
    measure: (artifact, { purpose, repeat }) => occupy('benches', async () => {
      const count = measurements++;
      options.onMeasure?.(count);
      await wait(options.delays?.measure(count) ?? 0);
      log.measured.push(artifact.id);
      return { candidate: artifact.candidate, task: task.key, purpose, repeat, artifact: artifact.id, report: artifact.report, outcome: outcomeOf(task, artifact, 5, 'search') };
    }),
    compare: (artifacts, rounds) => occupy('benches', async () => {
      log.compared.push(artifacts.map(({ id }) => id));
      return artifacts.map((artifact, i): Measurement => ({ candidate: artifact.candidate, task: task.key, purpose: 'final', repeat: 0, artifact: artifact.id, report: artifact.report, outcome: options.unfair && i > 0 ? fail(options.unfair()) : outcomeOf(task, artifact, rounds, 'final') }));
    }),
    close: () => Promise.resolve(),
  });

  const plugin: HardwarePlugin = {
    id: 'fake', isas: ['plain'],
    resolve: (isa) => Promise.resolve(isa === 'plain' || isa === 'host' ? succeed(fakeTarget) : fail({ code: 'unknown-isa', stage: 'compile', message: `the fake hardware has no ISA "${isa}"; it has plain` })),
    channelBlock: () => 1,
    space: spaceOf,
    lower: (_, schedule) => attempt(() => {
      pointOf(schedule);
      // whoever drives plugins hands these on without looking
      return { plan: { steps: schedule } as unknown as Plan, program: { kernels: [], buffers: [] } satisfies Program };
    }),
    emit: (task, { plan }) => emit(task, (plan as unknown as { steps: Schedule }).steps),
    builder: (_, __, lanes) => Promise.resolve(succeed({
      fingerprint: 'none 1',
      identify: (task: Task, candidate: Candidate) => succeed(shortHash(emit(task, candidate.schedule).source)),
      build: (task: Task, batch: readonly Candidate[]) => (lanes?.[0]?.turn ?? sideBySide)(() => occupy('builders', async () => {
        await wait(options.delays?.build(batches++) ?? 0);
        log.built.push(...batch.map(({ id }) => id));
        return batch.map((candidate) => buildOne(task, candidate));
      })),
    })),
    device: (_, { weightBytes }) => Promise.resolve(succeed({
      environment: fakeEnvironment, protocol: options.protocol?.(weightBytes) ?? '1 none',
      prepare: (task: Task) => {
        const failure = options.unprepared?.(task);
        return Promise.resolve(failure ? fail(failure) : succeed(benchOf(task)));
      },
      close: () => Promise.resolve(),
    })),
    // writes nothing: a session evaluates the network of the request
    package: (request) => {
      log.packaged.push(request);
      return Promise.resolve(succeed({ files: [], libraryBytes: 2048, weightBytes: 4096, arenaBytes: request.memory.bytes }));
    },
    session: (directory, threads) => {
      const request = log.packaged.findLast((one) => one.directory === directory);
      if (!request) return Promise.resolve(fail({ code: 'library-missing', stage: 'run', message: `${directory} holds no library of the fake hardware` }));
      const { network } = request;
      const tensors = (names: readonly string[]): readonly SessionTensor[] => names.map((name) => ({ name, dtype: network.tensors.get(name)!.dtype, shape: network.tensors.get(name)!.shape }));
      return Promise.resolve(succeed({
        kind: 'measured', how: 'fake', threads: threads === 0 ? request.threads : threads, inputs: tensors(network.inputs), outputs: tensors(network.outputs),
        run: (inputs) => Promise.resolve(evaluateNetwork(network, inputs)), profile: () => Promise.resolve(network.calls.map((_, i) => 1000 * (i + 1))), close: () => Promise.resolve(),
      }));
    },
    requirements: () => Promise.resolve(options.requirements ?? []),
  };
  return { plugin, log };
};
