/**
 * The benchmark program, `npm run bench`: runs its parts one after another, prints their tables and writes every sample as
 * JSON. Records are kept in its folder, so a second run searches nothing again. It judges nothing: no figure here is a test.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { x86Avx } from '@loopsmith/codegen-x86-avx';
import { repository } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { zooNames } from '@loopsmith/zoo';
import type { Bench } from './bench.js';
import { benchCluster } from './cluster.js';
import { benchConvolutions } from './convolutions.js';
import { benchCostModels } from './cost-models.js';
import { benchKernels } from './kernels.js';
import { describeMachine, meterLoad, tolerable } from './machine.js';
import { benchMessages } from './messages.js';
import { benchMinute } from './minute.js';
import { benchModels } from './models.js';
import type { NetworkResult } from './blocks.js';
import { benchNetwork } from './network.js';
import { openProber } from './probe.js';
import { benchProgram } from './program.js';
import { summaryOf } from './summary.js';
import { percent } from './table.js';
import { benchSessions } from './sessions.js';
import { benchSpaces } from './spaces.js';
import { benchTrials } from './trials.js';
import { benchVerdicts } from './verdicts.js';

const parts: Readonly<Record<string, (bench: Bench) => Promise<unknown>>> = {
  ...Object.fromEntries(zooNames.map((name) => [name, (bench: Bench) => benchNetwork(bench, name)])),
  convolutions: benchConvolutions, kernels: benchKernels, trials: benchTrials, models: benchModels, program: benchProgram, sessions: benchSessions, verdicts: benchVerdicts,
  'cost-models': benchCostModels, messages: benchMessages, cluster: benchCluster, minute: benchMinute, spaces: benchSpaces,
};
const usual = 'resnet18,convolutions,trials,program';

const help = `npm run bench -- [options]

  --only PARTS        of ${Object.keys(parts).join(', ')}
                      (default: ${usual})
  --threads LIST      for networks and trials (default: 1,2)
  --trials N          candidates per network and number of threads (default: 1500)
  --layer-trials N    candidates per convolution (default: 300)
  --blocks N          turns of all engines between two probes (default: 8)
  --seconds N          of messages at a steady rate (default: 180)
  --budgets A,B       the times of tuning that minute compares (default: 60s,10m)
  --points N          of each space that spaces records, an even sample (default: all)
  --target ISA        of the x86 plugin: host, avx512, avx2, sse2 (default: host)
  --directory FOLDER  models, records, libraries, results (default: build/benchmarks)
`;

const wrong = (message: string): never => {
  process.stderr.write(`${message}\n\n${help}`);
  process.exit(2);
};

const readOptions = () => {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  try {
    const { values } = parseArgs({ options: { only: text(usual), threads: text('1,2'), trials: text('1500'), 'layer-trials': text('300'), blocks: text('8'), seconds: text('180'), budgets: text('60s,10m'), points: { type: 'string' }, target: text('host'), directory: text(repository('build', 'benchmarks')), help: { type: 'boolean', default: false } } });
    return values;
  } catch (error) {
    return wrong((error as Error).message);
  }
};
const whole = (name: string, text: string): number => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : wrong(`--${name} takes whole numbers from 1 up, not "${text}".`));

const budgetsOf = (text: string): readonly [string, string] => {
  const [short, long, ...more] = text.split(',');
  return short !== undefined && long !== undefined && more.length === 0 ? [short, long] : wrong(`--budgets takes two times, such as 60s,10m, not "${text}".`);
};

const run = async (): Promise<void> => {
  const options = readOptions();
  if (options.help) return void process.stdout.write(help);
  const chosen = options.only.split(',');
  const unknown = chosen.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) return wrong(`There is no part "${unknown}".`);
  const target = unwrap(await x86Avx.resolve(options.target)), directory = resolve(options.directory);
  mkdirSync(directory, { recursive: true });
  // what was measured before on a machine like this need not be searched again; records of another are misses
  const kept = repository('test', 'data', 'benchmarks', 'records.jsonl.gz'), records = join(directory, 'records.jsonl');
  if (!existsSync(records) && existsSync(kept)) writeFileSync(records, gunzipSync(readFileSync(kept)));
  const print = (text: string): void => { process.stdout.write(`${text}\n`); };
  const device = unwrap(await x86Avx.device(target, { threads: 1, directory: join(directory, 'candidates'), seed: 1 }));
  const machine = describeMachine(target, device.environment.cpu);
  await device.close();
  print(`${machine.cpu}, ${machine.cores} cores, ${target.id}, L1 ${target.caches.l1 >> 10} KiB, L2 ${target.caches.l2 >> 10} KiB, L3 ${target.caches.l3 >> 20} MiB, Linux ${machine.kernel}, governor ${machine.governor}\n${machine.compiler}, Node ${machine.node}, load average ${machine.loadAverage.map((value) => value.toFixed(2)).join(' ')}`);

  const prober = await openProber(target, join(directory, 'candidates', 'harness'));
  const bench: Bench = {
    directory, target, prober, print, threads: options.threads.split(',').map((one) => whole('threads', one)),
    trials: whole('trials', options.trials), layerTrials: whole('layer-trials', options['layer-trials']), blocks: whole('blocks', options.blocks), seconds: whole('seconds', options.seconds),
    budgets: budgetsOf(options.budgets), points: options.points === undefined ? null : whole('points', options.points),
  };
  const started = new Date().toISOString(), end = meterLoad();
  const results: Record<string, unknown> = {};
  try {
    for (const name of chosen) results[name] = await parts[name]!(bench);
  } finally {
    await prober.close();
  }
  const networks = Object.fromEntries(zooNames.flatMap((name) => (name in results ? [[name, results[name] as readonly NetworkResult[]]] : [])));
  const summary = summaryOf(networks, `${machine.cpu}, ${target.isa}, ${options.trials} trials a network, ${started.slice(0, 10)}`);
  if (summary) {
    print(`\n${summary.text}`);
    writeFileSync(join(directory, 'networks.md'), summary.page);
    writeFileSync(join(directory, 'networks.svg'), summary.picture);
  }
  const load = end();
  if (load.others > tolerable) print(`\nWARNING: over the whole run other processes took ${percent(load.others)} of a core.`);
  const file = join(directory, `results-${started.replaceAll(/[:.]/g, '-')}.json`);
  writeFileSync(file, `${JSON.stringify({ started, ended: new Date().toISOString(), machine, load, options, results }, null, 1)}\n`);
  print(`\nEvery sample: ${file}`);
};

// a broker that a part started ends with this process
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) process.once(signal, () => process.exit(code));
await run();
