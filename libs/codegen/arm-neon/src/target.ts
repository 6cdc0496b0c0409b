/** Makes a Target of an architecture or a core by name. Nothing is asked of this machine: code for Arm is built anywhere. */
import type { Target } from '@loopsmith/contracts';
import { didYouMean, fail, succeed, type Outcome } from '@loopsmith/util';
import { armCpus, type Architecture, type ArmCpu } from './cpus.js';

export const pluginId = 'arm-neon';

/** Registers of four floats, and accumulators that compilers keep in them beside what feeds them: more end on the stack. */
const registers: Readonly<Record<Architecture, { readonly registers: number; readonly accumulators: number }>> = {
  aarch64: { registers: 32, accumulators: 24 },
  armv7: { registers: 16, accumulators: 8 },
};

export const cpuOf = (isa: string): ArmCpu => {
  const cpu = armCpus.find(({ name }) => name === isa);
  if (!cpu) throw new Error(`${pluginId}:${isa} is no target of ${pluginId}`);
  return cpu;
};

/** `host` is the architecture of this machine, where it is one of them. */
export const resolveTarget = (isa: string, own: Architecture | null): Outcome<Target> => {
  const names = armCpus.map(({ name }) => name), choices = names.join(', ');
  if (isa === 'host' && own === null)
    return fail({
      code: 'target-unknown',
      stage: 'compile',
      message: `this machine is no Arm processor, so arm-neon:host means nothing here; choose ${choices}`,
    });
  const cpu = armCpus.find(({ name }) => name === (isa === 'host' ? own : isa));
  if (!cpu) return fail({ code: 'target-unknown', stage: 'compile', message: `arm-neon has no processor "${isa}"${didYouMean(isa, names)}; choose host, ${choices}` });
  const { name, architecture, fmaPerCycle, fmaLatency, loadsPerCycle, clock, caches } = cpu;
  return succeed({
    id: `${pluginId}:${name}`, isa: name, vectorBytes: 16, ...registers[architecture], fmaPerCycle, fmaLatency, loadsPerCycle, caches, clock,
    bandwidths: { l2: clock * 8, l3: clock * 4, memory: 4e9 },
  });
};
