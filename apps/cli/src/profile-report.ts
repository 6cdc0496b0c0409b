/** The profile of a compiled folder as a table and as JSON, the machine's limit measured beside it. Times no layer itself. */
import type { Session } from '@loopsmith/contracts';
import { readManifest } from '@loopsmith/runtime';
import { unwrap } from '@loopsmith/util';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { openHost, recordsPath } from './compiler.js';
import { deviceFacts } from './compiling.js';
import { defaults } from './plugins.js';
import { profileSession, type LayerProfile } from './profiling.js';
import { bytesText, percent } from './quantities.js';
import { openExistingRecords } from './record-commands.js';
import { medianNsOf, timeText } from './recorded.js';
import { milliseconds } from './report.js';
import { rooflineOf, rooflineText } from './roofline.js';
import { clipped, table } from './table.js';
import { randomInputs, type Timing } from './timing.js';
import type { World } from './world.js';

export interface ProfileReport { readonly json: object; text(timing: Timing): string }

export const profileReport = async (
  world: World,
  folder: string,
  session: Session,
  options: { readonly plugin: readonly string[]; readonly seed: number; readonly runs: number; readonly records?: string },
): Promise<ProfileReport> => {
  const manifest = unwrap(await readManifest(resolve(world.folder, folder))),
    host = await openHost(world, options.plugin);
  const [plugin, isa] = manifest.target.split(':');
  const hardware = unwrap(await host.hardware.get(plugin!)),
    target = unwrap(await hardware.resolve(isa!));
  const place = await deviceFacts(hardware, target, session.threads, resolve(world.folder, defaults.state, 'candidates'), true);
  const { weightBytes = 0, arenaBytes = 0 } = manifest.sizes ?? {};
  const roofline = rooflineOf(target, session.threads, weightBytes + arenaBytes, place?.limitFlops ?? null);
  const layers = await profileSession(
    session,
    manifest,
    randomInputs(session, options.seed),
    options.runs,
    roofline,
    await recordedTimes(world, options),
  );
  const sumMs = layers.reduce((sum, { medianNs }) => sum + medianNs, 0) / 1e6;
  return {
    json: { roofline, layers },
    text: ({ medianMs }) =>
      [
        `\n${table(layers, [
          { title: 'time', right: true, cell: ({ medianNs }) => timeText(medianNs) },
          { title: 'alone', right: true, cell: ({ recordedNs }) => (recordedNs === null ? '-' : timeText(recordedNs)) },
          { title: 'share', right: true, cell: ({ shareOfTime }) => percent(shareOfTime) },
          { title: 'GFLOP/s', right: true, cell: ({ gflops }) => (gflops === 0 ? '-' : gflops.toFixed(1)) },
          { title: 'bytes', right: true, cell: ({ bytes }) => bytesText(bytes) },
          { title: 'of roofline', right: true, cell: (layer) => percent(layer.shareOfRoofline) },
          { title: 'tuned', cell: ({ record }) => (record === null ? 'no' : 'yes') },
          { title: 'layer', cell: ({ name }) => name },
          { title: 'task', cell: ({ label }) => label },
        ], world.out.columns)}`,
        ...slowest(layers),
        `${sumLine(sumMs, medianMs)}\n`,
        `${beyondKernels(layers, sumMs, medianMs)}\n`,
        `${rooflineText(roofline)}\n`,
        ...(layers.some(({ shareOfRoofline }) => shareOfRoofline > 1.005)
          ? ['above 100 %: an algorithm (Winograd) saves arithmetic, or the data was still in a nearer cache\n']
          : []),
      ].join(''),
  };
};

/** The layers are timed after the whole runs, each between two looks at the clock: together they may take more. */
export const sumLine = (sumMs: number, medianMs: number): string =>
  `sum of layers: ${milliseconds(sumMs)}; whole runs: median ${milliseconds(medianMs)}, ${medianMs < sumMs
    ? 'timed before the layers, in calmer moments of the machine: where the two are far apart, bench again when nothing else runs'
    : 'which holds copies in and out, the call itself and whatever else ran on the machine'}`;

/** Where to begin, of a list too long to see at a glance. */
const slowest = (layers: readonly LayerProfile[]): readonly string[] => {
  if (layers.length <= GLANCE) return [];
  const first = [...layers].sort((a, b) => b.medianNs - a.medianNs).slice(0, NAMED);
  return [`most time: ${first.map(({ name, label, shareOfTime }) => `${percent(shareOfTime)} in ${clipped(name, NAME_COLUMNS)} (${clipped(label, NAME_COLUMNS)})`).join('; ')}\n`];
};
/** A quantised layer is named after some twenty nodes; the table and --json have them all. */
const GLANCE = 10, NAMED = 3, NAME_COLUMNS = 60;

/** Median nanoseconds by id of a record; none where nobody named a file and the usual one is not there. */
const recordedTimes = async (world: World, { plugin, records }: { readonly plugin: readonly string[]; readonly records?: string }): Promise<ReadonlyMap<string, number>> => {
  if (records === undefined && !existsSync(recordsPath(world, undefined))) return new Map();
  const store = await openExistingRecords(world, plugin, records);
  try {
    return new Map(store.all().flatMap((record) => { const ns = medianNsOf(record); return ns === null ? [] : [[record.id, ns]]; }));
  } finally {
    await store.close();
  }
};

/** What makes up the difference between a network and its kernels measured one by one. */
const beyondKernels = (layers: readonly LayerProfile[], sumMs: number, medianMs: number): string => {
  const without = layers.filter(({ recordedNs }) => recordedNs === null).length;
  if (without > 0) return `sum of the kernels alone: not known, for ${without} of ${layers.length} layers are untuned or their records are not here (--records)`;
  const aloneMs = layers.reduce((sum, { recordedNs }) => sum + recordedNs!, 0) / 1e6, signed = (ms: number): string => `${ms < 0 ? '-' : '+'}${milliseconds(Math.abs(ms))}`;
  return `sum of the kernels alone, weights cold, as recorded: ${milliseconds(aloneMs)}; ${signed(sumMs - aloneMs)} in the layers, ${signed(medianMs - sumMs)} outside of them: whole runs take ${(medianMs / aloneMs).toFixed(2)} times the sum`;
};

