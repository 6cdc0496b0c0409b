/** Targets by name, and what is said when there is none of that name. */
import { expect } from 'chai';
import { unwrap } from '@loopsmith/util';
import { armCpus } from './cpus.js';
import { resolveTarget } from './target.js';

const refusal = (isa: string, own: 'aarch64' | null): string => { const made = resolveTarget(isa, own); return made.ok ? '' : made.failure.message; };
const names = armCpus.map(({ name }) => name).join(', ');

describe('Arm targets', () => {
  it('have the registers of their architecture and the figures of their core', () => {
    expect(unwrap(resolveTarget('cortex-a72', null))).to.deep.include({ id: 'arm-neon:cortex-a72', isa: 'cortex-a72', vectorBytes: 16, registers: 32, accumulators: 24, fmaPerCycle: 1 });
    expect(unwrap(resolveTarget('cortex-a9', null))).to.deep.include({ id: 'arm-neon:cortex-a9', registers: 16, accumulators: 8, fmaPerCycle: 0.5 });
    expect(unwrap(resolveTarget('host', 'aarch64')).id).to.equal('arm-neon:aarch64');
  });
  it('are refused by unknown names, with those there are', () => {
    expect(refusal('cortex-m3', null)).to.equal(`arm-neon has no processor "cortex-m3"; choose host, ${names}`);
    expect(refusal('host', null)).to.equal(`this machine is no Arm processor, so arm-neon:host means nothing here; choose ${names}`);
  });
});
