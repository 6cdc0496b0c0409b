/** The device of a GPU target that is at hand: the harness of this machine, whose children hand candidates over to the driver. */
import { join } from 'node:path';
import { release, type as osName } from 'node:os';
import { compileReference, loopsmithVersion } from '@loopsmith/codegen-cpu';
import type { Device, DeviceOptions, Target } from '@loopsmith/contracts';
import { openLocalDevice, temperatureOf } from '@loopsmith/runtime';
import type { Outcome } from '@loopsmith/util';
import { hostToolchain } from './host-toolchain.js';
import { openOnCpu, type OnCpu } from './on-cpu.js';

/** A driver's compiler needs this long and this much when its cache is cold. */
const opening = { milliseconds: 20_000, memoryBytes: 2 * 2 ** 30 };

/** `name`: of the device, as records carry it. */
export const openGpuDevice = (target: Target, options: DeviceOptions, { name, driver }: { readonly name: string; readonly driver: string }): Promise<Outcome<Device>> =>
  openLocalDevice(options, {
    target,
    environment: { cpu: name, isa: target.isa, compiler: driver, os: `${osName()} ${release()}`, threads: options.threads, loopsmith: loopsmithVersion },
    // a network whose weights stay in the device's cache from one inference to the next finds them there
    weights: temperatureOf(options.weightBytes ?? 0, target) === 'memory' ? 'memory' : 'warm', clock: 'device',
    compileReference: (definition) => compileReference(hostToolchain, definition, join(options.directory, 'references')),
    opening,
  });

/** What stands in for a GPU that is not here: its kernels run on this CPU and their answers are checked, times are the draft model's. The environment is that of no machine. */
export const openModelledGpuDevice = async (
  target: Target,
  options: DeviceOptions,
  { onCpu, compiler }: { readonly onCpu: OnCpu; readonly compiler: string },
): Promise<Outcome<Device>> => {
  const standIn = await openOnCpu(onCpu, join(options.directory, 'on-cpu'), null);
  if (!standIn.ok) return standIn;
  return openLocalDevice(options, {
    target,
    standIn: standIn.value,
    weights: 'warm',
    opening,
    environment: {
      cpu: `modelled ${target.isa}`,
      isa: target.isa,
      compiler,
      os: standIn.value.how,
      threads: options.threads,
      loopsmith: loopsmithVersion,
    },
    compileReference: (definition) => compileReference(hostToolchain, definition, join(options.directory, 'references')),
  });
};
