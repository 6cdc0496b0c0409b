/** The CUDA hardware plugin on one screen: what is NVIDIA's own beside the parts that all GPUs share. */
import { cudaC, vendorGpuPlugin, type OnCpu } from '@loopsmith/codegen-gpu';
import { succeed } from '@loopsmith/util';
import { architectureFor, architectureNames, pluginId, targetOf } from './architectures.js';
import { findCompiler, installNvrtc } from './compiler.js';

/** First bytes of an ELF file, as cubins are. */
const isElf = (image: Uint8Array): boolean => image[0] === 0x7f && image[1] === 0x45;

export const cudaOnCpu: OnCpu = { language: 'CUDA C', standIn: { source: 'cuda.c', library: 'libcuda.so.1' }, warp: 32 };

export const cuda = vendorGpuPlugin({
  id: pluginId, isas: architectureNames, target: targetOf, isaFor: architectureFor,
  dialect: cudaC, driver: 'cuda_driver.c', textFile: 'kernels.cu', imageFile: (image) => (isElf(image) ? 'kernels.cubin' : 'kernels.ptx'),
  onCpu: () => cudaOnCpu,
  compiler: async (isa) => {
    const found = await findCompiler();
    return found.ok ? succeed({ version: `${found.value.version} for ${isa}`, code: (texts, options) => found.value.compile(isa, texts, options) }) : found;
  },
  needs: 'an NVIDIA GPU',
  compilers: async () => {
    const found = await findCompiler();
    return [{ what: 'NVRTC 12 (13 has no sm_61), or clang-19 for PTX alone', purpose: 'build', found: found.ok ? found.value.version : null, install: installNvrtc }];
  },
});
