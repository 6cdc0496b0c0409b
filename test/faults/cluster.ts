/** A broker and workers as their users start them, for tests: started, killed, started again. Judges nothing. */
import { fetchArtifacts, startCluster, type BrokerSecurity, type Cluster } from '@loopsmith/transport-kafka/broker';
import { unwrap } from '@loopsmith/util';
import { repository } from '@loopsmith/testing';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export const program = repository('apps', 'cli', 'bin', 'loopsmith.js');
export const plugin = repository('test', 'dist', 'faults', 'simulated-device.module.js');

export interface Ended { readonly code: number | string | null; readonly out: string; readonly err: string }
export interface Running { readonly process: ChildProcess; out(): string; err(): string; readonly ended: Promise<Ended>; /** Resolves when standard output holds the text. */ said(text: string): Promise<void> }

export class Site {
  readonly folder = mkdtempSync(join(tmpdir(), 'loopsmith-faults-'));
  readonly ledger = join(this.folder, 'ledger');
  readonly #running = new Set<ChildProcess>();
  #cluster: Cluster | null = null;

  readonly #delays: { readonly buildMs: number; readonly measureMs: number };
  /** What every process said, for a test that failed: kept when LOOPSMITH_FAULTS_LOGS names a folder. */
  readonly #logs = process.env['LOOPSMITH_FAULTS_LOGS'];
  #started = 0;

  constructor(delays: { readonly buildMs: number; readonly measureMs: number } = { buildMs: 0, measureMs: 0 }) {
    this.#delays = delays;
    // the fenced process that measures is another user, and writes the ledger
    chmodSync(this.folder, 0o777);
  }
  get cluster(): Cluster {
    if (!this.#cluster) throw new Error('the cluster is not started');
    return this.#cluster;
  }
  get brokers(): string { return this.cluster.addresses; }

  async startKafka(nodes: 1 | 3 = 1, security?: BrokerSecurity): Promise<void> {
    const artifacts = unwrap(await fetchArtifacts({ cache: join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'loopsmith'), say: () => undefined }));
    this.#cluster = unwrap(await startCluster(artifacts, { folder: join(this.folder, 'kafka'), nodes, ...(security ? { security } : {}) }));
  }

  start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, SIMULATED_LEDGER: this.ledger, SIMULATED_BUILD_MS: String(this.#delays.buildMs), SIMULATED_MEASURE_MS: String(this.#delays.measureMs), ...environment },
    });
    this.#running.add(child);
    let out = '', err = '';
    const waiting = new Set<() => void>(), log = this.#logs === undefined ? undefined : join(this.#logs, `${process.pid}-${this.#started++}-${args.slice(0, 3).join('-').replaceAll('/', '_')}.log`);
    child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text; if (log) appendFileSync(log, text); for (const look of waiting) look(); });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text; if (log) appendFileSync(log, text); });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => { this.#running.delete(child); resolve({ code: code ?? signal, out, err }); });
    });
    const said = (text: string): Promise<void> => new Promise((resolve, reject) => {
      const look = (): void => {
        if (!out.includes(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then(({ code, err: last }) => { reject(new Error(`it ended with ${code} before it said "${text}": ${last}${out}`)); });
    });
    return { process: child, out: () => out, err: () => err, ended, said };
  }

  /** Ends all that is left, at once: nothing here is kept. */
  async remove(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL');
    await this.#cluster?.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Every message of a topic as librdkafka reads it: the oracle that shares no code with the workers. */
export const readTopic = (brokers: string, topic: string): readonly Readonly<Record<string, unknown>>[] => {
  const { status, stdout, stderr } = spawnSync('kcat', ['-C', '-b', brokers, '-t', topic, '-e', '-q', '-o', 'beginning', '-f', '%s\n'], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`kcat ended with ${status}: ${stderr}`);
  return stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
};
