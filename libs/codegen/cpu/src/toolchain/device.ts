/** This machine's own CPU as the device of a target: the local device of the runtime, with references built by the target's toolchain. */
import { join } from 'node:path';
import { release, type as osName } from 'node:os';
import { kernelFlagsOf, compilerVersion, type Toolchain } from './toolchain.js';
import { succeed, type Outcome } from '@loopsmith/util';
import { openLocalDevice, temperatureOf, type LocalDevice, type PeakIsa } from '@loopsmith/runtime';
import type { DeviceOptions, Target } from '@loopsmith/contracts';
import { compileReference } from './reference.js';

/** Loopsmith's version, as environments carry it: records of kernels that another version emitted are another environment's. */
export const loopsmithVersion = '0.1.0';

/** `cpu`: its model, as records name it. `peak`: the multiply-adds that tell what its cores reach. */
export const openCpuDevice = async (toolchain: Toolchain, target: Target, options: DeviceOptions, host: { readonly cpu: string; readonly peak: PeakIsa }): Promise<Outcome<LocalDevice>> => {
  const version = await compilerVersion(toolchain);
  if (!version.ok) return version;
  const device = await openLocalDevice(options, {
    target,
    environment: {
      cpu: host.cpu, isa: target.isa, compiler: `${version.value} ${kernelFlagsOf(toolchain).join(' ')}`,
      os: `${osName()} ${release()}`, threads: options.threads, loopsmith: loopsmithVersion,
    },
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
