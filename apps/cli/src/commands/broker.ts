/** `loopsmith broker`: a real Apache Kafka on this machine, to try a cluster or to run a small one. */
import { Command, Option } from 'commander';
import { positiveInteger } from '../option-values.js';
import { defaults } from '../plugins.js';
import { examples, type MakeCommand } from './command.js';

export const brokerCommand: MakeCommand = (world) =>
  new Command('broker')
    .description(
      'Starts Apache Kafka on this machine: one broker, or a cluster of three. Needs Java 17, and Maven the first time.\nRuns until Ctrl-C. What it holds stays in its folder.',
    )
    .addOption(new Option('--nodes <n>', 'brokers').choices(['1', '3']).default('1'))
    .addOption(new Option('--port <n>', 'port of the first broker; its controller takes the next one').default(9092).argParser(positiveInteger))
    .option('--folder <folder>', 'where its data, configuration and log lie', `${defaults.state}/broker`)
    .addOption(new Option('--print-config', 'print the configuration and start nothing').default(false))
    .addOption(new Option('--fetch-only', 'fetch what a broker needs and start nothing').default(false))
    .addHelpText('after', examples('broker', 'broker --nodes 3 --port 19092', 'broker --print-config'))
    .action(
      async ({
        nodes,
        port,
        folder,
        printConfig,
        fetchOnly,
      }: {
        readonly nodes: '1' | '3';
        readonly port: number;
        readonly folder: string;
        readonly printConfig: boolean;
        readonly fetchOnly: boolean;
      }) => {
        const { clusterConfiguration, fetchArtifacts, startCluster } = await import('@loopsmith/transport-kafka/broker');
        const { refuse, unwrap } = await import('@loopsmith/util');
        const { resolve } = await import('node:path');
        const { cacheFolder } = await import('../cache-folder.js');
        const { count } = await import('../progress.js');
        const options = { folder: resolve(world.folder, folder), nodes: nodes === '1' ? 1 : 3, port } as const;
        // a broker and its controller listen each
        const last = 65_536 - 2 * options.nodes;
        if (port > last)
          refuse({
            code: 'option-invalid',
            stage: 'cluster',
            message: `--port ${port} leaves no room for ${count(options.nodes, 'broker')}: each takes two ports, and there are 65535; give one up to ${last}`,
          });
        if (printConfig) {
          for (const [name, text] of await clusterConfiguration(options)) world.out.write(`# ${name}\n${text}`);
          return;
        }
        const artifacts = unwrap(await fetchArtifacts({ cache: cacheFolder(world), say: (text) => world.err.write(`${text}\n`) }));
        if (fetchOnly) return void world.out.write(`Apache Kafka lies in ${artifacts.jars}\n`);
        await world.interruptible(async (signal) => {
          const cluster = unwrap(await startCluster(artifacts, options));
          world.out.write(`Kafka is ready at ${cluster.addresses}\nStart a worker with: loopsmith worker --brokers ${cluster.addresses}\n`);
          await Promise.race([
            new Promise<void>((resolve_) => {
              if (signal.aborted) resolve_();
              signal.addEventListener('abort', () => resolve_());
            }),
            ...cluster.brokers.map(({ ended }) => ended),
          ]);
          const byItself = !signal.aborted;
          await cluster.stop();
          if (byItself) refuse({ code: 'broker-ended', stage: 'broker', message: `Kafka ended by itself; why is in its log, broker-*.log in ${options.folder}` });
          world.out.write('Kafka has stopped.\n');
        }, 'Stopping Kafka; Ctrl-C again leaves it running.');
      },
    );
