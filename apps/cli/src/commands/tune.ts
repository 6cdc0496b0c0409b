/** `loopsmith tune`: measures schedules for every task of a model and keeps every measurement. */
import { Command, Option } from 'commander';
import type { CompilerOptions } from '../compiler.js';
import { exitCodes } from '../exit-codes.js';
import type { SearchOptions } from '../search-options.js';
import { budgetOf, duration, positiveInteger, properPercentage, seedNumber } from '../option-values.js';
import { defaults } from '../plugins.js';
import type { ClusterFlags } from '../cluster/settings.js';
import { withClusterOptions } from './cluster-options.js';
import { examples, jsonOption, verboseOption, withCompilerOptions, type MakeCommand } from './command.js';

/** What `tune` and `start` are told of the search. */
export const withSearchOptions = (command: Command): Command =>
  withCompilerOptions(command)
    .addOption(new Option('--budget <time>', 'time of the whole run, such as 90s, 2m or 1h (default: 2m)').argParser(duration).conflicts('trials'))
    .addOption(new Option('--trials <n>', 'candidates of the whole run, in place of a time; the untuned ones of all tasks come first, whatever the number').argParser(positiveInteger))
    .addOption(
      new Option(
        '--stop-below <percent>',
        "end the search once another minute is expected to save less of the network's time, such as 1%, at the latest after the budget (then 1h by default)",
      )
        .argParser(properPercentage)
        .conflicts('trials'),
    )
    .option('--strategy <id>', 'how to search', defaults.strategy)
    .option('--model <id>', 'the cost model that guides the search', defaults.model)
    .option('--records <file>', `where measurements are kept (default: ${defaults.state}/records.jsonl)`)
    .addOption(new Option('--seed <n>', 'of the search: same seed and same results, same candidates').default(1).argParser(seedNumber))
    .addOption(verboseOption());

export const tuneCommand: MakeCommand = (world, result) =>
  withClusterOptions(withSearchOptions(new Command('tune')))
    .description(
      'Measures schedules for every operator of a model on this machine and keeps every measurement.\nThe same command goes on where it stopped; Ctrl-C keeps everything.\nWith --brokers the workers of a cluster do it; Ctrl-C leaves them at it, and the same command comes back.',
    )
    .argument('<model>', 'a model: its file or its folder')
    .addOption(
      new Option('--modelled', 'for a target that is not here: check answers on what stands in for it, rank by the draft model').default(false).conflicts('brokers'),
    )
    .addOption(new Option('--log <file>', 'also write what proposals follow from, for `loopsmith replay`').conflicts('brokers'))
    .addOption(jsonOption('every event as a JSON line on standard output'))
    .addHelpText(
      'after',
      examples(
        'tune model.onnx', 'tune model.onnx --budget 10m --threads 2', 'tune model.onnx --stop-below 1%',
        'tune model.onnx --trials 500 --strategy random --seed 7 --records mine.jsonl', 'tune model.onnx --json | jq .event',
        'tune model.onnx --brokers localhost:9092 --trials 1000',
      ),
    )
    .action(
      async (
        model: string,
        options: CompilerOptions &
          SearchOptions &
          ClusterFlags & { readonly json: boolean; readonly modelled: boolean; readonly log?: string; readonly value: CompilerOptions['value'] },
      ) => {
        if (options.brokers !== undefined) {
          const { tuneOnCluster } = await import('../cluster/submitting.js');
          result.code = await tuneOnCluster(world, model, options);
          return;
        }
        const { openCompiler, readModelFile, recordsPath } = await import('../compiler.js');
        const { openRecordsToWrite } = await import('../record-lock.js');
        const { forecast, runTuning } = await import('../tuning.js');
        const { count } = await import('../progress.js');
        const { milliseconds } = await import('../report.js');
        const { writeRunReport } = await import('../reporting.js');
        const file = readModelFile(model, world.folder),
          compiler = await openCompiler(world, file, options);
        const path = recordsPath(world, options.records);
        const records = await openRecordsToWrite(world, compiler.host, path);
        try {
          const summary = await runTuning(world, compiler, records, { ...options, budget: budgetOf(options) });
          if (summary.interrupted) result.code = exitCodes.interrupted;
          else if (summary.failedTasks > 0) result.code = exitCodes.refused;
          if (options.json) return;
          const times = forecast(compiler, summary.best);
          if (times)
            world.out.write(
              `Sum of kernel times${options.modelled ? ' (modelled)' : ''}: ${milliseconds(times.tunedMs)}, untuned ${milliseconds(times.untunedMs)}\n`,
            );
          const open = summary.best.filter(({ found }) => found === null).length;
          const failed = Math.min(open, summary.failedTasks), late = open - failed;
          if (failed > 0) world.out.write(`Nothing was measured of ${failed} of ${count(summary.best.length, 'task')}: every candidate failed, as said above\n`);
          if (late > 0) world.out.write(`No time yet for ${late} of ${count(summary.best.length, 'task')}\n`);
          world.out.write(`Report: ${await writeRunReport(world, compiler, records, file.name)}, to look at in a browser\n`);
          world.out.write(`Records: ${path}${summary.interrupted || open > 0 ? '; the same command goes on from there' : ''}\n`);
        } finally {
          await records.close();
        }
      },
    );
