/** This machine's own CPU as the device of a target: the local device of the runtime, with references built by the target's toolchain. */
import { join } from 'node:path';
import { release, type as osName } from 'node:os';
import { kernelFlagsOf, compilerVersion, type Toolchain } from './toolchain.js';
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { openLocalDevice, temperatureOf, type LocalDevice, type PeakIsa, type StandIn } from '@loopsmith/runtime';
import type { Device, DeviceOptions, Environment, Target } from '@loopsmith/contracts';
import { compileReference } from './reference.js';

/** Loopsmith's version, as environments carry it: records of kernels that another version emitted are another environment's. */
export const loopsmithVersion = '0.1.0';

/** `cpu`: its model, as records name it. `peak`: the multiply-adds that tell what its cores reach. */
export const openCpuDevice = async (
  toolchain: Toolchain,
  target: Target,
  options: DeviceOptions,
  host: { readonly cpu: string; readonly peak: PeakIsa },
): Promise<Outcome<LocalDevice>> => {
  if (options.modelled)
    return fail({ code: 'device-present', stage: 'measure', message: `${target.id} can be measured on this machine; leave out --modelled` });
  const version = await compilerVersion(toolchain);
  if (!version.ok) return version;
  const device = await openLocalDevice(options, {
    target,
    environment: environmentOf(toolchain, target, options, version.value, { cpu: host.cpu, os: `${osName()} ${release()}` }),
    weights: temperatureOf(options.weightBytes ?? 0, target),
    compileReference: (definition) => compileReference(toolchain, definition, join(options.directory, 'references')),
    compiler: toolchain.compiler,
  });
  if (!device.ok) return device;
  return succeed({
    ...device.value,
    limit: async () => {
      const peak = await device.value.peak(host.peak);
      return peak.ok ? succeed(peak.value.flops) : peak;
    },
  });
};

/**
 * What stands in for a processor that is not here: the harness runs under an emulator and checks answers, times are the draft
 * model's, as the toolchain's build reports have them. Its environment is that of no machine.
 */
export const openModelledDevice = async (toolchain: Toolchain, target: Target, options: DeviceOptions, standIn: StandIn): Promise<Outcome<Device>> => {
  const version = await compilerVersion(toolchain);
  if (!version.ok) return version;
  return openLocalDevice(options, {
    target, standIn, weights: 'l3', compiler: toolchain.compiler,
    environment: environmentOf(toolchain, target, options, version.value, { cpu: `modelled ${target.isa}`, os: standIn.how }),
    compileReference: (definition) => compileReference(toolchain, definition, join(options.directory, 'references')),
  });
};

const environmentOf = (toolchain: Toolchain, { isa }: Target, { threads }: DeviceOptions, compiler: string, place: Pick<Environment, 'cpu' | 'os'>): Environment =>
  ({ ...place, isa, compiler: `${compiler} ${kernelFlagsOf(toolchain).join(' ')}`, threads, loopsmith: loopsmithVersion });
