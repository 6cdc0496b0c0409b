/** The x86 hardware plugin on one screen: instruction sets, space, emitter, compiler, device, packaging. */
import { cpuSpace } from '@loopsmith/codegen-cpu';
import type { HardwarePlugin } from '@loopsmith/contracts';
import { openNativeSession } from '@loopsmith/runtime';
import { openBuilder } from './builder.js';
import { openDevice } from './device.js';
import { emit, lower } from './emit.js';
import { readHost } from './host.js';
import { isas } from './isa.js';
import { writePackage } from './package.js';
import { x86Requirements } from './requirements.js';
import { pluginId, resolveTarget } from './target.js';

export const x86Avx: HardwarePlugin = {
  id: pluginId,
  isas: isas.map(({ name }) => name),
  resolve: async (isa) => resolveTarget(isa, await readHost()),
  // one block size for the whole graph: the lanes of f32
  channelBlock: (target) => target.vectorBytes / 4,
  space: cpuSpace,
  lower,
  emit,
  builder: openBuilder,
  device: openDevice,
  package: writePackage,
  session: openNativeSession,
  requirements: x86Requirements,
};
