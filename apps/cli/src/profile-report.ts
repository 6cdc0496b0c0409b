/** The profile of a compiled folder as a table and as JSON, the machine's limit measured beside it. Times no layer itself. */
import type { Session } from '@loopsmith/contracts';
import { readManifest } from '@loopsmith/runtime';
import { unwrap } from '@loopsmith/util';
import { resolve } from 'node:path';
import { openHost } from './compiler.js';
import { deviceFacts } from './compiling.js';
import { defaults } from './plugins.js';
import { profileSession } from './profiling.js';
import { bytesText } from './quantities.js';
import { timeText } from './recorded.js';
import { milliseconds } from './report.js';
import { rooflineOf, rooflineText } from './roofline.js';
import { table } from './table.js';
import { randomInputs, type Timing } from './timing.js';
import type { World } from './world.js';

export interface ProfileReport { readonly json: object; text(timing: Timing): string }

export const profileReport = async (world: World, folder: string, session: Session, options: { readonly plugin: readonly string[]; readonly seed: number; readonly runs: number }): Promise<ProfileReport> => {
  const manifest = unwrap(await readManifest(resolve(world.folder, folder))), host = await openHost(world, options.plugin);
  const [plugin, isa] = manifest.target.split(':');
  const hardware = unwrap(await host.hardware.get(plugin!)), target = unwrap(await hardware.resolve(isa!));
  const place = await deviceFacts(hardware, target, session.threads, resolve(world.folder, defaults.state, 'candidates'), true);
  const { weightBytes = 0, arenaBytes = 0 } = manifest.sizes ?? {};
  const roofline = rooflineOf(target, session.threads, weightBytes + arenaBytes, place?.limitFlops ?? null);
  const layers = await profileSession(session, manifest, randomInputs(session, options.seed), options.runs, roofline);
  const sumMs = layers.reduce((sum, { medianNs }) => sum + medianNs, 0) / 1e6;
  return {
    json: { roofline, layers },
    text: ({ medianMs }) => [
      `\n${table(layers, [
        { title: 'time', right: true, cell: ({ medianNs }) => timeText(medianNs) }, { title: 'share', right: true, cell: ({ shareOfTime }) => percent(shareOfTime) },
        { title: 'GFLOP/s', right: true, cell: ({ gflops }) => (gflops === 0 ? '-' : gflops.toFixed(1)) }, { title: 'bytes', right: true, cell: ({ bytes }) => bytesText(bytes) },
        { title: 'of roofline', right: true, cell: (layer) => percent(layer.shareOfRoofline) }, { title: 'tuned', cell: ({ record }) => (record === null ? 'no' : 'yes') },
        { title: 'layer', cell: ({ name }) => name }, { title: 'task', cell: ({ label }) => label },
      ])}`,
      `sum of layers: ${milliseconds(sumMs)}; whole runs: median ${milliseconds(medianMs)}, which holds copies in and out, the call itself and whatever else ran on the machine\n`,
      `${rooflineText(roofline)}\n`,
    ].join(''),
  };
};

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
