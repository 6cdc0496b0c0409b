/** Which instruction set a CPU gets, from the text the kernel gives of it; what is said when there is none of that name. */
import { expect } from 'chai';
import { unwrap } from '@loopsmith/util';
import { parseCacheSize, parseCpuInfo, type HostCpu } from './host.js';
import { missingFeatures, resolveTarget } from './target.js';
import { isas } from './isa.js';

const cpuinfo = (flags: string): string => [0, 1].map((core) =>
  `processor\t: ${core}\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\nstepping\t: 1\ncpu MHz\t\t: 2445.431\nflags\t\t: fpu sse2 ${flags}\n`).join('\n');
const host = (flags: string): HostCpu => ({ ...parseCpuInfo(cpuinfo(flags)), caches: { l1: 32 << 10, l2: 512 << 10, l3: 32 << 20 } });

describe('x86 targets', () => {
  it('read the CPU from /proc/cpuinfo', () => {
    const { model, cores, hertz, flags } = parseCpuInfo(cpuinfo('avx2 fma'));
    expect({ model, cores, hertz }).to.deep.equal({ model: 'AMD EPYC (family 25 model 1 stepping 1)', cores: 2, hertz: 2445.431e6 });
    expect([...flags]).to.include.members(['avx2', 'fma', 'sse2']);
    expect(['32K', '512K', '32M', '1G', 'nonsense'].map(parseCacheSize)).to.deep.equal([32768, 524288, 33554432, 1073741824, 0]);
  });

  for (const [flags, isa] of [['', 'sse2'], ['avx2', 'sse2'], ['avx2 fma', 'avx2'], ['avx2 fma avx512f', 'avx2'], ['avx2 fma avx512f avx512vl avx512dq avx512bw', 'avx512']] as const)
    it(`take ${isa} for a CPU with "${flags}"`, () => { expect(unwrap(resolveTarget('host', host(flags))).id).to.equal(`x86-avx:${isa}`); });

  it('can be named whatever the CPU, and say what it lacks to run them', () => {
    const target = unwrap(resolveTarget('avx512', host('avx2 fma')));
    expect({ bytes: target.vectorBytes, registers: target.registers }).to.deep.equal({ bytes: 64, registers: 32 });
    expect(missingFeatures(isas[0]!, host('avx2 fma'))).to.deep.equal(['avx512f', 'avx512vl', 'avx512dq', 'avx512bw']);
  });

  it('refuse an unknown name with those there are', () => {
    const refused = resolveTarget('avx1024', host('avx2 fma'));
    expect(refused.ok ? '' : refused.failure.message).to.equal('x86-avx has no instruction set "avx1024"; choose host, avx512, avx2, sse2');
  });
});
