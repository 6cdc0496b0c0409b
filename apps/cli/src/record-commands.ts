/** What `loopsmith records` answers, as text or as JSON lines. Opens record stores; decides nothing about records. */
import type { RecordStore, TuningRecord } from '@loopsmith/contracts';
import { takingIn } from '@loopsmith/stages';
import { refuse } from '@loopsmith/util';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { quoted } from './command-line.js';
import { openHost, openRecords, recordsPath } from './compiler.js';
import { count } from './progress.js';
import { writing } from './files.js';
import { claimRecords, openRecordsToWrite } from './record-lock.js';
import { bestOfGroup, decidingRecords, groupRecords, taskOfRecord, type RecordGroup } from './recorded-tasks.js';
import { figuresOf, outcomeText, placeText, prunedGroup, timeText } from './recorded.js';
import { table } from './table.js';
import type { World } from './world.js';

interface Options { readonly plugin: readonly string[]; readonly json: boolean }

/** Opens a record file that has to be there already. */
export const openExistingRecords = async (world: World, plugins: readonly string[], file: string | undefined): Promise<RecordStore> =>
  openRecords(world, await openHost(world, plugins), existingPath(world, file));

const existingPath = (world: World, file: string | undefined): string => {
  const path = recordsPath(world, file);
  return existsSync(path)
    ? path
    : refuse({
        code: 'records-missing',
        stage: 'records',
        message: `there is no record file ${file ?? path}; make one with \`loopsmith tune MODEL.onnx${file === undefined ? '' : ` --records ${quoted(file)}`}\`, or name another with --records`,
      });
};

/** Silence could as well be a command that did nothing. */
const noRecords = (world: World, file: string | undefined): string => `${file ?? recordsPath(world, undefined)} holds no records\n`;

