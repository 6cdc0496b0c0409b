/** The files of a new hardware plugin: plain JavaScript that compiles for this machine's baseline with gcc as it is, and passes the kit. Writes nothing. */
import { code } from '@loopsmith/util';

/** By path inside the plugin's folder. */
export const hardwarePluginFiles = (name: string): Readonly<Record<string, string>> => ({
  'package.json': `${JSON.stringify({ name: `loopsmith-hardware-${name}`, version: '0.1.0', type: 'module', exports: './index.js', scripts: { test: 'node --test' }, peerDependencies: { loopsmith: '>=0.1.0' } }, null, 2)}\n`,
  'index.js': `${code`
    // @ts-check
    /** A hardware plugin. It compiles for this machine's baseline with gcc; change toolchain, target, device and session to what yours are. */
    import { compilerVersion, ContainerModule, cpuPlugin, fail, gccFlags, HardwarePlugin, openCpuDevice, openNativeSession, portable, succeed } from 'loopsmith/plugin';

    const id = '${name}', isas = ['plain'];

    /** @type {import('loopsmith/plugin').Toolchain} */
    const toolchain = {
      compiler: 'gcc', archiver: 'ar', install: 'apt-get install gcc libc6-dev',
      // told to every compile and link, as --target=riscv64-linux-gnu; then what kernels are compiled with beside that
      machine: [], kernelFlags: gccFlags([]),
      // how the compiler spells what C cannot say, CPU features the library checks, whether run carries its C library in itself
      spellings: portable, features: [], program: 'shared',
    };

    /** What lowering and the draft model reason with: one vector register, how many, multiply-adds per cycle, caches in bytes, hertz, bytes per second. */
    const target = {
      id: \`\${id}:plain\`, isa: 'plain', vectorBytes: 16, registers: 16, fmaPerCycle: 1, fmaLatency: 4, loadsPerCycle: 1,
      caches: { l1: 32 << 10, l2: 512 << 10, l3: 8 << 20 }, clock: 2e9, bandwidths: { l2: 3e10, l3: 1.5e10, memory: 1e10 },
    };

    export const plugin = cpuPlugin({
      id, isas,
      resolve: async (isa) => (isas.includes(isa) ? succeed(target) : fail({ code: 'target-unknown', stage: 'compile', message: \`\${id} has no instruction set "\${isa}"; choose \${isas.join(', ')}\` })),
      toolchain: () => toolchain,
      // where candidates are measured; a target that is not here refuses, or models times under an emulator (openModelledDevice)
      device: async (_, options) => openCpuDevice(toolchain, target, options, { cpu: 'this CPU', peak: 'generic' }),
      // how a compiled folder runs here; under an emulator or a driver with openProgramSession
      session: openNativeSession,
      requirements: async () => {
        const version = await compilerVersion(toolchain);
        return [{ what: toolchain.compiler, purpose: 'build', found: version.ok ? version.value : null, install: toolchain.install }];
      },
    });

    export default new ContainerModule(({ bind }) => {
      bind(HardwarePlugin).toConstantValue(plugin);
    });`}\n`,
  'index.test.js': `${code`
    /** What every hardware plugin keeps. */
    import { hardwareChecks } from 'loopsmith/plugin';
    import { test } from 'node:test';
    import { plugin } from './index.js';

    for (const { name, run } of hardwareChecks(plugin)) test(name, run);`}\n`,
});
