/** Targets by name, and what is said when there is none of that name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { unwrap } from '@loopsmith/util';
import { armCpus } from './cpus.js';
import { armNeon } from './plugin.js';
import { resolveTarget } from './target.js';
import { hardwareChecks } from '@loopsmith/kits';

const refusal = (isa: string, own: 'aarch64' | null): string => { const made = resolveTarget(isa, own); return made.ok ? '' : made.failure.message; };
const names = armCpus.map(({ name }) => name).join(', ');

describe('Arm targets', () => {
  it('have the registers of their architecture and the figures of their core', () => {
    expect(unwrap(resolveTarget('cortex-a72', null))).to.deep.include({ id: 'arm-neon:cortex-a72', isa: 'cortex-a72', vectorBytes: 16, registers: 32, accumulators: 24, fmaPerCycle: 1 });
    expect(unwrap(resolveTarget('cortex-a9', null))).to.deep.include({ id: 'arm-neon:cortex-a9', registers: 16, accumulators: 8, fmaPerCycle: 0.5 });
    expect(unwrap(resolveTarget('host', 'aarch64')).id).to.equal('arm-neon:aarch64');
  });
  it('are refused by unknown names, with those there are', () => {
    expect(refusal('cortex-m3', null)).to.equal(`arm-neon has no processor "cortex-m3" (did you mean cortex-a53 or cortex-a7 or cortex-a9?); choose host, ${names}`);
    expect(refusal('host', null)).to.equal(`this machine is no Arm processor, so arm-neon:host means nothing here; choose ${names}`);
  });
});

describe('arm-neon, as any hardware plugin,', () => {
  for (const { name, run } of hardwareChecks(armNeon)) it(name, run);

  it('refuses a folder for a processor that it does not know', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'loopsmith-arm-'));
    try {
      writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ v: 1, target: 'arm-neon:cortex-z1', threads: 1, inputs: [], outputs: [] }));
      const opened = await armNeon.session(directory, 1);
      expect(opened.ok ? '' : opened.failure.message).to.equal(
        `${directory} is for arm-neon:cortex-z1, and arm-neon has no such processor; write it anew with \`loopsmith compile --target arm-neon:NAME\`, NAME one of ${names}`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('is caught by the kit when it breaks a rule', async () => {
    let emitted = 0;
    const broken = { ...armNeon, emit: (...of: Parameters<typeof armNeon.emit>) => ({ ...armNeon.emit(...of), source: `kernel_kit ${emitted++}` }), requirements: () => Promise.resolve([{ what: 'a compiler', purpose: 'build', found: null, install: '' } as const]) };
    const complaints: string[] = [];
    for (const { run } of hardwareChecks(broken)) try { await run(); } catch (error) { complaints.push((error as Error).message); }
    expect(complaints).to.deep.equal([
      'the kernel of conv2d, emitted twice: ' + complaints[0]!.slice('the kernel of conv2d, emitted twice: '.length),
      'requirement "a compiler" has no way out; name the command that installs it',
    ]);
  });
});
