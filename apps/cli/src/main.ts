/** The entry that the bin loads: runs the command line and leaves its exit code. Holds no logic. */
import { createRequire } from 'node:module';
import { runCli } from './cli.js';
import { nodeWorld } from './node-world.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
// a reader that goes away, as in `loopsmith tune … | head`, is no error of ours
process.stdout.on('error', (error: NodeJS.ErrnoException) => { if (error.code !== 'EPIPE') throw error; });
process.exitCode = await runCli(process.argv.slice(2), nodeWorld(), version);
