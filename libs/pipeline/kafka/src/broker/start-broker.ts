/**
 * A running broker: its folder formatted, its process started, ready when it answers; stopped cleanly, or killed as faults do
 * it and started again on the same data. Fetches nothing.
 */
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brokerFile, type KafkaArtifacts } from './artifacts.js';
import { isTaken } from './ports.js';
import { brokerProperties, type BrokerOptions } from './properties.js';
import { answers } from './ready.js';
import { runProgram } from './run-program.js';

export interface Broker {
  readonly node: number;
  /** `host:port` for clients. */
  readonly address: string;
  /** Where it listens itself. */
  readonly port: number;
  /** Of the process at work; null when it is down. */
  readonly pid: number | null;
  /** Resolves when the process ends, however it does. */
  readonly ended: Promise<void>;
  /** Ends the process: SIGTERM lets it close its log, SIGKILL is a power cut. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Again, on the data that is there. */
  restart(): Promise<Outcome<void>>;
}

/** Any 22 characters that encode 16 bytes name a cluster; one that is alone needs no random one. */
const clusterId = 'bG9vcHNtaXRoLWxvY2FsLQ';
const memory = ['-Xmx384m', '-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const readyWithinMs = 60_000;

export const startBroker = async (artifacts: KafkaArtifacts, folder: string, options: BrokerOptions): Promise<Outcome<Broker>> => {
  const { host, place, security } = options;
  const properties = join(folder, `broker-${place.node}.properties`), log = join(folder, `broker-${place.node}.log`);
  // another broker there would answer in place of this one
  for (const port of [place.port, place.controllerPort])
    if (await isTaken(host, port))
      return fail({ code: 'broker-start', stage: 'broker', message: `another process listens on ${host}:${port}; stop it, or choose another --port` });
  await mkdir(folder, { recursive: true });
  await writeFile(properties, brokerProperties(options));
  const java = [...memory, `-Dlog4j2.configurationFile=${brokerFile('log4j2.properties')}`, '-cp', join(artifacts.jars, '*')];
  const shared = (): readonly string[] => (existsSync(artifacts.archive) ? [`-XX:SharedArchiveFile=${artifacts.archive}`] : []);

  const users = security ? [security.admin, ...security.users].flatMap(({ name, password }) => ['--add-scram', `SCRAM-SHA-512=[name=${name},password=${password}]`]) : [];
  const formatted = await runProgram(artifacts.java, [
    ...shared(),
    ...java,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId,
    '-c',
    properties,
    '--ignore-formatted',
    ...users,
  ]);
  if (formatted.code !== 0)
    return fail({
      code: 'broker-format',
      stage: 'broker',
      message: `the folder ${place.data} cannot be made a broker's log; give an empty folder, or remove what another version left there`,
      text: formatted.text,
    });

  let child: ChildProcess | null = null, ended: Promise<void> = Promise.resolve();
  const begin = async (): Promise<Outcome<void>> => {
    const output = await open(log, 'a');
    // the first broker of a machine leaves the archive behind at its end; a name of its own until then, for several may run
    const archive = existsSync(artifacts.archive) || options.all.length > 1 ? shared() : [`-XX:ArchiveClassesAtExit=${artifacts.archive}.${process.pid}-${place.node}`];
    const started = spawn(artifacts.java, [...archive, ...java, 'kafka.Kafka', properties], { stdio: ['ignore', output.fd, output.fd], detached: true });
    child = started;
    ended = new Promise((resolve) => { started.on('close', () => { child = null; resolve(); }); started.on('error', () => { child = null; resolve(); }); });
    await output.close();
    const waited = performance.now();
    while (child !== null && performance.now() - waited < readyWithinMs) {
      if (await answers(host, place.port, security !== undefined)) return succeed(undefined);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    const text = await readFile(log, 'utf8');
    started.kill('SIGKILL');
    return fail({
      code: 'broker-start',
      stage: 'broker',
      message: `the broker did not come up on ${host}:${place.port}; ${text.includes('Address already in use') ? 'another process listens there: choose another --port' : `its log is ${log}`}`,
      text: text.slice(-20_000),
    });
  };
  const begun = await begin();
  if (!begun.ok) return begun;
  return succeed({
    node: place.node, port: place.port, address: `${host}:${place.advertisedPort ?? place.port}`,
    get pid() { return child?.pid ?? null; },
    get ended() { return ended; },
    stop: async (signal = 'SIGTERM') => {
      const stopped = child;
      stopped?.kill(signal);
      await ended;
      if (signal === 'SIGTERM' && stopped) await rename(`${artifacts.archive}.${process.pid}-${place.node}`, artifacts.archive).catch(() => undefined);
    },
    restart: begin,
  });
};
