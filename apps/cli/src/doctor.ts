/** The checks of `doctor`: each looks at one thing and answers what it found, or the fault with its way out. Changes nothing but a file it removes again. */
import { createHost, pluginSource, type Host } from '@loopsmith/host';
import { onDemand, type Outcome } from '@loopsmith/util';
import { execFile } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { makePath } from './files.js';
import { defaults } from './plugins.js';
import { count } from './progress.js';
import { systemFailure } from './system-failure.js';
import { abilities, targetReports } from './targets.js';
import type { World } from './world.js';

export interface Finding { readonly name: string; readonly found: string; readonly fault: string | null }
type Check = () => Promise<{ readonly found: string } | { readonly fault: string }>;

const leastNode = [20, 19] as const;

export async function* examine(world: World, plugins: readonly string[], versions: { readonly node: string } = process.versions): AsyncGenerator<Finding> {
  const opened = onDemand(() => createHost([...world.plugins, ...plugins.map((name) => pluginSource(name, world.folder))]));
  const checks: Readonly<Record<string, Check>> = {
    node: () => nodeVersion(versions.node),
    gcc: compiler,
    plugins: async () => {
      const host = await opened();
      if (!host.ok) return { fault: host.failure.message };
      const { frontends, hardware, strategies, costModels } = host.value, kinds = [frontends, hardware, strategies, costModels];
      for (const kind of kinds) {
        const loaded = await kind.all();
        if (!loaded.ok) return { fault: loaded.failure.message };
      }
      return { found: kinds.flatMap(({ ids }) => ids).join(', ') };
    },
    cpu: async () => cpu(await opened()),
    targets: async () => targets(await opened()),
    cores: () => cores(world.cores),
    locks: locks,
    state: () => writable(resolve(world.folder, defaults.state)),
  };
  for (const [name, check] of Object.entries(checks)) {
    // a fault of the place is what is looked for, and keeps none of the other checks from being made
    const answer = await check().catch((error: unknown) => ({ fault: (systemFailure(error) ?? rethrow(error)).message }));
    yield 'fault' in answer ? { name, found: '', fault: answer.fault } : { name, found: answer.found, fault: null };
  }
}

const nodeVersion = async (version: string): ReturnType<Check> => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])
    ? { found: version }
    : { fault: `Node ${version} is too old; install Node ${leastNode.join('.')} or later` };
};

/** A gcc that finds the headers of the C library, which Debian has in a package of its own. */
const compiler: Check = async () => {
  const gcc = promisify(execFile), version = await gcc('gcc', ['--version']).catch(() => null);
  if (version === null) return { fault: 'gcc is not found, so nothing can be built or measured; install it, on Debian with `apt-get install gcc libc6-dev`' };
  const found = version.stdout.split('\n')[0] ?? 'gcc';
  const works = await gcc('gcc', ['-fsyntax-only', '-include', 'stdio.h', '-x', 'c', '/dev/null']).then(() => true, () => false);
  return works ? { found } : { fault: `${found} finds no stdio.h, so nothing can be built or measured; install the headers of the C library, on Debian with \`apt-get install libc6-dev\`` };
};

/** What the default hardware plugin makes of this machine. */
const cpu = async (host: Outcome<Host>): ReturnType<Check> => {
  if (!host.ok) return { fault: 'not examined, because the plugins do not load' };
  const hardware = await host.value.hardware.get(defaults.target.split(':')[0]!);
  if (!hardware.ok) return { fault: hardware.failure.message };
  const target = await hardware.value.resolve('host');
  if (!target.ok) return { fault: target.failure.message };
  const { id, caches } = target.value, kib = (bytes: number): string => `${bytes >> 10} KiB`;
  return { found: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${id}, caches ${kib(caches.l1)}, ${kib(caches.l2)}, ${kib(caches.l3)}` };
};

/** What is missing for another machine's target is no fault of this one. */
const targets = async (host: Outcome<Host>): ReturnType<Check> => {
  if (!host.ok) return { fault: 'not examined, because the plugins do not load' };
  const hardware = await host.value.hardware.all();
  if (!hardware.ok) return { fault: 'not examined, because the plugins do not load' };
  const reports = await targetReports(hardware.value);
  const missing = reports.filter(({ requirements }) => requirements.some(({ found }) => found === null)).length;
  return { found: `${reports.map((report) => `${report.plugin} ${abilities(report)}`).join(' | ')}${missing === 0 ? '' : '; `loopsmith targets` says what is missing'}` };
};

const cores = async (n: number): ReturnType<Check> =>
  ({ found: n > 1 ? `${n}, some build while others are measured` : '1, so building and measuring take turns' });

/** Measurements hold host-wide locks in the folder for temporary files. */
const locks: Check = async () => {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-doctor-'));
    closeSync(openSync(join(folder, 'lock'), 'wx'));
    rmSync(folder, { recursive: true });
    return { found: `in ${tmpdir()}${lockedBy()}` };
  } catch (error) {
    return { fault: `no lock can be made in ${tmpdir()} (${codeOf(error)}); set TMPDIR to a folder you may write` };
  }
};

/** How many processes hold file locks right now, as Linux tells. */
const lockedBy = (): string => {
  try {
    const held = readFileSync('/proc/locks', 'utf8').split('\n').filter((line) => line.includes('FLOCK')).length;
    return held === 0 ? '' : `, ${count(held, 'file lock')} held on this machine`;
  } catch {
    return '';
  }
};

const writable = async (folder: string): ReturnType<Check> => {
  try {
    makePath(folder);
    const probe = mkdtempSync(join(folder, 'doctor-'));
    rmSync(probe, { recursive: true });
    return { found: folder };
  } catch (error) {
    return { fault: `${folder} cannot be written (${codeOf(error)}); run Loopsmith in a folder you may write` };
  }
};

const rethrow = (error: unknown): never => { throw error; };

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
