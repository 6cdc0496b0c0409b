/** `loopsmith replay`: a logged run proposed again without hardware, to prove that its proposals follow from seed and results alone. */
import { Command, Option } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { examples, pluginOption, verboseOption, type MakeCommand } from './command.js';

export const replayCommand: MakeCommand = (world, result) =>
  new Command('replay')
    .description(
      'Asks the strategy and the cost model of a logged run for every batch again, with the results the log has, and compares.\nExit code: 0 all proposals are the same, 1 with --verify when one is not.',
    )
    .argument('<log>', 'what `tune --log` wrote')
    .addOption(new Option('--verify', 'exit with 1 when a batch differs').default(false))
    .addOption(pluginOption())
    .addOption(verboseOption())
    .addHelpText('after', examples('tune model.onnx --log run.jsonl && loopsmith replay run.jsonl --verify'))
    .action(async (file: string, options: { readonly verify: boolean; readonly plugin: readonly string[] }) => {
      const { parseRunLog, replay } = await import('@loopsmith/stages');
      const { canonicalJson, unwrap } = await import('@loopsmith/util');
      const { openHost } = await import('../compiler.js');
      const { readBytes } = await import('../files.js');
      const { namingErrors, namingModelErrors } = await import('../naming-plugins.js');
      const { count } = await import('../progress.js');
      const bytes = readBytes(world.folder, file, {
        code: 'file-missing',
        stage: 'replay',
        message: `there is no log ${file}; write one with \`loopsmith tune --log ${file}\``,
      });
      const entries = unwrap(parseRunLog(bytes.toString('utf8'), file)),
        [run] = entries;
      if (run?.entry !== 'run') throw new Error('a run log begins with its run');
      const host = await openHost(world, options.plugin);
      const parts = {
        hardware: unwrap(await host.hardware.get(run.hardware)),
        strategy: namingErrors(unwrap(await host.strategies.get(run.strategy))),
        model: namingModelErrors(unwrap(await host.costModels.get(run.model))),
      };
      const { batches, proposals, differences } = await replay(entries, parts);
      for (const { task, batch, logged, found } of differences) {
        const text = (point: (typeof found)[number] | undefined): string => (point ? canonicalJson({ ...point }) : 'none');
        // one may have fewer than the other
        const at = Array.from({ length: Math.max(found.length, logged.length) }, (_, i) => i).find((i) => text(found[i]) !== text(logged[i]))!;
        world.out.write(`DIFFERS task ${task}, batch ${batch}: proposal ${at + 1} is ${text(found[at])}, the log has ${text(logged[at])}\n`);
      }
      world.out.write(
        `${run.strategy}+${run.model}, seed ${run.seed}: ${count(batches, 'batch').replace('batchs', 'batches')}, ${count(proposals, 'proposal')}, ${differences.length === 0 ? 'all the same' : `${differences.length} different`}\n`,
      );
      if (options.verify && differences.length > 0) result.code = exitCodes.differs;
    });
