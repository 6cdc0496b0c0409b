/** `loopsmith start`: the whole way with one command, from a model to a tuned, checked, timed library. */
import { Command } from 'commander';
import type { CompilerOptions } from '../compiler.js';
import { examples, type MakeCommand } from './command.js';
import type { SearchOptions } from '../search-options.js';
import { withSearchOptions } from './tune.js';

export const startCommand: MakeCommand = (world, result) =>
  withSearchOptions(new Command('start'))
    .description(
      'Tunes a model on this machine, compiles it, checks its answers and times it beside the untuned library.\nWithout a model it takes resnet18 of the zoo, whose answers are known from ONNX Runtime.',
    )
    .argument('[model]', 'a model: its file or its folder (default: resnet18 of the zoo)')
    .option('-o, --output <folder>', 'the folder to write (default: .loopsmith/NAME)')
    .addHelpText('after', examples('start', 'start model.onnx --budget 5m --threads 2'))
    .action(async (model: string | undefined, options: CompilerOptions & SearchOptions & { readonly output?: string }) => {
      const { runStart } = await import('../starting.js');
      result.code = await runStart(world, model, options);
    });
