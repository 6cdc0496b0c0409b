/**
 * Drops calls that copy a tensor as it is, which moves in a row come to where one undoes the other. Readers read the source. A
 * copy that makes an output of the model stays: a signature has no aliases.
 */
import { outputOf, shapeOf, type Network } from '@loopsmith/ir';
import { copiedInput } from './remove-identity.js';

export const removeCopies = (network: Network): Network => {
  const sources = new Map<string, string>();
  const calls = network.calls.flatMap((call) => {
    const inputs = call.inputs.map((name) => sources.get(name) ?? name), at = copiedInput(call.definition);
    if (
      at === undefined ||
      network.outputs.includes(call.output) ||
      network.tensors.get(inputs[at]!)!.data ||
      shapeOf(outputOf(call.definition)).join() !== network.tensors.get(inputs[at]!)!.shape.join()
    )
      return [{ ...call, inputs }];
    sources.set(call.output, inputs[at]!);
    return [];
  });
  return { ...network, calls, tensors: new Map([...network.tensors].filter(([name]) => !sources.has(name))) };
};
