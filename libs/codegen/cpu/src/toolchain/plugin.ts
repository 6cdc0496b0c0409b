/** A hardware plugin for a CPU from what is its own: names, targets, a toolchain, devices and sessions. Everything else is the same for all CPUs. */
import type { HardwarePlugin, Target } from '@loopsmith/contracts';
import { cpuSpace } from '../space.js';
import { openCpuBuilder } from './builder.js';
import { emitForCpu, lowerForCpu } from './emit.js';
import { writeCpuPackage } from './package.js';
import type { Toolchain } from './toolchain.js';

export interface CpuParts extends Pick<HardwarePlugin, 'id' | 'isas' | 'resolve' | 'device' | 'session' | 'requirements'> {
  /** Of a target that `resolve` made. */
  toolchain(target: Target): Toolchain;
}

export const cpuPlugin = ({ toolchain, ...own }: CpuParts): HardwarePlugin => ({
  ...own,
  // one block size for the whole graph: the lanes of f32
  channelBlock: (target) => target.vectorBytes / 4,
  space: cpuSpace,
  lower: lowerForCpu,
  emit: (task, lowered, symbol) => emitForCpu(toolchain(task.target).spellings, task, lowered, symbol),
  builder: (target, directory, lanes) => openCpuBuilder(toolchain(target), directory, lanes),
  package: (request) => writeCpuPackage(toolchain(request.target), request),
});
