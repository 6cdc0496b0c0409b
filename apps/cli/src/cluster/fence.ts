/**
 * The fence around code that came over the network: a process without network, without core files, and as nobody where this
 * process may become nobody. Finds out what this machine can do by doing it; starts nothing that stays.
 */
import { spawnSync } from 'node:child_process';

export interface Fence {
  /** Program and arguments to be put before a command. Empty: no fence. */
  readonly command: readonly string[];
  /** For the log: `no network, no core files, user nobody`. */
  readonly text: string;
  /** Whether the network is shut out. */
  readonly works: boolean;
  /** Who the fenced process is, when not this user: folders it writes to must be its own. */
  readonly owner: { readonly user: number; readonly group: number } | null;
}

const nobody = { user: 65_534, group: 65_534 };
/** `readable`: a file that the fenced process has to be able to read. */
export const findFence = (readable: string): Fence => {
  const isRoot = process.getuid?.() === 0;
  const runs = (command: readonly string[], ...args: readonly string[]): boolean => spawnSync(command[0]!, [...command.slice(1), ...args], { stdio: 'ignore' }).status === 0;
  const network = (isRoot ? [['unshare', '--net']] : [['unshare', '--user', '--map-current-user', '--net'], ['unshare', '--user', '--map-root-user', '--net']]).find((command) => runs(command, 'true')) ?? [];
  const limits = runs(['prlimit', '--core=0'], 'true') ? ['prlimit', '--core=0'] : [];
  const asNobody = ['setpriv', `--reuid=${nobody.user}`, `--regid=${nobody.group}`, '--clear-groups'];
  const owner = isRoot && runs(asNobody, process.execPath, '-e', `require('node:fs').accessSync(${JSON.stringify(readable)})`);
  const text = [...(network.length > 0 ? ['no network'] : []), ...(limits.length > 0 ? ['no core files'] : []), ...(owner ? ['user nobody'] : [])].join(', ');
  return { command: [...network, ...limits, ...(owner ? asNobody : [])], text: text === '' ? 'none' : text, works: network.length > 0, owner: owner ? nobody : null };
};
