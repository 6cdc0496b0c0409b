/** A world for specs: screens that keep what is written, fake hardware, models that are the text of a graph, and sessions that evaluate the network. */
import { CostModel, Frontend, HardwarePlugin, RecordStoreFactory, SearchStrategy, type TuningRecord } from '@loopsmith/contracts';
import { ContainerModule, type PluginSource } from '@loopsmith/host';
import { parseGraph } from '@loopsmith/ir/testing';
import { jsonlRecords } from '@loopsmith/records-jsonl';
import { defaults } from '../plugins.js';
import { randomSearch } from '@loopsmith/search-random';
import { analytical } from '@loopsmith/cost-model-analytical';
import { deployedFiles } from '@loopsmith/runtime';
import { fakeHardware, tickingClock, type FakeLog, type FakeOptions } from '@loopsmith/stages/testing';
import { attempt, succeed, unwrap } from '@loopsmith/util';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli, type World } from '../index.js';

/** Two convolutions and a ReLU, for `small.graph`. */
export const smallModel = `graph small(x: f32[1,2,2,3]) -> y
  w: f32[2,2,1,1] = 1, 2, 3, 4
  t: f32[1,2,2,3] = conv2d(x, w) {pads: [0,0,0,0], strides: [1,1]}
  u: f32[1,2,2,3] = conv2d(t, w) {pads: [0,0,0,0], strides: [1,1]}
  y: f32[1,2,2,3] = relu(u)
`;

export interface FakeWorld {
  readonly folder: string;
  readonly log: FakeLog;
  /** Exit code, standard output, standard error. */
  cli(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
  records(): readonly TuningRecord[];
  remove(): void;
}

/** A plugin that binds values. */
export const bind = (name: string, ...bindings: readonly (readonly [symbol, unknown])[]): PluginSource => ({
  name, load: () => Promise.resolve({ default: new ContainerModule((options) => { for (const [token, value] of bindings) options.bind(token).toConstantValue(value); }) }),
});

/** The text of a graph, as `printGraph` has it. */
const textFrontend: Frontend = {
  id: 'text',
  entries: [],
  detects: (bytes) => Buffer.from(bytes.subarray(0, 6)).toString() === 'graph ',
  import: (bytes) => attempt(() => unwrap(parseGraph(Buffer.from(bytes).toString()))),
};

export interface FakeWorldOptions extends FakeOptions {
  readonly columns?: number;
  readonly plugins?: readonly PluginSource[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly brief?: () => void;
  readonly program?: string;
  /** What the hardware emits in place of a text. */
  readonly emitted?: (text: string) => string;
  /** Aborts the run as Ctrl-C does. */
  readonly signal?: AbortSignal;
}

export const fakeWorld = (options: FakeWorldOptions = {}): FakeWorld => {
  const folder = mkdtempSync(join(tmpdir(), 'loopsmith-cli-'));
  const { plugin, log } = fakeHardware(options);
  // the default target of the command line is the x86 plugin's; here the fake stands in for it
  const standIn: HardwarePlugin = {
    ...plugin, id: 'x86-avx',
    resolve: async (isa) => {
      const target = await plugin.resolve(isa);
      return target.ok ? succeed({ ...target.value, id: `x86-avx:${target.value.isa}` }) : target;
    },
    emit: (...of) => { const kernel = plugin.emit(...of); return { ...kernel, source: options.emitted?.(kernel.source) ?? kernel.source }; },
    package: (request) => {
      writeFileSync(join(request.directory, deployedFiles.manifest), JSON.stringify({ v: 1, target: `x86-avx:${request.target.isa}`, threads: request.threads, inputs: [], outputs: [] }));
      writeFileSync(join(request.directory, deployedFiles.header), '');
      return plugin.package(request);
    },
  };
  const plugins = [
    bind('text', [Frontend, textFrontend]), bind('fake', [HardwarePlugin, standIn]), bind('searches', [SearchStrategy, randomSearch], [SearchStrategy, { ...randomSearch, id: defaults.strategy }]),
    bind('models', [CostModel, analytical], [CostModel, { ...analytical, id: defaults.model }]), bind('records', [RecordStoreFactory, jsonlRecords]), ...(options.plugins ?? []),
  ];
  return {
    folder, log,
    cli: async (...args) => {
      let out = '', err = '';
      const world: World = {
        folder, plugins, cores: 2, environment: options.environment ?? {}, clock: tickingClock(1),
        out: { write: (text) => { out += text; }, columns: null },
        err: { write: (text) => { err += text; }, columns: options.columns ?? null },
        ...(options.brief ? { brief: options.brief } : {}),
        ...(options.program === undefined ? {} : { program: options.program }),
        interruptible: (work) => work(options.signal ?? new AbortController().signal),
      };
      const code = await runCli(args, world, '0.1.0');
      return { code, out: out.replaceAll(folder, 'FOLDER'), err: err.replaceAll(folder, 'FOLDER') };
    },
    records: () => {
      const file = join(folder, '.loopsmith', 'records.jsonl');
      return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as TuningRecord) : [];
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};
