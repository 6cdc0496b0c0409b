/** `loopsmith bench`: times whole inferences of a compiled folder. */
import { Command, Option } from 'commander';
import { defaults } from '../plugins.js';
import { duration, positiveInteger, seedNumber } from '../option-values.js';
import { examples, jsonOption, pluginOption, verboseOption, type MakeCommand } from './command.js';

interface BenchOptions {
  readonly profile: boolean;
  readonly plugin: readonly string[];
  readonly threads?: number;
  readonly time: number;
  readonly runs: number;
  readonly seed: number;
  readonly json: boolean;
  readonly records?: string;
}

export const benchCommand: MakeCommand = (world) =>
  new Command('bench')
    .description(
      'Times whole inferences of a compiled folder on seeded inputs, copies in and out included.\nWith --profile, every layer: its time, its GFLOP/s, its share of what the machine could reach at best.\nWhere the records are at hand, what it took alone with cold weights too, and what makes up the difference.',
    )
    .argument('<folder>', 'what `compile` wrote')
    .addOption(new Option('--threads <n>', 'threads to run with (default: those it was compiled for)').argParser(positiveInteger))
    .addOption(new Option('--time <time>', 'how long to measure').default(2000, '2s').argParser(duration))
    .addOption(new Option('--runs <n>', 'inferences to measure at least').default(20).argParser(positiveInteger))
    .addOption(new Option('--seed <n>', 'of the inputs').default(1).argParser(seedNumber))
    .addOption(new Option('--profile', 'layer by layer, in the order in which they run').default(false))
    .addOption(new Option('--records <file>', `for --profile: where the times of the kernels alone are (default: ${defaults.state}/records.jsonl)`))
    .addOption(jsonOption('one JSON object: meanMs stdMs minMs medianMs runs threads; with --profile also roofline and layers'))
    .addOption(pluginOption())
    .addOption(verboseOption())
    .addHelpText('after', examples('bench model', 'bench model --threads 2 --json', 'bench model --profile'))
    .action(async (folder: string, options: BenchOptions) => {
      const { openFolder, withSession } = await import('../opening.js');
      const { randomInputs, timeSession } = await import('../timing.js');
      const { meanLine, milliseconds } = await import('../report.js');
      const { count } = await import('../progress.js');
      const { whileWaiting } = await import('../waiting.js');
      await withSession(openFolder(world, folder, options.threads ?? 0, options.plugin), async (session) => {
        const { timing, profile } = await whileWaiting(world.err, `Timing ${folder} for ${options.time / 1000} s`, async () => ({
          timing: await timeSession(session, randomInputs(session, options.seed), {
            clock: world.clock,
            threads: session.threads,
            seconds: options.time / 1000,
            leastRuns: options.runs,
          }),
          profile: options.profile ? await (await import('../profile-report.js')).profileReport(world, folder, session, options) : null,
        }));
        const stood = session.kind === 'measured' ? null : { kind: session.kind, how: session.how };
        if (options.json) world.out.write(`${JSON.stringify({ ...timing, ...stood, ...profile?.json })}\n`);
        else
          world.out.write(
            `${stood === null ? '' : `${stood.kind}, not measured: ${stood.how} stood in for the device, and these times say nothing of it\n`}${meanLine(timing)}\nmedian ${milliseconds(timing.medianMs)}, min ${milliseconds(timing.minMs)}, ${count(timing.runs, 'run')}, ${count(timing.threads, 'thread')}\n${profile === null ? '' : profile.text(timing)}`,
          );
      });
    });
