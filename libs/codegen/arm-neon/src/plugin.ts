/** The Arm hardware plugin on one screen: what is its own beside the parts that all CPUs share. */
import { programVersion } from '@loopsmith/codegen-c-family';
import { compilerVersion, cpuPlugin, openCpuDevice, openModelledDevice } from '@loopsmith/codegen-cpu';
import type { Requirement } from '@loopsmith/contracts';
import { openNativeSession, openProgramSession, readManifest } from '@loopsmith/runtime';
import { fail } from '@loopsmith/util';
import { cpus } from 'node:os';
import { armCpus, type Architecture } from './cpus.js';
import { emulators, findEmulator, installEmulator } from './emulator.js';
import { cpuOf, pluginId, resolveTarget } from './target.js';
import { toolchainOf } from './toolchain.js';

/** Of this machine. */
const own: Architecture | null = process.arch === 'arm64' ? 'aarch64' : null;

export const armNeon = cpuPlugin({
  id: pluginId,
  isas: armCpus.map(({ name }) => name),
  resolve: (isa) => Promise.resolve(resolveTarget(isa, own)),
  toolchain: ({ isa }) => toolchainOf(cpuOf(isa)),
  device: async (target, options) => {
    if (cpuOf(target.isa).architecture === own) return openCpuDevice(toolchainOf(cpuOf(target.isa)), target, options, { cpu: cpus()[0]?.model ?? 'an Arm CPU', peak: 'generic' });
    if (options.modelled) {
      const toolchain = toolchainOf(cpuOf(target.isa)), emulator = await findEmulator(cpuOf(target.isa), toolchain);
      return emulator.ok ? openModelledDevice(toolchain, target, options, { ...emulator.value, machine: toolchain.machine }) : emulator;
    }
    return fail({
      code: 'device-missing',
      stage: 'measure',
      message: `nothing can be measured here: ${target.id} needs an Arm processor and this machine is ${process.arch}; add --modelled to check answers under ${emulators[cpuOf(target.isa).architecture]} and rank by the draft model`,
    });
  },
  session: async (directory, threads) => {
    const manifest = await readManifest(directory);
    if (!manifest.ok) return manifest;
    const { target } = manifest.value, cpu = armCpus.find(({ name }) => target === `${pluginId}:${name}`);
    if (cpu === undefined)
      return fail({
        code: 'target-unknown',
        stage: 'run',
        message: `${directory} is for ${target}, and ${pluginId} has no such processor; write it anew with \`loopsmith compile --target ${pluginId}:NAME\`, NAME one of ${armCpus.map(({ name }) => name).join(', ')}`,
      });
    if (cpu.architecture === own) return openNativeSession(directory, threads);
    const emulator = await findEmulator(cpu);
    return emulator.ok ? openProgramSession(directory, threads, { kind: 'emulated', ...emulator.value }) : emulator;
  },
  requirements: async () => {
    const architectures = ['aarch64', 'armv7'] as const satisfies readonly Architecture[];
    const of = await Promise.all(architectures.map(async (architecture): Promise<readonly Requirement[]> => {
      const isas = armCpus.filter((cpu) => cpu.architecture === architecture).map(({ name }) => name);
      const { compiler, install } = toolchainOf(cpuOf(architecture)), version = await compilerVersion({ compiler, install });
      const emulator = emulators[architecture];
      return [
        { what: compiler, isas, purpose: 'build', found: version.ok ? version.value : null, install },
        ...(architecture === own
          ? []
          : [{ what: emulator, isas, purpose: 'answers', found: await programVersion(emulator), install: installEmulator } as const]),
        {
          what: `a machine with ${architecture === 'aarch64' ? 'a 64-bit' : 'a 32-bit'} Arm processor`,
          isas,
          purpose: 'measure',
          found: architecture === own ? (cpus()[0]?.model ?? 'this machine') : null,
          install: `none: this machine is ${process.arch}; run Loopsmith on the board`,
        },
      ];
    }));
    return of.flat();
  },
});
