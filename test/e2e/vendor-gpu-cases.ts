/** CUDA and ROCm as tests of several folders meet them where there is no such GPU. Judges nothing. */
import { cuda, cudaOnCpu, findCompiler, nvrtcLibraries } from '@loopsmith/codegen-cuda';
import type { DeviceCode } from '@loopsmith/codegen-gpu';
import { compileHip, rocm, rocmOnCpu } from '@loopsmith/codegen-rocm';
import { command, file } from '@loopsmith/testing';
import { unwrap, type Outcome } from '@loopsmith/util';

/** Device code alone of many texts for one architecture. */
export type Compile = (isa: string, texts: readonly string[]) => Promise<readonly Outcome<DeviceCode>[]>;
const compileCuda: Compile = async (isa, texts) => unwrap(await findCompiler()).compile(isa, texts, { portable: false });
const compileRocm: Compile = (isa, texts) => compileHip(isa, texts, {});

export const vendorGpus = [
  {
    name: 'CUDA', gpu: 'an NVIDIA GPU', plugin: cuda, compile: compileCuda, onCpu: cudaOnCpu, compilers: [file(nvrtcLibraries()[0]!)], isas: ['sm_61', 'sm_80', 'sm_90'], isa: 'sm_80',
    language: 'CUDA C', text: 'kernels.cu', images: ['kernels.cubin', 'kernels.ptx'], missing: 'this library runs on a GPU through CUDA, and libcuda.so.1 is not found; install the driver of your NVIDIA GPU',
    functions: { launch: 'cuLaunchKernel', replay: 'cuGraphLaunch', record: 'cuStreamBeginCapture_v2' },
  },
  {
    name: 'ROCm', gpu: 'an AMD GPU', plugin: rocm, compile: compileRocm, onCpu: rocmOnCpu('gfx90a'), compilers: [command('clang-19'), command('ld.lld-19')], isas: ['gfx900', 'gfx90a', 'gfx1100'], isa: 'gfx90a',
    language: 'HIP', text: 'kernels.hip', images: ['kernels.co'], missing: 'this library runs on a GPU through HIP, and libamdhip64.so is not found; install ROCm\'s runtime for your AMD GPU',
    functions: { launch: 'hipModuleLaunchKernel', replay: 'hipGraphLaunch', record: 'hipStreamBeginCapture' },
  },
] as const;
