/**
 * The program: its commands, and what an error becomes. A Failure is one sentence and its way out, a bug asks to be reported.
 * Of a command line's commands only the one that it names is loaded, and that one imports what it needs when it runs; `--help` reads no command line.
 */
import type { Command, Help } from 'commander';
import { commandList } from './command-list.js';
import type { Result } from './commands/command.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { programHelp } from './program-help.js';
import { asTyped, programName } from './typed-program.js';
import type { World } from './world.js';

/** `args` without the program's name. Never throws: every error is written to `err` and becomes an exit code. */
export const runCli = async (args: readonly string[], outside: World, version: string): Promise<ExitCode> => {
  const world = asTyped(outside, commandList.map(({ name }) => name)), help = programHelp(world.program ?? programName);
  if (args.length === 1 && asksForHelp.has(args[0]!)) {
    world.out.write(help);
    return exitCodes.ok;
  }
  const { Command: CommandLine, CommanderError, Help: PlainHelp } = await import('commander'), helpStyle = helpStyleOf(new PlainHelp());
  const result: Result = { code: exitCodes.ok };
  const program = new CommandLine(world.program ?? programName).version(version, '-V, --version');
  const [first, second] = args.filter((word) => !word.startsWith('-')), named = first === 'help' ? second : first;
  for (const { name, load } of commandList)
    program.addCommand(name === named ? (await load())(world, result) : new CommandLine(name));
  for (const command of withSubcommands(program)) {
    command.exitOverride().helpOption('-h, --help', 'print this help').showHelpAfterError('(add --help for what it takes)').configureHelp(helpStyle)
      .configureOutput({ writeOut: (text) => world.out.write(text), writeErr: (text) => world.err.write(text) });
    if (command.commands.length > 0) command.helpCommand('help [command]', 'print the help of a command');
  }
  program.configureHelp({ formatHelp: () => help });
  try {
    await program.parseAsync(args, { from: 'user' });
    return result.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return reported(error, world, args);
  }
};

/** Words that ask for the help of the whole program, by themselves. */
const asksForHelp: ReadonlySet<string> = new Set(['-h', '--help', 'help']);

const helpStyleOf = (plain: Help): Partial<Help> => ({
  subcommandTerm: (command) => `${command.name()} ${command.usage()}`,
  // that what is not given is not so, or not there, needs no words; and a word needs no quotation marks
  optionDescription: (option) => option.defaultValue === false || option.defaultValueDescription === 'none' ? option.description
    : plain.optionDescription(option).replace(/\(default: "([^"]*)"\)$/, '(default: $1)'),
});

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
