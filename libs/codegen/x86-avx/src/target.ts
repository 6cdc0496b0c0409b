/** Makes a Target of an ISA and this machine's caches. Bandwidths are common figures per core, for ranking drafts only. */
import { didYouMean, fail, succeed, type Outcome } from '@loopsmith/util';
import type { Target } from '@loopsmith/contracts';
import type { HostCpu } from './host.js';
import { isas, type Isa } from './isa.js';

export const pluginId = 'x86-avx';

export const isaOf = (target: Target): Isa => {
  const isa = isas.find(({ name }) => name === target.isa);
  if (!isa) throw new Error(`${target.id} is no target of ${pluginId}`);
  return isa;
};

/** The best ISA of this CPU for `host`, else the one named: code for it can be built anywhere, and runs where the CPU has it. */
export const resolveTarget = (isa: string, host: HostCpu): Outcome<Target> => {
  const found = isa === 'host' ? isas.find(({ toolchain }) => toolchain.features.every((feature) => host.flags.has(feature))) : isas.find(({ name }) => name === isa);
  if (!found) {
    return fail({ code: 'target-unknown', stage: 'compile', message: `x86-avx has no instruction set "${isa}"${didYouMean(isa, isas.map(({ name }) => name))}; choose host, ${isas.map(({ name }) => name).join(', ')}` });
  }
  return succeed({
    id: `${pluginId}:${found.name}`, isa: found.name, ...found.core,
    caches: host.caches, clock: Math.max(host.hertz, 1e9), bandwidths: { l2: host.hertz * 32, l3: host.hertz * 11, memory: 20e9 },
  });
};

/** Features of the ISA that this CPU lacks: empty when its code can run here. */
export const missingFeatures = (isa: Isa, host: HostCpu): readonly string[] => isa.toolchain.features.filter((feature) => !host.flags.has(feature));
