/**
 * A hardware plugin whose device is a sum: times depend on what is measured alone, and every measurement that is begun is
 * written to a ledger of its own, synced, before it is made. What killed workers did can be counted there, whatever they told.
 */
import type { Artifact, Bench, Candidate, Choice, Environment, HardwarePlugin, Measurement, Point, Space, Target, Task } from '@loopsmith/contracts';
import { parseSchedule, printSchedule, type Schedule } from '@loopsmith/ir';
import { fail, seededRandom, shortHash, succeed, unwrap, type Outcome } from '@loopsmith/util';
import { closeSync, fsyncSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The ledger's file, milliseconds a build takes, milliseconds a measurement takes. */
const ledger = process.env['SIMULATED_LEDGER'], buildMs = Number(process.env['SIMULATED_BUILD_MS'] ?? 0), measureMs = Number(process.env['SIMULATED_MEASURE_MS'] ?? 0);

const target: Target = {
  id: 'simulated:plain', isa: 'plain', vectorBytes: 16, registers: 16, fmaPerCycle: 1, fmaLatency: 4, loadsPerCycle: 1,
  caches: { l1: 32_768, l2: 524_288, l3: 8_388_608 }, clock: 1e9, bandwidths: { l2: 3e10, l3: 2e10, memory: 1e10 },
};
const environment: Environment = { cpu: 'simulated', isa: 'plain', compiler: 'none 1', os: 'none', threads: 1, loopsmith: '0.1.0' };

const values = [1, 2, 3, 4, 5, 6, 7, 8];
const names = ['a', 'b', 'c'] as const;
const choices: readonly Choice[] = names.map((name) => ({ name, kind: 'ordinal', values }));
const scheduleOf = (point: Point): Schedule => unwrap(parseSchedule(names.map((name) => `split Y.${name} by ${point[name]} into ${name}o ${name}i`).join('; ')));
const pointOf = (schedule: Schedule): Point => Object.fromEntries([...printSchedule(schedule).matchAll(/split Y\.(\w) by (\d+)/g)].map(([, name, value]) => [name!, Number(value)]));

const nanoseconds = (task: string, point: Point): number => {
  const random = seededRandom(7).fork(task);
  return 10_000 + names.reduce((sum, name) => sum + 900 * (Number(point[name]) - (1 + random.below(8))) ** 2, 0);
};
const space: (task: Task) => Space = ({ key }) => ({
  id: 'simulated 1', choices,
  schedule: (point) => succeed(scheduleOf(point)),
  // knows the way, not the place
  draft: (point) => ({ milliseconds: Math.sqrt(nanoseconds(key, point)) / 1e5, refused: null, features: Float64Array.from(names, (name) => Number(point[name])) }),
  untuned: () => ({ a: 1, b: 1, c: 1 }),
});

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const note = (text: string): void => {
  if (ledger === undefined) return;
  const file = openSync(ledger, 'a', 0o666);
  writeSync(file, `${text}\n`);
  fsyncSync(file);
  closeSync(file);
};

const samples = (artifact: Artifact, task: Task, count: number, what: string): number[] => {
  const random = seededRandom(3).fork(`${artifact.id} ${what}`), time = nanoseconds(task.key, pointOf(unwrap(parseSchedule(artifact.kernel.source))));
  return Array.from({ length: count }, () => time * (1 + 0.02 * random.next()));
};
const bench = (task: Task): Bench => {
  const measured = (artifact: Artifact, purpose: Measurement['purpose'], repeat: number, count: number): Measurement => ({
    candidate: artifact.candidate, task: task.key, purpose, repeat, artifact: artifact.id, report: artifact.report,
    // one in nineteen crashes: failures have to survive too
    outcome: parseInt(artifact.id.slice(0, 6), 16) % 19 === 0 ? fail({ code: 'crashed', stage: 'measure', message: 'signal 11 (simulated)' }) : succeed({ kind: 'modelled', samplesNs: samples(artifact, task, count, purpose), error: 0 }),
  });
  return {
    measure: async (artifact, { purpose, repeat }) => {
      note(`measure ${artifact.id} ${purpose} ${repeat}`);
      await wait(measureMs);
      return measured(artifact, purpose, repeat, 5);
    },
    compare: async (artifacts, rounds) => {
      note(`compare ${artifacts.map(({ id }) => id).join(',')}`);
      await wait(measureMs);
      return artifacts.map((artifact) => measured(artifact, 'final', 0, rounds));
    },
    close: async () => undefined,
  };
};

export const simulated: HardwarePlugin = {
  id: 'simulated', isas: ['plain'],
  resolve: async () => succeed(target),
  channelBlock: () => 1,
  space,
  lower: (_, schedule) => succeed({ plan: { steps: schedule } as never, program: { kernels: [], buffers: [] } }),
  emit: ({ definition }, { plan }) => ({ symbols: ['kernel'], source: printSchedule((plan as unknown as { steps: Schedule }).steps), buffers: [], scratchBytes: 0, rewritten: definition, algorithm: null }),
  builder: async (_, directory) => succeed({
    fingerprint: 'none 1',
    build: async (task: Task, batch: readonly Candidate[]) => {
      await wait(buildMs);
      mkdirSync(directory, { recursive: true });
      return batch.map((candidate): Outcome<Artifact> => {
        const source = printSchedule(candidate.schedule), id = shortHash(`${task.key}\n${source}`), library = join(directory, `${id}.so`);
        writeFileSync(library, source);
        return succeed({ id, candidate: candidate.id, library, kernel: { symbols: ['kernel'], source, buffers: [], scratchBytes: 0, rewritten: task.definition, algorithm: null }, report: { hotLoopInstructions: 1, hotLoopStackAccesses: 0, sourceBytes: source.length } });
      });
    },
  }),
  device: async () => succeed({ environment, protocol: '1 simulated', prepare: async (task: Task) => succeed(bench(task)), close: async () => undefined }),
  package: async () => fail({ code: 'simulated', stage: 'compile', message: 'the simulated device packages nothing' }),
  session: async () => fail({ code: 'simulated', stage: 'run', message: 'the simulated device runs nothing' }),
  requirements: async () => [],
};
