/**
 * The best 3x3 convolutions that the real search finds, direct and by Winograd's algorithm, one thread, against a loop of multiply-adds
 * timed by turns with them: weights warm, in L3 and in memory. Operations are counted as the definition has them, so Winograd's may
 * exceed the loop's.
 *
 * The loop's figure is the best of its turns. A neighbour on the core's other thread takes 13 % of that loop's speed and half of that of
 * any loop that loads (decision 253). So rounds in which a loop of loads ran slowly are measured again, up to a number (decision 272); medians are of
 * the calm rounds, and beside them stand those of all rounds and what is like the loop's figure: the best call of a round against the best turn of it.
 */
import { join } from 'node:path';
import { compileReference } from '@loopsmith/codegen-cpu';
import { x86Avx } from '@loopsmith/codegen-x86-avx';
import type { Device, RecordStore, Task } from '@loopsmith/contracts';
import { analytical } from '@loopsmith/cost-model-analytical';
import { parseSchedule } from '@loopsmith/ir';
import { jsonlRecords } from '@loopsmith/records-jsonl';
import { allowedCpus, openLocalDevice, type CoreFigures, type LocalDevice, type WeightTemperature } from '@loopsmith/runtime';
import { annealing } from '@loopsmith/search-annealing';
import { bestSchedules, candidateId, coresFor, median, tune, type BestSchedule } from '@loopsmith/stages';
import { unwrap } from '@loopsmith/util';
import { watched, type Bench } from './bench.js';
import { calmOnes, mostLoads, untilCalm, type Loaded } from './calm.js';
import { layers, layerTask, winogradLayers } from './layers.js';
import { peakIsa } from './probe.js';
import { giga, percent, table } from './table.js';

/** Calm rounds wanted, all rounds at most, and calls of a round that take as long as the loop's turns: 20 milliseconds for most layers. */
const rounds = 9, mostRounds = 200, samplesPerRound = 16;
/** Fewer calm rounds have no median. */
const enough = 5;
const temperatures = ['warm', 'l3', 'memory'] as const satisfies readonly WeightTemperature[];

type Algorithm = 'direct' | 'winograd';

/** Nanoseconds of one call, the median and the least, and operations per second of the loop timed just before and after. */
interface Round extends Loaded { readonly nanoseconds: number; readonly least: number; readonly flops: number }

interface LayerResult {
  readonly label: string; readonly algorithm: Algorithm; readonly schedule: string; readonly trials: number;
  readonly rounds: Readonly<Record<WeightTemperature, readonly Round[]>>;
  readonly taskFlops: number;
}

