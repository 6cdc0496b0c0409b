/**
 * Trials per second of a search that begins with nothing: candidates built, checked in full against the reference, and timed, by the
 * real program. Then its log is replayed, which proposes and fits all of it again and does nothing else: the share that searching has.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TuningEvent, TuningRecord } from '@loopsmith/contracts';
import { watched, type Bench } from './bench.js';
import { loopsmith } from './cli.js';
import { percent, table } from './table.js';

const network = 'resnet18', trials = 200;

export const benchTrials = async (bench: Bench): Promise<unknown> => {
  const results = [];
  for (const threads of bench.threads) {
    // everything is compiled and prepared anew: harness, references, candidates
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-trials-'));
    try {
      await loopsmith(folder, 'zoo', network);
      const { value: { out, seconds, peakBytes }, load } = await watched(bench, `the search for ${threads} threads`, () =>
        loopsmith(folder, 'tune', `${network}.onnx`, '--target', bench.target.id, '--threads', String(threads), '--trials', String(trials), '--log', 'run.jsonl', '--json'));
      const { value: replayed } = await watched(bench, `the replay for ${threads} threads`, () => loopsmith(folder, 'replay', 'run.jsonl', '--verify'));
      const records = readFileSync(join(folder, '.loopsmith', 'records.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as TuningRecord).filter(({ purpose }) => purpose !== 'final');
      const right = records.filter(({ outcome }) => outcome.ok);
      const finished = JSON.parse(out.trim().split('\n').at(-1)!) as Extract<TuningEvent, { event: 'run-finished' }>;
      // a schedule that is proposed twice, or of the same code as another, is a trial and not measured again
      results.push({ threads, seconds, load, peakBytes, replaySeconds: replayed.seconds, replayCpuSeconds: replayed.cpuSeconds, trials: finished.trials, failed: finished.failures, distinct: new Set(right.map(({ task, artifact }) => `${task} ${artifact}`)).size });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  bench.print(`\ntrials of a search of ${network} from nothing; start of the program, import, references, compiling and finals are inside the time; so are start of the program and drafts inside that of proposing and fitting`);
  bench.print(table(['threads', 'trials', 'failed', 'checked and distinct', 'seconds', 'trials/s', 'distinct/s', 'peak MiB of Node', 'propose and fit, s', 'share'], results.map((one) => [
    String(one.threads), String(one.trials), String(one.failed), String(one.distinct), one.seconds.toFixed(1), (one.trials / one.seconds).toFixed(1), (one.distinct / one.seconds).toFixed(1), (one.peakBytes / 2 ** 20).toFixed(0), one.replaySeconds.toFixed(1), percent(one.replaySeconds / one.seconds),
  ])));
  return results;
};
