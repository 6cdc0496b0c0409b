/** `loopsmith explain`: why a recorded schedule is as fast as it is. */
import { Command, Option } from 'commander';
import { defaults } from '../plugins.js';
import { examples, jsonOption, pluginOption, verboseOption, type MakeCommand } from './command.js';

export const explainCommand: MakeCommand = (world) =>
  new Command('explain')
    .description(
      'Shows one record: its task and schedule as text, the features and the prediction of the draft model, what was measured,\nthe share of the roofline, and the generated source.',
    )
    .argument('<record>', 'the id of a record or its beginning; `records best` and `records list --task` show ids')
    .addOption(new Option('--records <file>', `the record file (default: ${defaults.state}/records.jsonl)`))
    .addOption(jsonOption('one JSON object'))
    .addOption(pluginOption())
    .addOption(verboseOption())
    .addHelpText('after', examples('explain 9f8ab658', 'explain 9f8ab658 --json | jq -r .source'))
    .action(async (id: string, options: { readonly records?: string; readonly json: boolean; readonly plugin: readonly string[] }) => {
      const { openHost } = await import('../compiler.js');
      const { explainRecord, explanationText, findRecord } = await import('../explaining.js');
      const { openExistingRecords } = await import('../record-commands.js');
      const store = await openExistingRecords(world, options.plugin, options.records);
      try {
        const explanation = await explainRecord(findRecord(store.all(), id), await openHost(world, options.plugin));
        world.out.write(options.json ? `${JSON.stringify(explanation)}\n` : explanationText(explanation));
      } finally {
        await store.close();
      }
    });
