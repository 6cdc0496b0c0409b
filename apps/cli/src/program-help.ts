/**
 * The help of the program as a whole, from the list of commands alone: whoever asks for it waits neither for a command nor for the library that reads
 * command lines. Lines are not wrapped.
 */
import { commandList } from './command-list.js';

const options = [['-V, --version', 'print the version'], ['-h, --help', 'print this help']] as const;

/** `program`: as it was typed. */
export const programHelp = (program: string): string => {
  const commands = [...commandList.map(({ name, usage, summary }) => [`${name} ${usage}`, summary] as const), ['help [command]', 'print the help of a command'] as const];
  const width = Math.max(...commands.map(([term]) => term.length)), lines = (rows: readonly (readonly [string, string])[]): string => rows.map(([term, what]) => `  ${term.padEnd(width)}  ${what}\n`).join('');
  return `Usage: ${program} [options] [command]

Makes neural networks fast by measuring kernels on the real hardware.

Options:
${lines(options)}
Commands:
${lines(commands)}
Examples:
  $ loopsmith start
  $ loopsmith tune model.onnx && loopsmith compile model.onnx -o model && loopsmith bench model

Exit codes: 0 done, 1 answers differ or a check failed, 2 wrong command line, 3 refused with the reason, 70 a bug, 75 a worker to be started again, 130 interrupted.
State is kept in .loopsmith/ of the current folder.
`;
};
