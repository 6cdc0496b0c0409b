/** `loopsmith space`: what a task offers to a search, and whole spaces measured once so that strategies can be compared without hardware. */
import { Command, Option } from 'commander';
import type { CompilerOptions } from '../compiler.js';
import { positiveInteger, seedNumber } from '../option-values.js';
import type { RecordOptions } from '../space-recording.js';
import { examples, verboseOption, withCompilerOptions, type MakeCommand } from './command.js';

export const spaceCommand: MakeCommand = (world, result) => {
  const list = withCompilerOptions(new Command('list'))
    .summary('the tasks of a model and the size of their spaces')
    .description('Lists the tasks of a model with the number of legal points of each space.')
    .argument('<model>', 'a model: its file or its folder')
    .addOption(verboseOption())
    .addHelpText('after', examples('space list model.onnx'))
    .action(async (model: string, options: CompilerOptions) => {
      const { openCompiler, readModelFile } = await import('../compiler.js');
      const { legalPoints } = await import('../space-recording.js');
      const { hardware, tasks } = await openCompiler(world, readModelFile(model, world.folder), options);
      for (const { task } of tasks) {
        const space = hardware.space(task);
        world.out.write(`${task.key}  ${String(legalPoints(space).length).padStart(6)} points of ${space.id}  ${task.label}\n`);
      }
    });
  const record = withCompilerOptions(new Command('record'))
    .summary("measure every point of a task's space")
    .description(
      "Measures every legal point of one task's space, answers checked, several times, and writes the recorded space.\nTakes a while and a machine that does nothing else; `--limit` takes an even sample of the points.",
    )
    .argument('<model>', 'a model: its file or its folder')
    .argument('<task>', 'key of the task, or a part of its label that no other task has')
    .requiredOption('-o, --output <file>', 'the file to write')
    .addOption(new Option('--limit <n>', 'points at most, an even sample of all').argParser(positiveInteger))
    .addOption(new Option('--repeats <n>', 'measurements of each point').default(3).argParser(positiveInteger))
    .addOption(new Option('--seed <n>', 'of the inputs').default(1).argParser(seedNumber))
    .option('--conditions <text>', 'what the record says of the machine meanwhile', 'unknown')
    .addOption(verboseOption())
    .addHelpText('after', examples('space record resnet18.onnx "3x3 64→64 @56 +relu" -o conv56.jsonl --conditions quiet'))
    .action(async (model: string, task: string, options: RecordOptions) => {
      const { recordSpace } = await import('../space-recording.js');
      result.code = await recordSpace(world, model, task, options);
    });
  return new Command('space')
    .description('What a task offers to a search, and whole spaces measured once, so that strategies can be compared without hardware.')
    .addCommand(list)
    .addCommand(record);
};
