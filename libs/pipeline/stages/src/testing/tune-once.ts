/** One tuning run on fake hardware, with everything a spec may look at afterwards. */
import { pointKey, type CostModel, type ExtractedTask, type Observation, type Point, type RecordStore, type SearchStrategy, type TuningEvent } from '@loopsmith/contracts';
import { unwrap, type Random } from '@loopsmith/util';
import { lastValueFrom, toArray } from 'rxjs';
import type { Budget } from '../budget.js';
import type { RunLogEntry } from '../run-log.js';
import { tune } from '../tune.js';
import { sideBySide, type Cores } from '../turns.js';
import { fakeHardware, fakeTarget, fakeTask, type FakeLog, type FakeOptions } from './fake-hardware.js';
import { memoryRecords, tickingClock } from './memory-records.js';

interface TuneOnce {
  readonly tasks?: readonly ExtractedTask[];
  readonly budget?: Budget;
  readonly seed?: number;
  readonly fake?: FakeOptions;
  readonly records?: RecordStore;
  /** Of the cores to build and to measure on; by default each has its own. */
  readonly cores?: Cores;
  readonly signal?: AbortSignal;
  readonly batchSize?: number;
  /** Milliseconds between two readings of the clock. */
  readonly tick?: number;
  readonly strategy?: SearchStrategy;
  readonly model?: CostModel;
  readonly log?: (entry: RunLogEntry) => void;
}
interface TunedOnce {
  readonly events: readonly TuningEvent[];
  readonly records: RecordStore;
  readonly log: FakeLog;
  /** Every batch that was proposed, as text, by task in order of proposal. */
  readonly proposals: readonly string[];
  /** Every observation that reached the strategy. */
  readonly observed: readonly Observation[];
  readonly entries: readonly RunLogEntry[];
}

/** A quarter explores, the rest goes down from the best observed: small, but it depends on every result it was told of. */
const spyStrategy = (proposals: string[], observed: Observation[]): SearchStrategy => ({
  id: 'spy',
  start: ({ space, random }) => {
    const seen = new Set<string>();
    const text = (point: Point): string => pointKey(space.choices, point);
    let best: Observation | null = null;
    const near = (point: Point, chance: Random): Point => { const { name, values } = chance.pick(space.choices); return { ...point, [name]: chance.pick(values) }; };
    return {
      propose: (count, predict) => {
        const taken: Point[] = [];
        for (let draw = 0; draw < 400 && taken.length < count; draw++) {
          const from: Point = best !== null && random.below(4) > 0 ? best.point : Object.fromEntries(space.choices.map(({ name, values }) => [name, random.pick(values)]));
          const point = near(from, random);
          if (seen.has(text(point)) || !Number.isFinite(predict([point])[0])) continue;
          seen.add(text(point));
          taken.push(point);
        }
        proposals.push(`${space.id}: ${taken.map(text).join(' ')}`);
        return taken;
      },
      observe: (results) => {
        for (const result of results) {
          observed.push(result);
          seen.add(text(result.point));
          if (result.milliseconds !== null && (best === null || result.milliseconds < best.milliseconds!)) best = result;
        }
      },
    };
  },
});

const draftOnly: CostModel = { id: 'draft', fit: (examples) => examples.length, predict: (_, drafts) => Float64Array.from(drafts, (d) => d.milliseconds) };

export const tuneOnce = async (options: TuneOnce = {}): Promise<TunedOnce> => {
  const { plugin, log } = fakeHardware(options.fake);
  const records = options.records ?? memoryRecords(), proposals: string[] = [], observed: Observation[] = [], entries: RunLogEntry[] = [];
  const events = await lastValueFrom(tune({
    tasks: options.tasks ?? [fakeTask(100)], hardware: plugin,
    builder: unwrap(await plugin.builder(fakeTarget, 'none', options.cores?.lanes)), device: unwrap(await plugin.device(fakeTarget, { threads: 1, directory: 'none', seed: 1 })),
    strategy: options.strategy ?? spyStrategy(proposals, observed), model: options.model ?? draftOnly, records, log: options.log ?? ((entry) => entries.push(entry)),
    budget: options.budget ?? { kind: 'trials', trials: 40 }, seed: options.seed ?? 1, clock: tickingClock(options.tick ?? 1), measuring: options.cores?.measuring ?? sideBySide, quiet: options.cores?.quiet,
    signal: options.signal ?? new AbortController().signal, batchSize: options.batchSize ?? 8,
  }).pipe(toArray()));
  return { events, records, log, proposals, observed, entries };
};
