/** `loopsmith records`: looks at record files and puts them in order. Measures nothing, and never changes a record. */
import { Command, Option } from 'commander';
import { positiveInteger } from '../option-values.js';
import { defaults } from '../plugins.js';
import { examples, jsonOption, pluginOption, verboseOption, type MakeCommand } from './command.js';

interface CommonOptions { readonly plugin: readonly string[]; readonly json: boolean }
interface FileOptions extends CommonOptions { readonly records?: string }

const withCommonOptions = (command: Command, json: string): Command => command.addOption(jsonOption(json)).addOption(pluginOption()).addOption(verboseOption());
const recordsOption = (): Option => new Option('--records <file>', `the record file (default: ${defaults.state}/records.jsonl)`);

const list: MakeCommand = (world) =>
  withCommonOptions(new Command('list'), 'one JSON object per line: tasks, or whole records with --task')
    .summary('what was measured, task by task')
    .description('Lists the tasks of a record file with their best and untuned times; with --task, every record of the tasks that fit.')
    .addOption(recordsOption())
    .option('--task <text>', 'the beginning of a task key, or a part of a label')
    .addHelpText('after', examples('records list', 'records list --task "conv2d 3x3"', 'records list --records mine.jsonl --json | jq .bestNs'))
    .action(async (options: FileOptions & { readonly task?: string }) => {
      const { recordedLines } = await import('../record-commands.js');
      world.out.write(await recordedLines(world, options));
    });

const best: MakeCommand = (world) =>
  withCommonOptions(new Command('best'), 'one JSON object per task: task label medianNs intervalNs gflops record schedule reason')
    .summary('the schedule that compile takes, task by task')
    .description(
      'Shows the winner of every task by the rule of `compile`: of its last finals, else the fastest of its search.\nThe interval holds the median with 95 %; two whose intervals overlap may be equally fast.',
    )
    .addOption(recordsOption())
    .addHelpText('after', examples('records best', 'records best --json | jq -r .schedule'))
    .action(async (options: FileOptions) => {
      const { bestLines } = await import('../record-commands.js');
      world.out.write(await bestLines(world, options));
    });

const merge: MakeCommand = (world) =>
  withCommonOptions(new Command('merge'), 'one JSON object: added known')
    .summary('add the records of other files to one')
    .description('Appends to a record file what other files have and it has not. A record that is there already is not written twice.')
    .argument('<into>', 'the record file that grows; it is made if it is not there')
    .argument('<file...>', 'record files to read')
    .addHelpText('after', examples('records merge all.jsonl monday.jsonl tuesday.jsonl'))
    .action(async (into: string, files: readonly string[], options: CommonOptions) => {
      const { mergeRecords } = await import('../record-commands.js');
      world.out.write(await mergeRecords(world, into, files, options));
    });

const prune: MakeCommand = (world) =>
  withCommonOptions(new Command('prune'), 'one JSON object: kept dropped')
    .summary('keep what compile needs, drop the rest')
    .description(
      'Rewrites a record file: per task and place it keeps the untuned baseline, all that `compile` chooses by, and the fastest candidates.\nWhat is dropped would be measured again by a later search. A file with lines that cannot be read is left as it is, but for -o.',
    )
    .addOption(recordsOption())
    .addOption(new Option('--keep <n>', 'fastest candidates to keep per task and place').default(10).argParser(positiveInteger))
    .option('-o, --output <file>', 'write there and leave the record file as it is')
    .addHelpText('after', examples('records prune', 'records prune --keep 3 -o small.jsonl'))
    .action(async (options: FileOptions & { readonly keep: number; readonly output?: string }) => {
      const { pruneRecords } = await import('../record-commands.js');
      world.out.write(await pruneRecords(world, options));
    });

export const recordsCommand: MakeCommand = (world, result) => {
  const command = new Command('records').description('Looks at files of measurements, merges and prunes them.');
  for (const make of [list, best, merge, prune]) command.addCommand(make(world, result));
  return command.addHelpText('after', examples('records list', 'records best', 'records merge all.jsonl monday.jsonl', 'records prune --keep 3 -o small.jsonl'));
};
