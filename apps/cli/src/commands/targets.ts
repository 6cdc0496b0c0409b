/** `loopsmith targets`: every target, what this machine can do for it, what is missing and the command that installs it. */
import { Command } from 'commander';
import { examples, jsonOption, pluginOption, verboseOption, type MakeCommand } from './command.js';

export const targetsCommand: MakeCommand = (world) =>
  new Command('targets')
    .description(
      'Lists every hardware plugin with its targets, as --target takes them (PLUGIN:NAME), whether this machine can build for them,\ncheck answers and measure times, and the command that installs what is missing.',
    )
    .addOption(jsonOption('one JSON object per plugin'))
    .addOption(pluginOption())
    .addOption(verboseOption())
    .addHelpText('after', examples('targets', 'targets --json | jq .requirements'))
    .action(async ({ json, plugin }: { readonly json: boolean; readonly plugin: readonly string[] }) => {
      const { openHost } = await import('../compiler.js');
      const { reportLines, targetReports } = await import('../targets.js');
      const { unwrap } = await import('@loopsmith/util');
      const { hardware } = await openHost(world, plugin);
      for (const report of await targetReports(unwrap(await hardware.all())))
        world.out.write(json ? `${JSON.stringify(report)}\n` : `${reportLines(report).join('\n')}\n`);
    });
