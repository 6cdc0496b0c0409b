/**
 * Compilers for Arm: Debian's cross gcc for 64-bit state (on a 64-bit Arm machine it is the native one by the same name), clang
 * for 32-bit state, where gcc 12 writes vector arithmetic one lane at a time.
 */
import { clangFlags, gccFlags, portable } from '@loopsmith/codegen-c-family';
import type { Toolchain } from '@loopsmith/codegen-cpu';
import type { ArmCpu, Architecture } from './cpus.js';

const pipelineModeller = 'llvm-mca-19';
const modelled = (triple: string, processor: string | null): NonNullable<Toolchain['modelled']> => ({
  pipelines: processor === null ? null : { program: pipelineModeller, triple, processor, attributes: '+neon' },
});

const toolchains: Readonly<Record<Architecture, (cpu: ArmCpu) => Toolchain>> = {
  aarch64: ({ compiler, pipelines }) => ({
    compiler: 'aarch64-linux-gnu-gcc',
    archiver: 'aarch64-linux-gnu-ar',
    install: 'apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
    machine: [],
    kernelFlags: gccFlags(compiler === null ? [] : [`-mcpu=${compiler}`]),
    spellings: portable,
    features: ['neon'],
    program: 'static',
    modelled: modelled('aarch64-linux-gnu', pipelines),
  }),
  armv7: ({ compiler, pipelines }) => ({
    compiler: 'clang-19',
    archiver: 'arm-linux-gnueabihf-ar',
    install: 'apt-get install clang-19 gcc-arm-linux-gnueabihf libc6-dev-armhf-cross',
    // the library itself is for any ARMv7 with hard floats, so that it can say when there is no NEON
    machine: ['--target=arm-linux-gnueabihf', '-march=armv7-a', '-mfpu=vfpv3-d16'],
    // under `fast` clang never writes vmla, which rounds between multiply and add as the two do; unrolled, the reduction leaves the registers
    kernelFlags: clangFlags([...(compiler === null ? [] : [`-mcpu=${compiler}`]), '-mfpu=neon', '-ffp-contract=on', '-fno-unroll-loops']),
    spellings: portable,
    features: ['neon'],
    program: 'static',
    modelled: modelled('arm-linux-gnueabihf', pipelines),
  }),
};

export const toolchainOf = (cpu: ArmCpu): Toolchain => toolchains[cpu.architecture](cpu);
