/** What every command file is made of: a commander command, its action wrapped so that heavy imports happen only when it runs, and the options several share. */
import type { Command} from 'commander';
import { Option } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import { namedFile, namedShape, passChoice, targetName, tensorNames, threads } from '../option-values.js';
import { defaults } from '../plugins.js';
import type { World } from '../world.js';

/** Where a command leaves its exit code. */
export interface Result { code: ExitCode }
export type MakeCommand = (world: World, result: Result) => Command;

/** Lines as they stand in a shell: the program's name goes behind the variables that a line begins with. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line.replace(/^(?:[A-Z_]+=\S+ )*/, '$&loopsmith ')}\n`).join('')}`;

export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** `--target --threads --exact --shape --value --inputs --outputs --plugin`, as `CompilerOptions` has them. */
export const withCompilerOptions = (command: Command): Command =>
  command
    .addOption(new Option('--target <plugin:isa>', 'what to compile for; `host` is this machine').default(targetName(defaults.target), defaults.target).argParser(targetName))
    .addOption(new Option('--threads <n>', 'threads the library will run with').default(1).argParser(threads))
    .addOption(new Option('--exact', 'leave out algorithms that trade accuracy for speed, such as Winograd').default(false))
    .addOption(new Option('--shape <name=1,3,224,224>', 'shape of an input that the model leaves open (repeatable)').default({}, 'as the model says').argParser(namedShape))
    .addOption(new Option('--value <name=file.npy>', 'value of an input that decides shapes; it becomes a constant (repeatable)').default(new Map(), 'none').argParser(namedFile))
    .addOption(new Option('--inputs <a,b>', 'tensors to cut the model at: they become its inputs').argParser(tensorNames))
    .addOption(new Option('--outputs <c,d>', 'tensors that become its outputs').argParser(tensorNames))
    .addOption(new Option('--print-ir <after=pass>', 'the network after a pass, after=all, or after=changed ones, on standard error').argParser(passChoice))
    .addOption(pluginOption());

export const pluginOption = (): Option => new Option('--plugin <path|package>', 'a plugin of your own (repeatable)').default([], 'none').argParser(collect);
export const verboseOption = (): Option => new Option('--verbose', 'failed candidates with their full text; the stack of an error').default(false);
export const jsonOption = (what: string): Option => new Option('--json', what).default(false);
