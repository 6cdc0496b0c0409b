/** `loopsmith compare-strategies`: strategies and cost models on recorded spaces, without hardware. */
import { Command, Option } from 'commander';
import type { CompareOptions } from '../comparing.js';
import { percentage, positiveInteger } from '../option-values.js';
import { collect, examples, pluginOption, verboseOption, type MakeCommand } from './command.js';

export const compareStrategiesCommand: MakeCommand = (world) =>
  new Command('compare-strategies')
    .description(
      [
        'Runs searches on spaces that were measured whole, in virtual time that counts builds and measurements, and says how many trials',
        'each needs to come within a few per cent of the optimum. Same options, same table, on any machine.',
        'A pair is STRATEGY+MODEL, with batches as in a real run (4 candidates at first, then up to 16), or STRATEGY+MODEL@N with batches of N.',
        'With :alone behind it, it runs as methods are published:',
        'from nothing, where a real run begins with the untuned schedule, and one batch after the other.',
      ].join('\n'),
    )
    .addOption(
      new Option('--pair <strategy+model>', 'what to compare (repeatable)')
        .default([], 'every strategy with its usual model, the default first')
        .argParser(collect),
    )
    .addOption(new Option('--space <file>', 'a recorded space (repeatable)').default([], 'those that come with Loopsmith').argParser(collect))
    .addOption(new Option('--seeds <n>', 'runs of each pair on each space').default(20).argParser(positiveInteger))
    .addOption(new Option('--trials <n>', 'candidates of each run at most').default(200).argParser(positiveInteger))
    .addOption(new Option('--within <percent>', 'how near the optimum counts').default(0.05, '5%').argParser(percentage))
    .addOption(new Option('--workers <n>', 'threads (default: one per core)').argParser(positiveInteger))
    .addOption(pluginOption())
    .option('-o, --output <folder>', 'also write comparison.html, ranks.svg and a curve per space there')
    .addOption(verboseOption())
    .addHelpText(
      'after',
      examples(
        'compare-strategies',
        'compare-strategies --pair annealing+gbt --pair autotvm+gbt@64 --pair random+analytical --seeds 50 -o comparison',
        'compare-strategies --plugin ./mine.js --pair mine+gbt --pair annealing+gbt --space conv56.jsonl',
      ),
    )
    .action(async (options: CompareOptions) => {
      const { compareStrategies } = await import('../comparing.js');
      await compareStrategies(world, options);
    });
