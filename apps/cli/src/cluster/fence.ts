/**
 * The fence around code that came over the network: a process without network, without core files, with a limit on its memory,
 * and as nobody, with a limit on processes, where this process may become nobody. Finds out what this machine can do by doing
 * it; starts nothing that stays.
 */
import { spawnSync } from 'node:child_process';
import { totalmem } from 'node:os';

export interface Fence {
  /** Program and arguments to be put before a command. Empty: no fence. */
  readonly command: readonly string[];
  /** For the log: `no network, no core files, at most 18 GB each, user nobody, at most 2000 processes`. */
  readonly text: string;
  /** Whether the network is shut out. */
  readonly works: boolean;
  /** Who the fenced process is, when not this user: folders it writes to must be its own. */
  readonly owner: { readonly user: number; readonly group: number } | null;
}

export interface FenceLimits {
  /** Bytes of its own that one process may write to: heap, stacks, private mappings. */
  readonly memory: number;
  /** Processes and threads of the user nobody on this machine. Only of that one: of another user it would count what is none of ours. */
  readonly processes: number;
}
const usual = (): FenceLimits => ({ memory: Math.floor(0.75 * totalmem()), processes: 2000 });

const nobody = { user: 65_534, group: 65_534 };
/** `readable`: a file that the fenced process has to be able to read. */
export const findFence = (readable: string, { memory, processes }: FenceLimits = usual()): Fence => {
  const isRoot = process.getuid?.() === 0;
  const runs = (command: readonly string[], ...args: readonly string[]): boolean => spawnSync(command[0]!, [...command.slice(1), ...args], { stdio: 'ignore' }).status === 0;
  const network =
    (isRoot
      ? [['unshare', '--net']]
      : [
          ['unshare', '--user', '--map-current-user', '--net'],
          ['unshare', '--user', '--map-root-user', '--net'],
        ]
    ).find((command) => runs(command, 'true')) ?? [];
  const asNobody = ['setpriv', `--reuid=${nobody.user}`, `--regid=${nobody.group}`, '--clear-groups'];
  const owner = isRoot && runs(asNobody, process.execPath, '-e', `require('node:fs').accessSync(${JSON.stringify(readable)})`);
  const prlimit = ['prlimit', '--core=0', `--data=${memory}`, ...(owner ? [`--nproc=${processes}`] : [])];
  const limits = runs(prlimit, process.execPath, '-e', '') ? prlimit : [];
  const text = [
    ...(network.length > 0 ? ['no network'] : []), ...(limits.length > 0 ? ['no core files', `at most ${Math.round(memory / 1e9)} GB each`] : []),
    ...(owner ? ['user nobody', ...(limits.length > 0 ? [`at most ${processes} processes`] : [])] : []),
  ].join(', ');
  return { command: [...network, ...limits, ...(owner ? asNobody : [])], text: text === '' ? 'none' : text, works: network.length > 0, owner: owner ? nobody : null };
};
