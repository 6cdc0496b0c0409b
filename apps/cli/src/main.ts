/** The entry that the bin loads: runs the command line and leaves its exit code. Holds no logic. */
import { readFileSync } from 'node:fs';
import { makeBrief } from './brief-process.js';
import { runCli } from './cli.js';
import { exitCodes } from './exit-codes.js';
import { nodeWorld } from './node-world.js';
import { openFilesFault, platformFault } from './platform.js';
import { programName, typedProgram } from './typed-program.js';

const LINGER_MS = 1000;
// read as text: require would start the loader of CommonJS, which takes as long as all of this program's modules
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
// a reader that goes away, as in `loopsmith tune … 2>&1 | head`, is no error of ours; a file on a full disk takes no results, which is said, and no complaints, which cannot be
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return;
  process.stderr.write(`loopsmith: standard output cannot be written (${code}); send it to a place that you may write and that has room\n`);
  process.exit(exitCodes.refused);
});
process.stderr.on('error', () => undefined);
// what is thrown where nobody waits for it is a bug too, and its code says so: a supervisor starts such a worker again
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  // the next module cannot be opened either, so it ends here
  const fault = openFilesFault(error);
  if (fault !== null) {
    process.stderr.write(`loopsmith: ${fault}\n`);
    process.exit(exitCodes.refused);
  }
  process.stderr.write(`loopsmith: internal error: ${error.stack ?? error.message}\nThis is a bug${process.argv.some((word) => word.startsWith('--plugin')) ? ' of Loopsmith, or of a plugin that --plugin names' : ''}; please report it with the command line.\n`);
  process.exit(exitCodes.bug);
});
const fault = platformFault(process.platform, process.arch);
if (fault === null) {
  const world = nodeWorld(), program = typedProgram(process.argv[1] ?? programName, world.folder, world.environment);
  const code = process.exitCode = await runCli(process.argv.slice(2), { ...world, brief: makeBrief, program }, version);
  // a worker that is to be started again takes no more work; and no client that still looks for its brokers may hold a process that is done
  if (code === exitCodes.restart) process.exit();
  setTimeout(() => process.exit(), LINGER_MS).unref();
} else {
  process.stderr.write(`loopsmith: ${fault}\n`);
  process.exitCode = exitCodes.refused;
}
