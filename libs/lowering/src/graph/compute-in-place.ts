/**
 * Lets a call write over the first of its operands that it may (see `memoryFaults`): the shortcut of a residual sum, the operand of
 * an elementwise call. The task says that the two share memory, and its kernel promises the compiler nothing about them.
 */
import { memoryFaults, type Network } from '@loopsmith/ir';

export const computeInPlace = (network: Network): Network => {
  const faultOf = memoryFaults(network);
  return {
    ...network,
    calls: network.calls.map((call) => {
      const at = call.inputs.findIndex((_, position) => faultOf(call, position) === undefined);
      return at < 0 ? call : { ...call, inPlace: at };
    }),
  };
};
