/** The entry that the bin loads: runs the command line and leaves its exit code. Holds no logic. */
import { createRequire } from 'node:module';
import { makeBrief } from './brief-process.js';
import { runCli } from './cli.js';
import { exitCodes } from './exit-codes.js';
import { nodeWorld } from './node-world.js';
import { platformFault } from './platform.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
// a reader that goes away, as in `loopsmith tune … | head`, is no error of ours
process.stdout.on('error', (error: NodeJS.ErrnoException) => { if (error.code !== 'EPIPE') throw error; });
// what is thrown where nobody waits for it is a bug too, and its code says so: a supervisor starts such a worker again
process.on('uncaughtException', (error) => {
  process.stderr.write(`loopsmith: internal error: ${error.stack ?? error.message}\nThis is a bug; please report it with the command line.\n`);
  process.exit(exitCodes.bug);
});
const fault = platformFault(process.platform, process.arch);
if (fault === null) process.exitCode = await runCli(process.argv.slice(2), { ...nodeWorld(), brief: makeBrief }, version);
else {
  process.stderr.write(`loopsmith: ${fault}\n`);
  process.exitCode = exitCodes.refused;
}
