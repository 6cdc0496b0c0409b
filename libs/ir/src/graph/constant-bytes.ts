/** How much a network knows before it runs. Counts values as the model has them: what packing, padding and transforms add is not known here. */
import { product } from '@loopsmith/util';
import { bytesOf } from '../dtype.js';
import type { Network } from './network.js';

/** Bytes of the constants that calls or outputs use, each counted once. */
export const constantBytes = (network: Network): number => {
  const used = new Set([...network.calls.flatMap((call) => call.inputs), ...network.outputs]);
  return [...used].reduce((bytes, name) => {
    const data = network.tensors.get(name)?.data;
    return data ? bytes + product(data.shape) * bytesOf[data.dtype] : bytes;
  }, 0);
};
