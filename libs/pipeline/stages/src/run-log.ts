/**
 * The log of a tuning run: everything its proposals follow from, and the proposals, one JSON value per line. Holds no times of the
 * run itself. A replay asks strategy and model again and compares; it needs no hardware, since spaces and drafts are pure.
 */
import type { CostModel, HardwarePlugin, Observation, Point, SearchStrategy, Space, Task, TaskHistory } from '@loopsmith/contracts';
import { attempt, canonicalJson, refuse, seededRandom, type Json, type Outcome } from '@loopsmith/util';
import { map, of } from 'rxjs';
import { rememberingDrafts } from './drafts.js';
import { fitter } from './fit.js';
import { propose } from './propose.js';
import type { Fitted, Order, Proposed } from './stage.js';

export type RunLogEntry =
  | { readonly entry: 'run'; readonly v: 1; readonly hardware: string; readonly strategy: string; readonly model: string; readonly seed: number }
  | { readonly entry: 'task'; readonly task: Task; readonly history: readonly TaskHistory[] }
  | { readonly entry: 'proposed'; readonly task: string; readonly batch: number; readonly count: number; readonly points: readonly Point[] }
  | { readonly entry: 'observed'; readonly task: string; readonly batch: number; readonly observations: readonly Observation[] };

/** JSON has no infinity, which definitions do. */
const spelled: ReadonlyMap<number, string> = new Map([[Infinity, 'Infinity'], [-Infinity, '-Infinity']]);

export const printLogEntry = (entry: RunLogEntry): string =>
  JSON.stringify(entry, (_, value: unknown) => (typeof value === 'number' && spelled.has(value) ? { $number: spelled.get(value) } : value));

/** `name` is what messages call the log. */
export const parseRunLog = (text: string, name: string): Outcome<readonly RunLogEntry[]> =>
  attempt(() => {
    const entries = text.split('\n').filter((line) => line !== '').map((line, i): RunLogEntry => {
      try {
        return JSON.parse(line, (_, value: unknown) => (typeof value === 'object' && value !== null && '$number' in value ? Number(value.$number) : value)) as RunLogEntry;
      } catch {
        return refuse({ code: 'log-invalid', stage: 'replay', message: `${name}:${i + 1}: is no JSON; give the log that \`loopsmith tune --log\` wrote, whole` });
      }
    });
    const first = entries[0];
    if (first?.entry !== 'run' || first.v !== 1)
      return refuse({
        code: 'log-invalid',
        stage: 'replay',
        message: `${name} is not the log of a run; give one that \`loopsmith tune --log\` wrote`,
      });
    return entries;
  });

/** A batch that was proposed otherwise than the log says. */
export interface Difference { readonly task: string; readonly batch: number; readonly logged: readonly Point[]; readonly found: readonly Point[] }
export interface Replay { readonly batches: number; readonly proposals: number; readonly differences: readonly Difference[] }
export interface ReplayParts { readonly hardware: HardwarePlugin; readonly strategy: SearchStrategy; readonly model: CostModel }

/** Asks for every batch of the log again, in its order, with the results the log has. */
export const replay = async (entries: readonly RunLogEntry[], { hardware, strategy, model }: ReplayParts): Promise<Replay> => {
  const tasks = new Map<string, { readonly task: Task; readonly space: Space; readonly history: readonly TaskHistory[]; readonly fitted: Fitted[] }>();
  const taskOf = (key: string): NonNullable<ReturnType<typeof tasks.get>> =>
    tasks.get(key) ??
    refuse({ code: 'log-invalid', stage: 'replay', message: `the log has batches of task ${key} but not the task; give the log whole` });
  const seed = entries[0]?.entry === 'run' ? entries[0].seed : 0;
  const proposals = propose({
    strategy,
    model,
    random: seededRandom(seed),
    spaceOf: (key) => taskOf(key).space,
    historyOf: (key) => taskOf(key).history,
    fitted: (key, batch) => taskOf(key).fitted[batch]!,
    known: () => undefined,
  });
  const teach = fitter(model, (key) => taskOf(key).space);
  let asked: Proposed | undefined, batches = 0, points = 0;
  const differences: Difference[] = [];
  const ask = orderedBy(proposals, (proposed) => { asked = proposed; });
  for (const entry of entries) {
    switch (entry.entry) {
      case 'run': break;
      case 'task': tasks.set(entry.task.key, { task: entry.task, space: rememberingDrafts(hardware.space(entry.task)), history: entry.history, fitted: [] }); break;
      case 'proposed': {
        const { task, batch, count } = entry;
        ask({ task: taskOf(task).task, batch, count });
        const found = asked!.candidates.map(({ point }) => point);
        batches++;
        points += found.length;
        if (text(found) !== text(entry.points)) differences.push({ task, batch, logged: entry.points, found });
        break;
      }
      case 'observed': {
        const { batch, observations } = entry, { task, fitted } = taskOf(entry.task);
        const all = [...fitted.flatMap((one) => one.observations), ...observations];
        fitted.push({ task, batch, observations, model: await teach(task, all) });
        break;
      }
      default: entry satisfies never;
    }
  }
  return { batches, proposals: points, differences };
};

const text = (points: readonly Point[]): string => canonicalJson(points.map((point): Json => ({ ...point })));

/** One order at a time through a stage that answers at once. */
const orderedBy = (stage: ReturnType<typeof propose>, use: (proposed: Proposed) => void): ((order: Order) => void) =>
  (order) => { of(order).pipe(stage, map(use)).subscribe(); };
