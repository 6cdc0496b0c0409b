/** The options of every command that speaks to a cluster, from the one list of settings. Imports nothing that knows Kafka. */
import { Option, type Command } from 'commander';
import { settings } from '../cluster/setting-list.js';

export const withClusterOptions = (command: Command): Command => {
  for (const { flag, what, ...rest } of Object.values(settings)) add(command, flag, 'fallback' in rest ? `${what} (default: ${rest.fallback})` : what);
  return add(command, '--config <file>', 'settings from a file of JSON; flags and LOOPSMITH_* variables go before it');
};

/** Under a heading of their own: whoever has no cluster passes them over. */
const add = (command: Command, flag: string, what: string): Command => command.addOption(new Option(flag, what).helpGroup('Options for a cluster:'));