export const benchConvolutions = async (bench: Bench): Promise<unknown> => {
  const { directory, target, print } = bench, candidates = join(directory, 'candidates');
  const options = { threads: 1, directory: candidates, seed: 1 };
  const own = unwrap(await x86Avx.device(target, options));
  const devices = {} as Record<WeightTemperature, LocalDevice>;
  for (const weights of temperatures)
    devices[weights] = unwrap(await openLocalDevice(options, { target, environment: own.environment, weights, compileReference: (definition) => compileReference({ compiler: 'gcc', machine: [] }, definition, join(candidates, 'references')) }));
  const { lanes, measuring } = coresFor(allowedCpus(), own.cpus ?? []);
  const records = unwrap(await jsonlRecords.open(join(directory, 'convolutions.jsonl')));
  const results: LayerResult[] = [], known: Round[] = [];
  try {
    const searches = [...layers.map((layer) => ({ layer, algorithm: 'direct' as const })), ...winogradLayers.map((layer) => ({ layer, algorithm: 'winograd' as const }))];
    for (const { layer, algorithm } of searches) {
      const extracted = layerTask(layer, target, algorithm === 'direct');
      await tune({
        tasks: [extracted], hardware: x86Avx, device: own, builder: unwrap(await x86Avx.builder(target, candidates, lanes)), strategy: annealing, model: analytical, records, seed: 1,
        budget: { kind: 'trials', trials: bench.layerTrials }, measuring, signal: new AbortController().signal,
        clock: { now: () => performance.now(), time: () => new Date().toISOString() },
      }).forEach(() => undefined);
      const best = bestBy(algorithm, extracted.task, records, own);
      const { value } = await watched(bench, extracted.task.label, () => timeSchedule(extracted.task, best, devices, bench, candidates, known));
      results.push({ label: extracted.task.label, algorithm, schedule: best.record.schedule, trials: bench.layerTrials, taskFlops: extracted.task.flops, rounds: value });
    }
  } finally {
    await Promise.all([own, ...Object.values(devices)].map((device) => device.close()));
    await records.close();
  }
  const all = results.flatMap(({ rounds: of }) => temperatures.flatMap((weights) => of[weights])), most = mostLoads(all), calm = calmOnes(all, most);
  print(`\nbest convolutions of ${bench.layerTrials} trials each, one thread, rounds of ${samplesPerRound} calls: medians of calm ones (of ${rounds}, where ${mostRounds} held so many), of all, and of each round's best call; calm ${calm.length} of ${all.length} rounds`);
  print(table(['task', 'algorithm', 'FMA GFLOP/s', ...temperatures.flatMap((weights) => [`${weights}: calm`, 'GFLOP/s', 'of FMA', 'all rounds', 'best call'])], results.map(({ label, algorithm, taskFlops, rounds: of }) => [
    label, algorithm, giga(median(temperatures.flatMap((weights) => of[weights].map(({ flops }) => flops)))),
    ...temperatures.flatMap((weights) => {
      const share = (which: 'nanoseconds' | 'least', some: readonly Round[]): string => percent(median(some.map((round) => taskFlops / (round[which] / 1e9) / round.flops)));
      const every = of[weights], calmly = calmOnes(every, most), medians = calmly.length < enough ? ['too few', 'too few'] : [giga(taskFlops / (median(calmly.map(({ nanoseconds }) => nanoseconds)) / 1e9)), share('nanoseconds', calmly)];
      return [`${calmly.length} of ${every.length}`, ...medians, share('nanoseconds', every), share('least', every)];
    }),
  ])));
  if (results.some(({ rounds: of }) => temperatures.some((weights) => calmOnes(of[weights], most).length < enough))) print(`too few: under ${enough} calm rounds of ${mostRounds}; such a row meets and misses no bar, so run it again in a calmer hour`);
  return results;
};

/** Direct: without an algorithm that changes the number of operations. */
const bestBy = (algorithm: Algorithm, task: Task, records: RecordStore, { environment, protocol }: Device): BestSchedule => {
  const tried = records.ofTask(task.key).filter(({ schedule }) => schedule.startsWith('algorithm ') === (algorithm === 'winograd'));
  const [best] = bestSchedules(tried, [task], {
    environment, protocol,
    applies: (of, text) => { const schedule = parseSchedule(text); if (!schedule.ok) return schedule; const lowered = x86Avx.lower(of, schedule.value); return lowered.ok ? schedule : lowered; },
  });
  if (!best?.found) throw new Error(`${task.label}: ${best?.reason ?? 'no task'}`);
  return best.found;
};

/** `known`: every round so far, of whatever layer, which say how calm it can be; those taken are added. */
const timeSchedule = async (task: Task, { schedule, record }: BestSchedule, devices: Readonly<Record<WeightTemperature, LocalDevice>>, { target }: Bench, directory: string, known: Round[]): Promise<LayerResult['rounds']> => {
  const builder = unwrap(await x86Avx.builder(target, directory));
  const [built] = await builder.build(task, [{ id: candidateId(task, schedule), task: task.key, point: record.point, schedule }]);
  const artifact = unwrap(built!);
  const timed = {} as Record<WeightTemperature, readonly Round[]>;
  for (const weights of temperatures) {
    const device = devices[weights], bench = unwrap(await device.prepare(task)), core = async (): Promise<CoreFigures> => unwrap(await device.core(peakIsa(target)));
    timed[weights] = await untilCalm(rounds, mostRounds, () => mostLoads(known), async () => {
      const before = await core(), [measurement] = await bench.compare([artifact], samplesPerRound), after = await core();
      const { samplesNs } = unwrap(measurement!.outcome);
      const round = { nanoseconds: median(samplesNs), least: Math.min(...samplesNs), flops: Math.max(before.flops, after.flops), loadsPerSecond: Math.min(before.loadsPerSecond, after.loadsPerSecond) };
      known.push(round);
      return round;
    });
    await bench.close();
  }
  return timed;
};
