/** The x86 hardware plugin on one screen: what is its own beside the parts that all CPUs share. */
import { compilerVersion, cpuPlugin, openCpuDevice } from '@loopsmith/codegen-cpu';
import type { Requirement } from '@loopsmith/contracts';
import { openNativeSession } from '@loopsmith/runtime';
import { fail } from '@loopsmith/util';
import { readHost } from './host.js';
import { gcc, isas } from './isa.js';
import { isaOf, missingFeatures, pluginId, resolveTarget } from './target.js';

export const x86Avx = cpuPlugin({
  id: pluginId,
  isas: isas.map(({ name }) => name),
  resolve: async (isa) => resolveTarget(isa, await readHost()),
  toolchain: (target) => isaOf(target).toolchain,
  device: async (target, options) => {
    const host = await readHost(), { name, toolchain } = isaOf(target), missing = missingFeatures(isaOf(target), host);
    if (missing.length > 0)
      return fail({
        code: 'device-missing',
        stage: 'measure',
        message: `this CPU (${host.model}) lacks ${missing.join(', ')}, so ${target.id} cannot be measured here; choose --target x86-avx:host`,
      });
    return openCpuDevice(toolchain, target, options, { cpu: host.model, peak: name === 'sse2' ? 'sse' : name });
  },
  session: openNativeSession,
  requirements: async () => {
    const version = await compilerVersion(gcc), host = await readHost();
    return [
      { what: gcc.compiler, purpose: 'build', found: version.ok ? version.value : null, install: gcc.install },
      ...isas.filter(({ toolchain }) => toolchain.features.length > 0).map((isa): Requirement => {
        const missing = missingFeatures(isa, host);
        return {
          what: `a CPU with ${isa.toolchain.features.join(', ')}`,
          isas: [isa.name],
          purpose: 'measure',
          found: missing.length === 0 ? host.model : null,
          install: `none: this CPU (${host.model}) lacks ${missing.join(', ')}`,
        };
      }),
    ];
  },
});