const jsonLines = (values: readonly unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');

export const recordedLines = async (world: World, options: Options & { readonly records?: string; readonly task?: string }): Promise<string> => {
  const store = await openExistingRecords(world, options.plugin, options.records);
  try {
    const { task: wanted } = options;
    if (wanted === undefined) {
      const groups = groupRecords(store.all()).map(figuresOf);
      if (options.json) return jsonLines(groups);
      if (groups.length === 0) return noRecords(world, options.records);
      const places = [...new Set(groups.map(({ environment }) => placeText(environment)))];
      return places
        .map(
          (place) =>
            `${place}\n${table(
              groups.filter(({ environment }) => placeText(environment) === place),
              [
                { title: 'task', cell: ({ task }) => task },
                { title: 'records', right: true, cell: ({ records }) => String(records) },
                { title: 'failed', right: true, cell: ({ failed }) => String(failed) },
                { title: 'untuned', right: true, cell: ({ untunedNs }) => timeOrDash(untunedNs) },
                { title: 'best', right: true, cell: ({ bestNs }) => timeOrDash(bestNs) },
                { title: 'label', cell: ({ label }) => label },
              ],
              world.out.columns,
            )}`,
        )
        .join('\n');
    }
    const records = store.all().filter(({ task, label }) => task.startsWith(wanted) || label.includes(wanted));
    if (records.length === 0)
      return refuse({
        code: 'task-unknown',
        stage: 'records',
        message: `no record's task begins with "${wanted}" or has it in its label; \`loopsmith records list\` shows the tasks there are`,
      });
    return options.json
      ? jsonLines(records)
      : table(records, [
          { title: 'record', cell: ({ id }) => id },
          { title: 'purpose', cell: ({ purpose, repeat }) => (repeat === 0 ? purpose : `${purpose} ${repeat}`) },
          { title: 'outcome', right: true, cell: outcomeText },
          { title: 'label', cell: ({ label }) => label },
          {
            title: 'point',
            cell: ({ point }) =>
              Object.entries(point)
                .map(([name, value]) => `${name}=${value}`)
                .join(' '),
          },
        ], world.out.columns);
  } finally {
    await store.close();
  }
};

export const bestLines = async (world: World, options: Options & { readonly records?: string }): Promise<string> => {
  const store = await openExistingRecords(world, options.plugin, options.records);
  try {
    const host = await openHost(world, options.plugin);
    const rows = await Promise.all(groupRecords(store.all()).map(async (group) => {
      const { task, label, environment } = group.records[0]!, known = await taskOfRecord(group.records[0]!, host);
      const best = known.ok ? bestOfGroup(group, known.value) : { found: null, reason: known.failure.message };
      const { found } = best;
      return {
        task,
        label,
        environment,
        record: found?.record.id ?? null,
        medianNs: found?.medianNs ?? null,
        intervalNs: found?.intervalNs ?? null,
        gflops: found && known.ok ? known.value.task.flops / found.medianNs : null,
        purpose: found?.record.purpose ?? null,
        schedule: found?.record.schedule ?? null,
        reason: best.reason,
      };
    }));
    if (options.json) return jsonLines(rows);
    if (rows.length === 0) return noRecords(world, options.records);
    const places = [...new Set(rows.map(({ environment }) => placeText(environment)))];
    return places.map((place) => {
      const here = rows.filter(({ environment }) => placeText(environment) === place);
      return `${place}\n${table(
        here.filter(({ record }) => record !== null),
        [
          { title: 'task', cell: ({ task }) => task },
          { title: 'median', right: true, cell: ({ medianNs }) => timeText(medianNs!) },
          { title: '95 % interval', right: true, cell: ({ intervalNs }) => intervalNs!.map(timeText).join(' to ') },
          { title: 'GFLOP/s', right: true, cell: ({ gflops }) => (gflops === 0 ? '-' : gflops!.toFixed(1)) },
          { title: 'by', cell: ({ purpose }) => purpose! },
          { title: 'record', cell: ({ record }) => record! },
          { title: 'label', cell: ({ label }) => label },
        ],
        world.out.columns,
      )}${here.map(({ label, reason }) => (reason === null ? '' : `no winner: ${label}: ${reason}\n`)).join('')}`;
    }).join('\n');
  } finally {
    await store.close();
  }
};

export const mergeRecords = async (world: World, into: string, files: readonly string[], options: Options): Promise<string> => {
  const host = await openHost(world, options.plugin);
  const absent = files.find((file) => !existsSync(resolve(world.folder, file)));
  if (absent !== undefined) return refuse({ code: 'records-missing', stage: 'records', message: `there is no record file ${absent}; name files that \`loopsmith tune\` wrote` });
  const store = await openRecordsToWrite(world, host, resolve(world.folder, into));
  try {
    const before = store.all().length;
    let read = 0;
    for (const file of files) {
      const source = await openRecords(world, host, resolve(world.folder, file));
      read += source.all().length;
      await Promise.all(source.all().map(takingIn(store)));
      await source.close();
    }
    const added = store.all().length - before;
    return options.json ? jsonLines([{ added, known: read - added }]) : `Added ${count(added, 'record')} to ${into}; ${read - added} of ${read} were there already\n`;
  } finally {
    await store.close();
  }
};

export const pruneRecords = async (world: World, options: Options & { readonly records?: string; readonly keep: number; readonly output?: string }): Promise<string> => {
  const path = existingPath(world, options.records), target = options.output === undefined ? path : resolve(world.folder, options.output);
  // before it is read: what a run appends meanwhile would be lost with the old file
  const release = claimRecords(target);
  // written beside its place and moved there, so that a crash leaves the old file or the new one
  const unfinished = `${target}.pruning`;
  try {
    const host = await openHost(world, options.plugin), store = await openRecords(world, host, path);
    if (target === path && store.faults.length > 0)
      return refuse({
        code: 'records-damaged',
        stage: 'records',
        message: `${count(store.faults.length, 'line')} of ${path} cannot be read, and pruning would drop ${store.faults.length === 1 ? 'it' : 'them'}; write a pruned copy with -o FILE, or take the lines out first`,
      });
    const byTask = new Map<string, RecordGroup[]>();
    for (const group of groupRecords(store.all())) byTask.set(group.records[0]!.task, [...(byTask.get(group.records[0]!.task) ?? []), group]);
    const kept = new Set<TuningRecord>();
    for (const groups of byTask.values()) {
      const because = await decidingRecords(groups, host);
      for (const group of groups) for (const record of prunedGroup(group, options.keep, because)) kept.add(record);
    }
    rmSync(unfinished, { force: true });
    writeFileSync(unfinished, '');
    const pruned = await openRecords(world, host, unfinished);
    await Promise.all(store.all().filter((record) => kept.has(record)).map((record) => pruned.append(record)));
    await pruned.close();
    writing(options.output ?? path, () => renameSync(unfinished, target));
    const dropped = store.all().length - kept.size;
    return options.json ? jsonLines([{ kept: kept.size, dropped }]) : `Kept ${count(kept.size, 'record')}, dropped ${dropped}: ${options.output ?? path}\n`;
  } finally {
    rmSync(unfinished, { force: true });
    release();
  }
};

const timeOrDash = (nanoseconds: number | null): string => (nanoseconds === null ? '-' : timeText(nanoseconds));
