/** What a minute of tuning is worth: resnet18 tuned for a short and for a long time, each from nothing, the two libraries by turns between probes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watched, type Bench } from './bench.js';
import { loopsmith } from './cli.js';
import { compareByTurns, type Library } from './turns.js';

const network = 'resnet18';

export const benchMinute = async (bench: Bench): Promise<unknown> => {
  const results = [], [short, long] = bench.budgets;
  for (const threads of bench.threads) {
    // of its own, so that both search from nothing and compile every candidate anew
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-minute-'));
    try {
      await loopsmith(folder, 'zoo', network);
      const tuned = async (budget: string): Promise<Library> => {
        const records = `${budget}.jsonl`, options = [`${network}.onnx`, '--threads', String(threads), '--target', bench.target.id, '--records', records];
        const { value: { seconds } } = await watched(bench, `the search of ${budget}`, () => loopsmith(folder, 'tune', ...options, '--budget', budget));
        await loopsmith(folder, 'compile', ...options, '-o', budget);
        // what one search built the other would find
        rmSync(join(folder, '.loopsmith'), { recursive: true });
        return { name: budget, path: join(folder, budget), tunedSeconds: seconds };
      };
      const libraries = [await tuned(long), await tuned(short)] as const;
      bench.print(`\n${network}, ${threads} thread${threads === 1 ? '' : 's'}`);
      results.push({ threads, libraries, blocks: await compareByTurns(bench, network, threads, libraries) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return results;
};
