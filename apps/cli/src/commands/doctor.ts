/** `loopsmith doctor`: what this machine lacks, each with its way out. */
import { Command } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { examples, jsonOption, pluginOption, verboseOption, type MakeCommand } from './command.js';

export const doctorCommand: MakeCommand = (world, result) =>
  new Command('doctor')
    .description(
      'Checks Node, the compiler, the CPU, the cores and the folders Loopsmith writes to; says the way out for each fault.\nExit code: 0 all well, 1 something is missing.',
    )
    .addOption(jsonOption('one JSON object per check'))
    .addOption(pluginOption())
    .addOption(verboseOption())
    .addHelpText('after', examples('doctor', 'doctor --json'))
    .action(async ({ json, plugin }: { readonly json: boolean; readonly plugin: readonly string[] }) => {
      const { examine } = await import('../doctor.js');
      for await (const { name, fault, found } of examine(world, plugin)) {
        if (fault !== null) result.code = exitCodes.differs;
        world.out.write(
          json
            ? `${JSON.stringify({ name, ok: fault === null, found, fault })}\n`
            : `${fault === null ? 'ok   ' : 'FAULT'} ${name.padEnd(9)} ${fault ?? found}\n`,
        );
      }
    });
