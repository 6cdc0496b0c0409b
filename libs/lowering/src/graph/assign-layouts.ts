/**
 * Gives every tensor between calls the place its readers like: four axes [n, c, y, x] are stored in blocks of channels, so
 * that a vector holds neighbouring channels of one pixel. The signature stays plain; the first call reads it as it is.
 * Definitions read through layouts, so that any choice here is correct and needs no conversion.
 */
import { blockedLayout, type Network } from '@loopsmith/ir';

/** `lanes` is the channel block of the target; 1 keeps everything plain. Channels are rounded up to whole blocks. */
export const assignLayouts = (network: Network, lanes: number): Network => {
  const plain = new Set([...network.inputs, ...network.outputs]);
  return {
    ...network,
    tensors: new Map([...network.tensors].map(([name, tensor]) => {
      // one channel would be stored lanes times over, to no use
      const blocks = lanes > 1 && !plain.has(name) && !tensor.data && tensor.shape.length === 4 && tensor.shape[1]! > 1;
      return [name, blocks ? { ...tensor, layout: blockedLayout(tensor.shape, 1, lanes) } : tensor];
    })),
  };
};
