/** Trials per second of a search that begins with nothing: candidates built, checked in full against the reference, and timed, by the real program. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TuningRecord } from '@loopsmith/contracts';
import { watched, type Bench } from './bench.js';
import { loopsmith } from './cli.js';
import { table } from './table.js';

const network = 'resnet18', trials = 200;

export const benchTrials = async (bench: Bench): Promise<unknown> => {
  const results = [];
  for (const threads of bench.threads) {
    // everything is compiled and prepared anew: harness, references, candidates
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-trials-'));
    try {
      await loopsmith(folder, 'zoo', network);
      const { value: { seconds, peakBytes }, load } = await watched(bench, `the search for ${threads} threads`, () =>
        loopsmith(folder, 'tune', `${network}.onnx`, '--target', bench.target.id, '--threads', String(threads), '--trials', String(trials), '--json'));
      const records = readFileSync(join(folder, '.loopsmith', 'records.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as TuningRecord).filter(({ purpose }) => purpose !== 'final');
      const right = records.filter(({ outcome }) => outcome.ok);
      results.push({ threads, seconds, load, peakBytes, trials: records.length, failed: records.length - right.length, distinct: new Set(right.map(({ task, artifact }) => `${task} ${artifact}`)).size });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  bench.print(`\ntrials of a search of ${network} from nothing; start of the program, import, references, compiling and finals are inside the time`);
  bench.print(table(['threads', 'trials', 'failed', 'checked and distinct', 'seconds', 'trials/s', 'distinct/s', 'peak MiB of Node'], results.map((one) => [
    String(one.threads), String(one.trials), String(one.failed), String(one.distinct), one.seconds.toFixed(1), (one.trials / one.seconds).toFixed(1), (one.distinct / one.seconds).toFixed(1), (one.peakBytes / 2 ** 20).toFixed(0),
  ])));
  return results;
};
