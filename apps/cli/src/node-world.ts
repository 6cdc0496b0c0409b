/** The real world: this process' streams, clock and signals. Imports nothing heavy, for `--help` passes through here. */
import { availableParallelism } from 'node:os';
import { builtInPlugins } from './plugins.js';
import type { Screen, World } from './world.js';

const screenOf = (stream: NodeJS.WriteStream): Screen => ({
  write: (text) => { stream.write(text); },
  // CI logs keep every rewritten line
  get columns() { return stream.isTTY && process.env['CI'] === undefined ? stream.columns : null; },
});

/** One Ctrl-C comes twice below `npx`: from the terminal, and from npm, which passes it on. */
const SAME_PRESS_MS = 500;

export const nodeWorld = (): World => ({
  out: screenOf(process.stdout), err: screenOf(process.stderr), folder: process.cwd(), environment: process.env,
  clock: { now: () => performance.now(), time: () => new Date().toISOString() },
  cores: availableParallelism(), plugins: builtInPlugins,
  interruptible: async (work, says = 'Stopping after the candidate that is being measured; Ctrl-C again ends at once.') => {
    const controller = new AbortController();
    let told = 0;
    const stop = (): void => {
      if (controller.signal.aborted) {
        if (performance.now() - told > SAME_PRESS_MS) process.exit(130);
        return;
      }
      told = performance.now();
      process.stderr.write(`\n${says}\n`);
      controller.abort();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    try {
      return await work(controller.signal);
    } finally {
      // what comes twice may come when the work has ended and its report is written
      if (!controller.signal.aborted) {
        process.off('SIGINT', stop);
        process.off('SIGTERM', stop);
      }
    }
  },
});
