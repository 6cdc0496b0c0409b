/** `loopsmith jobs`: what runs on a cluster; to look at, to follow, to end. */
import { Command } from 'commander';
import type { ClusterFlags } from '../cluster/settings.js';
import { withClusterOptions } from './cluster-options.js';
import { examples, jsonOption, verboseOption, type MakeCommand } from './command.js';

export const jobsCommand: MakeCommand = (world, result) => {
  const list = withClusterOptions(new Command('list'))
    .summary('list the jobs of a cluster')
    .description('Lists the jobs of a cluster, the oldest first, and the workers that are there.')
    .addOption(jsonOption('one JSON object per job'))
    .addHelpText('after', examples('jobs list --brokers localhost:9092'))
    .action(async (options: ClusterFlags & { readonly json: boolean }) => {
      const { printJobs } = await import('../cluster/watching.js');
      await printJobs(world, options, options.json);
    });
  const watch = withClusterOptions(new Command('watch'))
    .summary('follow a job')
    .description('Follows a job to its end and keeps its records. Ctrl-C leaves it running.')
    .argument('<job>', 'its id, as `tune --brokers` and `jobs list` say it')
    .option('--records <file>', 'where its records are kept (default: .loopsmith/records.jsonl)')
    .addOption(verboseOption())
    .addHelpText('after', examples('jobs watch 0123456789abcdef --brokers localhost:9092'))
    .action(async (job: string, options: ClusterFlags & { readonly records?: string; readonly verbose: boolean }) => {
      const { watchJob } = await import('../cluster/watching.js');
      result.code = await watchJob(world, options, job, options);
    });
  const cancel = withClusterOptions(new Command('cancel'))
    .summary('end a job')
    .description('Ends a job; what was measured stays in its records.')
    .argument('<job>', 'its id')
    .addHelpText('after', examples('jobs cancel 0123456789abcdef --brokers localhost:9092'))
    .action(async (job: string, options: ClusterFlags) => {
      const { cancel: end } = await import('../cluster/watching.js');
      await end(world, options, job);
    });
  return new Command('jobs').description('What runs on a cluster.').addCommand(list).addCommand(watch).addCommand(cancel);
};
