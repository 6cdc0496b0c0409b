/**
 * Runs many cases in batches, each in a process of its own kind, so that a kernel that crashes or hangs costs its case and
 * nothing else. Every case gets exactly one verdict. It judges nothing itself.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unwrap } from '@loopsmith/util';
import { compileRuntime } from './build-cases.js';
import type { ConformanceCase } from './case-list.js';

/**
 * `refused`: Loopsmith said why it cannot. `wrong`: an answer beyond the tolerance. `crashed`: a process died or hung, an
 * error that is no refusal, or C that gcc does not take.
 */
export interface CaseResult { readonly name: string; readonly verdict: 'pass' | 'refused' | 'wrong' | 'crashed'; readonly reason: string }
/** A process compiles into `scratch` and leaves it to its parent to clear up: it may not live to do so. */
export interface ToWorker { readonly batch: readonly ConformanceCase[]; readonly isa: string; readonly scratch: string; readonly runtime: readonly string[] }
export type FromWorker = { readonly working: string } | { readonly result: CaseResult } | { readonly done: true };

export interface RunOptions {
  /** Of the x86 plugin; `host`: the best one of this CPU. */
  readonly isa: string;
  /** Processes at a time. */
  readonly workers: number;
  /** Cases that share a compiler. */
  readonly batch: number;
  /** A process that says nothing for so long is stuck. */
  readonly timeoutMs: number;
}

const workerFile = fileURLToPath(new URL('./run-worker.js', import.meta.url));

/** In the order of the cases. */
export const runCases = async (cases: readonly ConformanceCase[], { isa, workers, batch, timeoutMs }: RunOptions): Promise<readonly CaseResult[]> => {
  const results = new Map<string, CaseResult>();
  const waiting: (readonly ConformanceCase[])[] = Array.from({ length: Math.ceil(cases.length / batch) }, (_, i) => cases.slice(i * batch, (i + 1) * batch));
  const shared = mkdtempSync(join(tmpdir(), 'loopsmith-conformance-'));
  const serve = async (runtime: readonly string[]): Promise<void> => {
    let worker: ChildProcess | undefined;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      worker ??= fork(workerFile, { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
      const scratch = mkdtempSync(join(tmpdir(), 'loopsmith-conformance-'));
      const { alive, left } = await runBatch(worker, { batch: next, isa, scratch, runtime }, timeoutMs, (result) => results.set(result.name, result));
      rmSync(scratch, { recursive: true, force: true });
      if (!alive) worker = undefined;
      if (left.length > 0) waiting.unshift(left);
    }
    worker?.kill();
  };
  try {
    const runtime = unwrap(await compileRuntime(shared));
    await Promise.all(Array.from({ length: workers }, () => serve(runtime)));
  } finally {
    rmSync(shared, { recursive: true, force: true });
  }
  return cases.map(({ name }) => results.get(name)!);
};

/** `left`: cases without a verdict, when the process ended before its batch. */
const runBatch = (worker: ChildProcess, work: ToWorker, timeoutMs: number, keep: (result: CaseResult) => void): Promise<{ readonly alive: boolean; readonly left: readonly ConformanceCase[] }> => new Promise((resolve) => {
  const open = new Map(work.batch.map((one) => [one.name, one]));
  let working = work.batch[0]!.name, words = '', stuck = false;
  const stop = (): void => { stuck = true; worker.kill('SIGKILL'); };
  let timer = setTimeout(stop, timeoutMs);
  const settle = (result: CaseResult): void => { open.delete(result.name); keep(result); };
  const finish = (alive: boolean): void => {
    clearTimeout(timer);
    worker.removeAllListeners();
    worker.stderr?.removeAllListeners('data');
    resolve({ alive, left: [...open.values()] });
  };
  worker.stderr?.on('data', (part: Buffer) => { words = `${words}${part.toString()}`.slice(-2000); });
  worker.on('message', (message: FromWorker) => {
    clearTimeout(timer);
    timer = setTimeout(stop, timeoutMs);
    if ('working' in message) working = message.working;
    else if ('result' in message) settle(message.result);
    else finish(true);
  });
  worker.on('exit', (code, signal) => {
    settle({ name: working, verdict: 'crashed', reason: stuck ? `no word for ${timeoutMs / 1000} s` : `the process ended with ${signal ?? `code ${code}`}${words === '' ? '' : `: ${words}`}` });
    finish(false);
  });
  worker.send(work);
});
