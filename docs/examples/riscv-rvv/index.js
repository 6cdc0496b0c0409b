/**
 * A hardware plugin for RISC-V processors with vectors (RVV 1.0): clang builds, qemu checks answers. Everything that CPUs share
 * (spaces, builder, packaging, references) comes from `cpuPlugin`; here is what is RISC-V's own.
 */
// @ts-check
import {
  clangFlags, compilerVersion, ContainerModule, cpuPlugin, fail, HardwarePlugin, openModelledDevice, openProgramSession, portable, programVersion, readManifest, succeed,
} from 'loopsmith/plugin';

const id = 'riscv-rvv', isas = ['rv64gcv'];

/** @type {import('loopsmith/plugin').Toolchain} */
const toolchain = {
  compiler: 'clang-19', archiver: 'riscv64-linux-gnu-ar', install: 'apt-get install clang-19 gcc-riscv64-linux-gnu libc6-dev-riscv64-cross',
  machine: ['--target=riscv64-linux-gnu', '-march=rv64gcv', '-mabi=lp64d'],
  // without -mno-relax a linker may move the targets of branches, and disassembly of a loop means nothing
  kernelFlags: [...clangFlags([]), '-mno-relax', '-fno-unroll-loops'],
  spellings: portable, features: [], program: 'static', modelled: { pipelines: null },
};

/** Sixteen bytes are the least that RVV 1.0 has, so that the code is right whatever the length of the vectors. */
const target = {
  id: `${id}:rv64gcv`, isa: 'rv64gcv', vectorBytes: 16, registers: 32, accumulators: 24, fmaPerCycle: 1, fmaLatency: 5, loadsPerCycle: 1,
  caches: { l1: 32 << 10, l2: 512 << 10, l3: 2 << 20 }, clock: 1.6e9, bandwidths: { l2: 12e9, l3: 8e9, memory: 4e9 },
};

const emulator = 'qemu-riscv64', installEmulator = 'apt-get install qemu-user';

const standIn = async () => {
  const how = await programVersion(emulator);
  if (how === null) return fail({ code: 'emulator-missing', stage: 'run', message: `${emulator} is not installed or not on PATH, so code for ${target.id} cannot run on this machine; install it (Debian: ${installEmulator}) or use the folder on a board` });
  return succeed({ how, command: [emulator, '-cpu', 'rv64,v=true,vlen=256,vext_spec=v1.0', '-L', '/usr/riscv64-linux-gnu'], machine: toolchain.machine });
};

export const riscvRvv = cpuPlugin({
  id, isas,
  resolve: async (isa) => (isas.includes(isa) ? succeed(target) : fail({ code: 'target-unknown', stage: 'compile', message: `${id} has no instruction set "${isa}"; choose ${isas.join(', ')}` })),
  toolchain: () => toolchain,
  device: async (_, options) => {
    if (!options.modelled) return fail({ code: 'device-missing', stage: 'measure', message: `nothing can be measured here: ${target.id} needs a RISC-V processor with vectors; add --modelled to check answers under ${emulator} and rank by the draft model` });
    const found = await standIn();
    return found.ok ? openModelledDevice(toolchain, target, options, found.value) : found;
  },
  session: async (directory, threads) => {
    const manifest = await readManifest(directory);
    if (!manifest.ok) return manifest;
    const found = await standIn();
    return found.ok ? openProgramSession(directory, threads, { kind: 'emulated', ...found.value }) : found;
  },
  requirements: async () => {
    const version = await compilerVersion(toolchain);
    return [
      { what: toolchain.compiler, purpose: 'build', found: version.ok ? version.value : null, install: toolchain.install },
      { what: emulator, purpose: 'answers', found: await programVersion(emulator), install: installEmulator },
      { what: 'a RISC-V processor with vectors', purpose: 'measure', found: null, install: 'none: run Loopsmith on the board' },
    ];
  },
});

export default new ContainerModule(({ bind }) => {
  bind(HardwarePlugin).toConstantValue(riscvRvv);
});
