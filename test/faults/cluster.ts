/** A broker and workers as their users start them, for tests: started, killed, started again. Judges nothing. */
import { fetchArtifacts, startCluster, type Cluster, type ClusterOptions } from '@loopsmith/transport-kafka/broker';
import { unwrap } from '@loopsmith/util';
import { fullName, topicNames, topics } from '@loopsmith/wire';
import { repository } from '@loopsmith/testing';
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onPath } from '../e2e/program.js';

export const plugin = repository('test', 'dist', 'faults', 'simulated-device.module.js');

export interface Ended { readonly code: number | string | null; readonly out: string; readonly err: string }
export interface Running { readonly args: readonly string[]; readonly process: ChildProcess; out(): string; err(): string; readonly ended: Promise<Ended>;
  /** Resolves when standard output holds the text so many times. */
  said(text: string, times?: number): Promise<void>;
  /** The same of standard error. */
  warned(text: string): Promise<void>;
}

export class Site {
  readonly folder = mkdtempSync(join(tmpdir(), 'loopsmith-faults-'));
  readonly ledger = join(this.folder, 'ledger');
  readonly #started: Running[] = [];
  #cluster: Cluster | null = null;

  readonly #delays: { readonly buildMs: number; readonly measureMs: number };
  /** All that every process said is kept when LOOPSMITH_FAULTS_LOGS names a folder. */
  readonly #logs = process.env['LOOPSMITH_FAULTS_LOGS'];

  constructor(delays: { readonly buildMs: number; readonly measureMs: number } = { buildMs: 0, measureMs: 0 }) {
    this.#delays = delays;
    // the fenced process that measures is another user, and writes the ledger
    chmodSync(this.folder, 0o777);
    process.on('exit', this.#end);
  }
  /** At once, and without waiting: also when this process ends in the middle, for brokers outlive it otherwise. */
  readonly #end = (): void => {
    for (const { process: child } of this.#started) child.kill('SIGKILL');
    for (const { pid } of this.#cluster?.brokers ?? []) if (pid !== null) process.kill(pid, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  };
  get cluster(): Cluster {
    if (!this.#cluster) throw new Error('the cluster is not started');
    return this.#cluster;
  }
  get brokers(): string { return this.cluster.addresses; }

  async startKafka(nodes: 1 | 3 = 1, options: Pick<ClusterOptions, 'security' | 'advertisedPorts'> = {}): Promise<void> {
    const artifacts = unwrap(await fetchArtifacts({ cache: join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'loopsmith'), say: () => undefined }));
    this.#cluster = unwrap(await startCluster(artifacts, { folder: join(this.folder, 'kafka'), nodes, ...options }));
  }

  start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
    const child = spawn('loopsmith', [...args], {
      cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...onPath, SIMULATED_LEDGER: this.ledger, SIMULATED_BUILD_MS: String(this.#delays.buildMs), SIMULATED_MEASURE_MS: String(this.#delays.measureMs), ...environment },
    });
    let out = '', err = '';
    const waiting = new Set<() => void>(), log = this.#logs === undefined ? undefined : join(this.#logs, `${process.pid}-${this.#started.length}-${args.slice(0, 3).join('-').replaceAll('/', '_')}.log`);
    child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text; if (log) appendFileSync(log, text); for (const look of waiting) look(); });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text; if (log) appendFileSync(log, text); for (const look of waiting) look(); });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code: code ?? signal, out, err }));
    });
    const holds = (words: () => string, text: string, times: number): Promise<void> => new Promise((resolve, reject) => {
      const look = (): void => {
        if (words().split(text).length <= times) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then(({ code }) => { reject(new Error(`it ended with ${code} before it said "${text}": ${err}${out}`)); });
    });
    const running: Running = { args, process: child, out: () => out, err: () => err, ended, said: (text, times = 1) => holds(() => out, text, times), warned: (text) => holds(() => err, text, 1) };
    this.#started.push(running);
    return running;
  }

  /** What a test that failed has to tell: how many messages every topic holds, and the last words of every process. Short, for logs of CI are cut. */
  report(): string {
    const state = ({ exitCode, signalCode }: ChildProcess): string => (exitCode ?? signalCode) === null ? 'runs' : `ended with ${exitCode ?? signalCode}`;
    const tail = (text: string, lines: number): readonly string[] => text.trimEnd().split('\n').slice(-lines).filter((line) => line !== '').map((line) => `    ${line.slice(0, 240)}`);
    const worst = this.#started.filter((one) => one.process.exitCode === null && one.process.signalCode === null).concat(this.#started.filter((one) => ![null, 0].includes(one.process.exitCode)).slice(-3));
    return [this.#counts(), ...worst.flatMap((one) => [`  ${one.args.filter((arg) => !arg.includes('/')).join(' ')}: ${state(one.process)}`, ...tail(one.out(), 4), ...tail(one.err(), 3)])].join('\n');
  }
  /** Messages per topic, as librdkafka counts them. */
  #counts(): string {
    const places = topicNames.flatMap((name) => Array.from({ length: topics[name].partitions }, (_, partition) => ['-t', `${fullName('loopsmith', name)}:${partition}:-1`]));
    const asked = this.#cluster && spawnSync('kcat', ['-Q', '-b', this.brokers, ...places.flat()], { encoding: 'utf8', timeout: 10_000 });
    if (asked?.status !== 0) return `  the broker does not answer: ${asked?.stderr.slice(0, 500) ?? 'it is not started'}`;
    const ends = [...asked.stdout.matchAll(/^(\S+) \[\d+\] offset (\d+)$/gm)];
    return `  ${topicNames.map((name) => `${name} ${ends.filter(([, topic]) => topic === fullName('loopsmith', name)).reduce((sum, [, , end]) => sum + Number(end), 0)}`).join(', ')}`;
  }

  /** Ends all that is left, at once: nothing here is kept. */
  async remove(): Promise<void> {
    for (const { process: child } of this.#started) child.kill('SIGKILL');
    await this.#cluster?.stop('SIGKILL');
    process.off('exit', this.#end);
    this.#end();
  }
}

/**
 * Every message of a topic as librdkafka reads it: the oracle that shares no code with the workers. This process goes on meanwhile:
 * the broker may be behind one of its proxies.
 */
export const readMessages = async (brokers: string, topic: string): Promise<readonly string[]> => {
  const { stdout } = await promisify(execFile)('kcat', ['-C', '-b', brokers, '-t', topic, '-e', '-q', '-o', 'beginning', '-f', '%s\n'], { maxBuffer: 1 << 28 });
  return stdout.split('\n').filter((line) => line !== '');
};
export const readTopic = async (brokers: string, topic: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
  (await readMessages(brokers, topic)).map((line) => JSON.parse(line) as Record<string, unknown>);
