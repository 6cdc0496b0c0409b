/** The options of every command that speaks to a cluster, from the one list of settings. Imports nothing that knows Kafka. */
import { Option, type Command } from 'commander';
import { settings } from '../cluster/setting-list.js';

export const withClusterOptions = (command: Command): Command => {
  for (const { flag, what, ...rest } of Object.values(settings)) command.addOption(new Option(flag, 'fallback' in rest ? `${what} (default: ${rest.fallback})` : what));
  return command.addOption(new Option('--config <file>', 'settings from a file of JSON; flags and LOOPSMITH_* variables go before it'));
};
