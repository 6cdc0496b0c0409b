/**
 * The program: its commands, and what an error becomes. A Failure is one sentence and its way out, a bug asks to be reported.
 * Commands import what they need only when they run, so that `--help` is quick.
 */
import { Command, CommanderError } from 'commander';
import { benchCommand } from './commands/bench.js';
import { brokerCommand } from './commands/broker.js';
import type { MakeCommand, Result } from './commands/command.js';
import { compareStrategiesCommand } from './commands/compare-strategies.js';
import { compileCommand } from './commands/compile.js';
import { doctorCommand } from './commands/doctor.js';
import { explainCommand } from './commands/explain.js';
import { explainErrorCommand } from './commands/explain-error.js';
import { extractCommand } from './commands/extract.js';
import { inspectCommand } from './commands/inspect.js';
import { jobsCommand } from './commands/jobs.js';
import { newCommand } from './commands/new.js';
import { recordsCommand } from './commands/records.js';
import { replayCommand } from './commands/replay.js';
import { runCommand } from './commands/run.js';
import { spaceCommand } from './commands/space.js';
import { startCommand } from './commands/start.js';
import { targetsCommand } from './commands/targets.js';
import { tuneCommand } from './commands/tune.js';
import { verifyCommand } from './commands/verify.js';
import { workerCommand } from './commands/worker.js';
import { zooCommand } from './commands/zoo.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import type { World } from './world.js';

const commands: readonly MakeCommand[] = [
  startCommand,
  tuneCommand,
  compileCommand,
  runCommand,
  benchCommand,
  verifyCommand,
  extractCommand,
  inspectCommand,
  recordsCommand,
  explainCommand,
  explainErrorCommand,
  spaceCommand,
  compareStrategiesCommand,
  replayCommand,
  zooCommand,
  targetsCommand,
  newCommand,
  doctorCommand,
  brokerCommand,
  workerCommand,
  jobsCommand,
];

/** `args` without the program's name. Never throws: every error is written to `err` and becomes an exit code. */
export const runCli = async (args: readonly string[], world: World, version: string): Promise<ExitCode> => {
  const result: Result = { code: exitCodes.ok };
  const program = new Command('loopsmith')
    .description('Makes neural networks fast by measuring kernels on the real hardware.')
    .version(version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', `
Examples:
  $ loopsmith start
  $ loopsmith tune model.onnx && loopsmith compile model.onnx -o model && loopsmith bench model

Exit codes: 0 done, 1 answers differ or a check failed, 2 wrong command line, 3 refused with the reason, 70 a bug, 75 a worker to be started again, 130 interrupted.
State is kept in .loopsmith/ of the current folder.`);
  for (const make of commands) program.addCommand(make(world, result));
  for (const command of withSubcommands(program))
    command.exitOverride().helpOption('-h, --help', 'print this help').showHelpAfterError('(add --help for what it takes)')
      .configureOutput({ writeOut: (text) => world.out.write(text), writeErr: (text) => world.err.write(text) });
  try {
    await program.parseAsync(args, { from: 'user' });
    return result.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return reported(error, world, args.includes('--verbose'));
  }
};

const withSubcommands = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(withSubcommands)];

const reported = async (error: unknown, world: World, verbose: boolean): Promise<ExitCode> => {
  const { FailureError } = await import('@loopsmith/util');
  if (error instanceof FailureError) {
    const { message, text } = error.failure;
    world.err.write(`loopsmith: ${message}\n`);
    if (verbose) world.err.write(`${text === undefined ? '' : `${text.trimEnd()}\n`}${error.stack ?? ''}\n`);
    else if (text !== undefined) world.err.write('(add --verbose for the full text)\n');
    return exitCodes.refused;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  world.err.write(`loopsmith: internal error: ${message}\nThis is a bug; please report it with the command line and the output of --verbose.\n`);
  if (verbose) world.err.write(`${stack ?? ''}\n`);
  return exitCodes.bug;
};
