/**
 * The program: its commands, and what an error becomes. A Failure is one sentence and its way out, a bug asks to be reported.
 * Of a command line's commands only the one that it names is loaded, and that one imports what it needs when it runs: `--help` is quick.
 */
import { Command, CommanderError, Help } from 'commander';
import { commandList } from './command-list.js';
import type { Result } from './commands/command.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { asTyped, programName } from './typed-program.js';
import type { World } from './world.js';

/** `args` without the program's name. Never throws: every error is written to `err` and becomes an exit code. */
export const runCli = async (args: readonly string[], outside: World, version: string): Promise<ExitCode> => {
  const world = asTyped(outside, commandList.map(({ name }) => name));
  const result: Result = { code: exitCodes.ok };
  const program = new Command(world.program ?? programName)
    .description('Makes neural networks fast by measuring kernels on the real hardware.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', `
Examples:
  $ loopsmith start
  $ loopsmith tune model.onnx && loopsmith compile model.onnx -o model && loopsmith bench model

Exit codes: 0 done, 1 answers differ or a check failed, 2 wrong command line, 3 refused with the reason, 70 a bug, 75 a worker to be started again, 130 interrupted.
State is kept in .loopsmith/ of the current folder.`);
  const [first, second] = args.filter((word) => !word.startsWith('-')), named = first === 'help' ? second : first;
  for (const { name, usage, summary, load } of commandList)
    program.addCommand((name === named ? (await load())(world, result) : new Command(name).usage(usage)).summary(summary));
  for (const command of withSubcommands(program)) {
    command.exitOverride().helpOption('-h, --help', 'print this help').showHelpAfterError('(add --help for what it takes)').configureHelp(helpStyle)
      .configureOutput({ writeOut: (text) => world.out.write(text), writeErr: (text) => world.err.write(text) });
    if (command.commands.length > 0) command.helpCommand('help [command]', 'print the help of a command');
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return result.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return reported(error, world, args);
  }
};

const plainHelp = new Help();
const helpStyle: Partial<Help> = {
  subcommandTerm: (command) => `${command.name()} ${command.usage()}`,
  // that what is not given is not so, or not there, needs no words
  optionDescription: (option) => option.defaultValue === false || option.defaultValueDescription === 'none' ? option.description : plainHelp.optionDescription(option),
};

const withSubcommands = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(withSubcommands)];

const reported = async (error: unknown, world: World, args: readonly string[]): Promise<ExitCode> => {
  const verbose = args.includes('--verbose');
  const { FailureError } = await import('@loopsmith/util');
  const { systemFailure } = await import('./system-failure.js');
  const failure = error instanceof FailureError ? error.failure : systemFailure(error);
  if (failure !== null) {
    const { message, text } = failure;
    world.err.write(`loopsmith: ${message}\n`);
    const complaint =
      verbose || failure.code !== 'build-failed'
        ? undefined
        : text?.split('\n').find((line) => /\b(error|failed|cannot|no space left)\b/i.test(line) && !line.startsWith('collect2'));
    if (complaint !== undefined) world.err.write(`  ${complaint.trim()}\n`);
    if (verbose) world.err.write(`${text === undefined ? '' : `${text.trimEnd()}\n`}${error instanceof Error ? error.stack ?? '' : ''}\n`);
    else if (text !== undefined) world.err.write('(add --verbose for the full text)\n');
    return failure.code === 'cancelled' ? exitCodes.interrupted : exitCodes.refused;
  }
  const { PluginError } = await import('./naming-plugins.js');
  if (error instanceof PluginError) {
    world.err.write(`loopsmith: ${error.message}\nThis is a bug of that plugin; ${verbose ? `it happened here:\n${error.stack ?? ''}` : '--verbose shows where it happened.'}\n`);
    return exitCodes.bug;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const whose = args.some((word) => word.startsWith('--plugin'))
    ? 'This is a bug of Loopsmith, or of a plugin that --plugin names: --verbose shows where it happened. If that is in no plugin, please report it with the command line and this output.'
    : 'This is a bug; please report it with the command line and the output of --verbose.';
  world.err.write(`loopsmith: internal error: ${message}\n${whose}\n`);
  if (verbose) world.err.write(`${stack ?? ''}\n`);
  return exitCodes.bug;
};
