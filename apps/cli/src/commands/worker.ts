/** `loopsmith worker`: serves stages of the pipeline on a cluster until it is stopped. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ClusterFlags } from '../cluster/settings.js';
import type { WorkingOptions } from '../cluster/working.js';
import { exitCodes } from '../exit-codes.js';
import { positiveInteger, targetName, threads } from '../option-values.js';
import { defaults } from '../plugins.js';
import { withClusterOptions } from './cluster-options.js';
import { examples, pluginOption, verboseOption, type MakeCommand } from './command.js';

const names = ['extract', 'propose', 'build', 'measure', 'fit'] as const;
const stageList = (text: string): WorkingOptions['stages'] => {
  const stages = text.split(',').map((one) => one.trim());
  const known = names.filter((name) => stages.includes(name));
  if (known.length !== new Set(stages).size) throw new InvalidArgumentError(`Give some of ${names.join(', ')}, with commas.`);
  return known;
};
const portNumber = (text: string): number => {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('Give a port, or 0 for any that is free.');
  return port;
};

export const workerCommand: MakeCommand = (world, result) =>
  withClusterOptions(new Command('worker'))
    .description(
      'Serves stages of the pipeline on a Kafka cluster: extract, propose, build, measure, fit, all of them or some, in as many processes as you like.\nSIGTERM or Ctrl-C finishes what is in work and leaves; a second one ends at once. Logs are lines of JSON on standard output.',
    )
    .addOption(new Option('--stages <list>', 'stages to serve').default(names, names.join(',')).argParser(stageList))
    .option('--name <name>', "name of this worker and of its outbox (default: the host's, with a number)")
    .addOption(
      new Option('--target <plugin:isa>', 'what it builds for and measures on')
        .default(targetName(defaults.target), defaults.target)
        .argParser(targetName),
    )
    .addOption(new Option('--threads <n>', 'threads it measures with').default(1).argParser(threads))
    .addOption(pluginOption())
    .addOption(new Option('--http <port>', 'serve /healthz, /readyz and /metrics').argParser(portNumber))
    .option('--http-host <address>', 'address they are served on', '127.0.0.1')
    .addOption(new Option('--watchdog <seconds>', 'leave with 75 when the broker was silent for so long').default(60).argParser(positiveInteger))
    .addOption(new Option('--supervise', 'start the worker again when it leaves with 70 or 75').default(false))
    .addOption(new Option('--run-unfenced-code-from-the-network', 'build and measure even where the machine allows no fence').default(false))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      examples(
        'worker --brokers localhost:9092',
        'worker --stages build,measure --brokers kafka-1:9092,kafka-2:9092 --store /shared/loopsmith',
        'LOOPSMITH_BROKERS=kafka:9093 LOOPSMITH_SASL_PASSWORD=… worker --tls-ca ca.crt --sasl-username worker --supervise',
      ),
    )
    .action(
      async (
        options: ClusterFlags &
          Omit<WorkingOptions, 'http' | 'unfenced'> & {
            readonly http?: number;
            readonly supervise: boolean;
            readonly runUnfencedCodeFromTheNetwork: boolean;
          },
      ) => {
        const { clusterSettings } = await import('../cluster/settings.js');
        const { FailureError, unwrap } = await import('@loopsmith/util');
        const settings = unwrap(clusterSettings(world, options));
        if (options.supervise) {
          const { supervise } = await import('../cluster/supervising.js');
          result.code = await supervise(
            process.argv[1]!,
            process.argv.slice(2).filter((argument) => argument !== '--supervise'),
            (text) => world.err.write(`${text}\n`),
          );
          return;
        }
        const { work } = await import('../cluster/working.js');
        try {
          result.code = await work(world, settings, { ...options, http: options.http ?? null, unfenced: options.runUnfencedCodeFromTheNetwork });
        } catch (error) {
          if (!(error instanceof FailureError) || !['kafka-unreachable', 'kafka-failed'].includes(error.failure.code)) throw error;
          // said as any refusal; whoever restarts workers tries again, for brokers come back
          world.err.write(`loopsmith: ${error.message}\n`);
          result.code = exitCodes.restart;
        }
      },
    );
