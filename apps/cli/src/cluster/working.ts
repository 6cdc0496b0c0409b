/**
 * A worker process from its settings to its end: connection, hands, stages, health, watchdog, signals. Says everything as lines
 * of JSON. What it does with a message is the library's.
 */
import { openKafkaTransport } from '@loopsmith/transport-kafka';
import { fail, refuse, unwrap, type Failure, type Outcome } from '@loopsmith/util';
import { openArtifactStore, type DeviceDescription, type StageName } from '@loopsmith/wire';
import { openOutbox, startWorker, type Log } from '@loopsmith/workers';
import { chmodSync, chownSync, mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { openHost } from '../compiler.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { namingAll, namingErrors, namingModelErrors } from '../naming-plugins.js';
import { defaults } from '../plugins.js';
import type { World } from '../world.js';
import { findFence, type Fence } from './fence.js';
import { handsProgram, openHands, type RemoteHands } from './hands.js';
import type { HandsOptions } from './hands-messages.js';
import { serveHttp, type HttpServer } from './http.js';
import { letGo } from './letting-go.js';
import { claimName } from './names.js';
import type { ClusterSettings } from './settings.js';

export interface WorkingOptions {
  readonly stages: readonly StageName[];
  readonly name?: string;
  readonly target: { readonly hardware: string; readonly isa: string };
  readonly threads: number;
  readonly plugin: readonly string[];
  /** Port of /healthz, /readyz and /metrics, or null for none. */
  readonly http: number | null;
  readonly httpHost: string;
  /** Seconds without a word from the broker after which the process leaves. */
  readonly watchdog: number;
  /** The user said in so many words that code from the network may run unfenced. */
  readonly unfenced: boolean;
}

export const work = async (world: World, settings: ClusterSettings, options: WorkingOptions): Promise<ExitCode> => {
  const now = (): number => Date.parse(world.clock.time());
  const named = claimName(resolve(world.folder, defaults.state, 'workers'), options.name ?? hostname(), options.name !== undefined);
  if (!named.ok) return refuse(named.failure);
  const { name, folder, release } = named.value;
  const log: Log = (level, text, fields = {}) => { world.out.write(`${JSON.stringify({ time: world.clock.time(), level, worker: name, text, ...fields })}\n`); };
  const handling = options.stages.some((stage) => stage === 'build' || stage === 'measure');
  const fence = handling ? unwrap(fenceFor(options.unfenced)) : null;
  const host = await openHost(world, options.plugin);
  unwrap(await host.hardware.get(options.target.hardware));

  let stopped: Failure | null = null;
  const end = new AbortController();
  const transport = unwrap(await openKafkaTransport(settings.kafka, {
    log: (level, text) => log(level, text, { stage: 'kafka' }),
    onStopped: (failure) => { stopped ??= failure; end.abort(); },
    ...(settings.replication === undefined ? {} : { replication: settings.replication }),
  }));
  const store = openArtifactStore(settings.store), outbox = openOutbox(folder), counts = new Map<string, number>();
  let hands: RemoteHands | null = null, http: HttpServer | null = null, ready = false, code: ExitCode = exitCodes.ok;
  const silent = (): string | null => (transport.silentFor() > options.watchdog * 1000 ? `no word from the broker for ${Math.round(transport.silentFor() / 1000)} s` : null);
  // whoever supervises it has to start it again, whatever code a plugin chose; a second signal and a bug have their own
  const cut = (ended: number): void => {
    if (ended === exitCodes.interrupted || ended === exitCodes.bug) return;
    process.exitCode = exitCodes.bug;
    log('error', `something ended this process with ${ended} in the middle of its work: most likely a plugin that calls process.exit`, { code: exitCodes.bug });
  };
  process.on('exit', cut);
  const leaves = (): ExitCode => {
    log('error', `leaves: ${stopped?.message ?? silent() ?? 'stopped'}`, { code });
    return code;
  };
  try {
    // before anything is served: a port that is taken refuses the worker, and whoever looks sees that it is not ready yet
    if (options.http !== null) http = unwrap(await serveHttp(options.httpHost, options.http, {
      unhealthy: silent, notReady: () => (ready ? silent() : 'not serving'), metrics: () => metricsText(name, counts, transport.silentFor()),
    }));
    if (fence) {
      hands = unwrap(await openHands(handsOptions(world, options, emptyFolder(join(folder, 'hands'), fence)), fence));
      log('info', `candidates run fenced: ${fence.text}`);
    }
    const description = hands && descriptionOf(hands, options.target.hardware);
    const started = new AbortController(), starting = startWorker({
      name, stages: options.stages, transport, store, outbox, log, now,
      plugins: {
        frontends: host.frontends, hardware: host.hardware,
        strategies: namingAll(host.strategies, namingErrors), costModels: namingAll(host.costModels, namingModelErrors),
      },
      ...(hands?.builder ? { builder: hands.builder } : {}),
      ...(hands?.device && description ? { device: { device: hands.device, description, directory: emptyFolder(join(folder, 'hands', 'libraries'), fence!) } } : {}),
      counted: (stage, what) => { counts.set(`${stage} ${what}`, (counts.get(`${stage} ${what}`) ?? 0) + 1); },
    });
    // the broker may go away while a worker is being started, too
    code = await Promise.race([starting.then(() => exitCodes.ok), untilOver(started.signal, end.signal, silent)]);
    started.abort();
    if (code !== exitCodes.ok) return leaves();
    const worker = unwrap(await starting);
    ready = true;
    code = await world.interruptible((signal) => {
      // said when signals are heeded: whoever reads it may send one at once
      log('info', `serves ${options.stages.join(', ')}${http ? `; health and metrics at port ${http.port}` : ''}`, { ready: true });
      return untilOver(signal, end.signal, silent);
    }, 'Finishing what is in work; a second signal ends at once.');
    ready = false;
    if (code !== exitCodes.ok) return leaves();
    log('info', 'drains');
    await worker.stop();
    return code;
  } finally {
    process.off('exit', cut);
    await hands?.close();
    await http?.close();
    // nothing that waits for a broker may hold a process that is to be started again: what was done is in the outbox
    if (code === exitCodes.ok) await letGo(transport);
    outbox.close();
    release();
    log('info', 'gone');
  }
};

const handsOptions = ({ folder }: World, { plugin: plugins, target: { hardware, isa }, threads, stages }: WorkingOptions, directory: string): HandsOptions => ({
  folder, hardware, isa, threads, directory,
  plugins: plugins.map((plugin) => (plugin.startsWith('.') ? resolve(folder, plugin) : plugin)), builds: stages.includes('build'), measures: stages.includes('measure'),
});

/** What a worker that measures says of its device; null for one that does not. */
const descriptionOf = ({ opened: { target, environment, protocol } }: RemoteHands, hardware: string): DeviceDescription | null =>
  (environment === null || protocol === null ? null : { hardware, target, environment, protocol });

/** Ends by a signal with 0, by the watchdog or because Kafka gave up with 75. */
const untilOver = (signal: AbortSignal, ended: AbortSignal, silent: () => string | null): Promise<ExitCode> => new Promise((resolve) => {
  const timer = setInterval(() => { if (silent() !== null) over(exitCodes.restart); }, 1000);
  const over = (code: ExitCode): void => { clearInterval(timer); resolve(code); };
  const look = (): void => {
    if (signal.aborted) over(exitCodes.ok);
    else if (ended.aborted) over(exitCodes.restart);
  };
  signal.addEventListener('abort', look);
  ended.addEventListener('abort', look);
  // it may have happened while the worker was being started
  look();
});

const fenceFor = (unfenced: boolean): Outcome<Fence> => {
  const fence = findFence(handsProgram);
  if (fence.works || unfenced) return { ok: true, value: fence };
  return fail({
    code: 'fence-missing',
    stage: 'cluster',
    message:
      'this worker would run code that comes over the network, and this machine lets it shut out no network for that code (unshare --net is refused); run it as root or where user namespaces are allowed, or say --run-unfenced-code-from-the-network',
  });
};

/** A folder that the fenced process may write to, without what a former worker left there: libraries that nobody asks for any more, by the thousand. */
const emptyFolder = (path: string, { owner }: Fence): string => {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o755);
  if (owner) chownSync(path, owner.user, owner.group);
  return path;
};

const metricsText = (worker: string, counts: ReadonlyMap<string, number>, silentMs: number): string => {
  const messages = [...counts].map(([key, count]) => {
    const [stage, what] = key.split(' ');
    return `loopsmith_messages_total{worker="${worker}",stage="${stage}",result="${what}"} ${count}`;
  });
  return [
    '# HELP loopsmith_messages_total Messages by stage and what became of them.', '# TYPE loopsmith_messages_total counter', ...messages,
    '# HELP loopsmith_broker_silent_seconds Time since the broker was last heard of.', '# TYPE loopsmith_broker_silent_seconds gauge',
    `loopsmith_broker_silent_seconds{worker="${worker}"} ${(silentMs / 1000).toFixed(3)}`,
    '# HELP loopsmith_memory_bytes Resident memory.', '# TYPE loopsmith_memory_bytes gauge',
    `loopsmith_memory_bytes{worker="${worker}"} ${process.memoryUsage.rss()}`,
  ].join('\n');
};
