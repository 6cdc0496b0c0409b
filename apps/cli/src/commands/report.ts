/** `loopsmith report`: records as a page to look at. */
import { Command, Option } from 'commander';
import type { CompilerOptions } from '../compiler.js';
import { defaults } from '../plugins.js';
import { examples, verboseOption, withCompilerOptions, type MakeCommand } from './command.js';

export const reportCommand: MakeCommand = (world) =>
  withCompilerOptions(new Command('report'))
    .description(
      "Writes one HTML page: where the time goes, every task with its best and untuned times and its share of the machine's limit,\nhow the search went, failures, the machine. With a model its tasks alone, each times the calls of it; without, whatever the file holds.",
    )
    .argument('[model]', 'a model: its file or its folder')
    .addOption(new Option('--records <file>', `the record file (default: ${defaults.state}/records.jsonl)`))
    .option('-o, --output <file>', 'the page to write', 'report.html')
    .addOption(verboseOption())
    .addHelpText('after', examples('report model.onnx', 'report --records monday.jsonl -o monday.html'))
    .action(async (model: string | undefined, options: CompilerOptions & { readonly records?: string; readonly output: string }) => {
      const { writeReport } = await import('../reporting.js');
      world.out.write(await writeReport(world, model, options));
    });
