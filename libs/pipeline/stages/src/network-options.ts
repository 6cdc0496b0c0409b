/** What a target asks of the passes from a graph to its network: the block of channels, and where tensors may start. It runs no pass. */
import type { HardwarePlugin, Target } from '@loopsmith/contracts';
import type { NetworkOptions } from '@loopsmith/lowering';

/** For `toNetwork`. A GPU loads and stores several elements at once only where they start at a multiple of their size. */
export const networkOptions = (hardware: Pick<HardwarePlugin, 'channelBlock'>, target: Target): NetworkOptions =>
  ({ channelBlock: hardware.channelBlock(target), ...(target.gpu ? { sliceBytes: target.vectorBytes } : {}) });
