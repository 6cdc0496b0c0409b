/** The ROCm hardware plugin on one screen: what is AMD's own beside the parts that all GPUs share. */
import { cudaC, vendorGpuPlugin, type OnCpu } from '@loopsmith/codegen-gpu';
import { succeed } from '@loopsmith/util';
import { architectureNames, architectureOf, pluginId, targetOf } from './architectures.js';
import { compileHip, findCompiler, install } from './compiler.js';

/** With the architecture's threads in step. */
export const rocmOnCpu = (isa: string): OnCpu => ({ language: 'HIP', standIn: { source: 'hip.c', library: 'libamdhip64.so' }, warp: architectureOf(isa).wave });

export const rocm = vendorGpuPlugin({
  id: pluginId, isas: architectureNames, target: targetOf,
  // a code object is for one architecture and runs on no other
  isaFor: (architecture) => architectureNames.find((name) => name === architecture) ?? null,
  dialect: cudaC, driver: 'hip_driver.c', textFile: 'kernels.hip', imageFile: () => 'kernels.co',
  onCpu: rocmOnCpu,
  compiler: async (isa) => {
    const found = await findCompiler();
    return found.ok ? succeed({ version: `${found.value} for ${isa}`, code: (texts, options) => compileHip(isa, texts, options) }) : found;
  },
  needs: 'an AMD GPU',
  compilers: async () => {
    const found = await findCompiler();
    return [{ what: 'clang-19 and lld-19', purpose: 'build', found: found.ok ? found.value : null, install }];
  },
});
