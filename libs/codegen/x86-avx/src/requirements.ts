/** What x86 targets need on this machine: a compiler to build, the instruction set to run. Installs nothing. */
import type { Requirement } from '@loopsmith/contracts';
import { compilerVersion } from './builder.js';
import { readHost } from './host.js';
import { isas } from './isa.js';
import { missingFeatures } from './target.js';

export const x86Requirements = async (): Promise<readonly Requirement[]> => {
  const version = await compilerVersion(), host = await readHost();
  return [
    { what: 'gcc', purpose: 'build', found: version.ok ? version.value : null, install: 'apt-get install gcc libc6-dev' },
    ...isas.filter(({ features }) => features.length > 0).map((isa): Requirement => {
      const missing = missingFeatures(isa, host);
      return { what: `a CPU with ${isa.features.join(', ')}`, isas: [isa.name], purpose: 'measure', found: missing.length === 0 ? host.model : null, install: `this CPU (${host.model}) lacks ${missing.join(', ')}; run on one that has ${isa.name}` };
    }),
  ];
};
