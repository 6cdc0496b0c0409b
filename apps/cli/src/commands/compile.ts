/** `loopsmith compile`: writes the deployable folder of a model from what was measured. */
import { Command, Option } from 'commander';
import type { CompilerOptions } from '../compiler.js';
import { commandLine } from '../command-line.js';
import { defaults } from '../plugins.js';
import { examples, jsonOption, verboseOption, withCompilerOptions, type MakeCommand } from './command.js';

interface CompileOptions extends CompilerOptions {
  readonly records?: string;
  readonly untuned: boolean;
  readonly modelled: boolean;
  readonly output: string;
  readonly json: boolean;
}

export const compileCommand: MakeCommand = (world) =>
  withCompilerOptions(new Command('compile'))
    .description(
      'Writes a folder with one small library that runs the model, its C header, its weights and a manifest.\nTakes the best schedules of the records; a task without one gets the untuned schedule, and the reason is said.',
    )
    .argument('<model>', 'a model: its file or its folder')
    .requiredOption('-o, --output <folder>', 'the folder to write')
    .addOption(new Option('--records <file>', `measurements to choose from (default: ${defaults.state}/records.jsonl)`).conflicts('untuned'))
    .addOption(new Option('--untuned', 'take no measurements into account').default(false))
    .addOption(new Option('--modelled', 'choose by what `tune --modelled` recorded, in place of measurements').default(false).conflicts('untuned'))
    .addOption(jsonOption('the result as one JSON object'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      examples(
        'compile model.onnx -o model',
        'compile model.onnx --records mine.jsonl --threads 2 -o model',
        'compile model.onnx --untuned -o model',
      ),
    )
    .action(async (model: string, options: CompileOptions) => {
      const { resolve } = await import('node:path');
      const { openCompiler, readModelFile } = await import('../compiler.js');
      const { compileModel, missLines, placeOf, recordsToChooseFrom } = await import('../compiling.js');
      const { count } = await import('../progress.js');
      const { bytesText } = await import('../quantities.js');
      const { whileWaiting } = await import('../waiting.js');
      const compiler = await openCompiler(world, readModelFile(model, world.folder), options);
      const records = options.untuned ? null : await recordsToChooseFrom(world, compiler, options.plugin, options.records);
      try {
        const place = records && (await placeOf(compiler, resolve(world.folder, defaults.state, 'candidates'), false));
        const directory = resolve(world.folder, options.output);
        const { chosen, tuned, report } = await whileWaiting(world.err, `Building ${count(compiler.tasks.length, 'kernel')}`, () =>
          compileModel(world, compiler, records, place, directory, options.modelled ? 'modelled' : 'measured'),
        );
        if (options.json) {
          world.out.write(
            `${JSON.stringify({ directory, tasks: chosen.length, tuned, ...report, kernels: chosen.map(({ label, record, miss }) => ({ label, record, miss })) })}\n`,
          );
          return;
        }
        if (records) {
          world.out.write(`${tuned} of ${count(chosen.length, 'task')} found ${options.modelled ? 'in modelled records, none measured' : 'tuned'}\n`);
          for (const line of missLines(chosen)) world.out.write(`${line}\n`);
          if (tuned < chosen.length)
            world.out.write(`Tune the rest${place === null && !options.modelled ? ` where ${compiler.target.id} runs` : ''} with: ${tuneCommand(model, options, compiler.target.id)}\n`);
        }
        world.out.write(
          `Wrote ${options.output}: library ${bytesText(report.libraryBytes)}, weights ${bytesText(report.weightBytes)}, arena ${bytesText(report.arenaBytes)}\n`,
        );
      } finally {
        await records?.close();
      }
    });

/** The command that tunes what was compiled. */
const tuneCommand = (model: string, options: CompileOptions, target: string): string => commandLine(['tune', model], options, {
  target, more: [...(options.records === undefined ? [] : ['--records', options.records]), ...(options.modelled ? ['--modelled'] : [])],
});
