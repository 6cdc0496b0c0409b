/**
 * Gives every tensor between calls the place its readers like: where axis 1 is channels, they are stored in blocks,
 * so that a vector holds neighbouring channels of one pixel. The signature stays plain; the first call reads it as it is, but for
 * windows over many channels, to which it is copied, and what a convolution makes for it is copied out of blocks. What is computed channel by channel of a signature
 * of few channels stays plain too. Definitions read through layouts, so that any choice here is correct and needs no conversion.
 */
import { product } from '@loopsmith/util';
import { blockedLayout, outputOf, type Call, type Network, type NetworkTensor } from '@loopsmith/ir';
import { channelTensors, isSpatial, slidesPerChannel } from './channel-tensors.js';
import { copyCall } from './copy-call.js';
import { freshName, takeName } from './edit.js';
import { isElementwise } from './join.js';

/** `lanes` is the channel block of the target; 1 keeps everything plain. Channels are rounded up to whole blocks. */
export const assignLayouts = (network: Network, lanes: number): Network => {
  if (lanes === 1) return network;
  const rows = fewChannels(network, lanes), { calls, tensors } = copiedOut(copiedIn(network, lanes), rows), channels = channelTensors({ ...network, calls, tensors });
  const plain = new Set([...network.inputs, ...network.outputs, ...rows]);
  return {
    ...network, calls,
    tensors: new Map([...tensors].map(([name, tensor]) => {
      // one channel would be stored lanes times over, to no use
      const blocks = !plain.has(name) && channels.has(name) && tensor.shape[1]! > 1;
      return [name, blocks ? { ...tensor, layout: blockedLayout(tensor.shape, 1, lanes) } : tensor];
    })),
  };
};

/**
 * Tensors whose channels fill at most half a block and that come from the signature by calls that keep channels apart (pools, filters and formulas over an image):
 * a block would be mostly padding, and rows are there already.
 */
const fewChannels = (network: Network, lanes: number): ReadonlySet<string> => {
  const isFew = (name: string): boolean => 2 * network.tensors.get(name)!.shape[1]! <= lanes;
  const found = new Set(network.inputs.filter((name) => network.tensors.get(name)!.shape.length > 2 && isFew(name)));
  for (const { definition, inputs, output } of network.calls) {
    if (!isElementwise(definition) && !slidesPerChannel(definition)) continue;
    const rank = network.tensors.get(output)!.shape.length, alike = inputs.filter((name) => {
      const { data, shape } = network.tensors.get(name)!;
      return !data && shape.length === rank;
    });
    if (alike.length > 0 && isFew(output) && alike.every((name) => found.has(name))) found.add(output);
  }
  return found;
};

/**
 * Windows read an element of each channel many times, and from rows lanes of channels are gathered one by one: what they read of the signature is copied
 * into blocks once, where its channels fill one. A sum over channels reads one element for all its lanes, and takes rows as they are.
 */
const copiedIn = (network: Network, lanes: number): Network => {
  const tensors = new Map<string, NetworkTensor>(network.tensors), names = new Set(network.calls.map((call) => call.name)), copies: Call[] = [];
  const blocked = new Map<string, string>();
  const calls = network.calls.map((call): Call => {
    if (!slidesPerChannel(call.definition)) return call;
    const inputs = call.inputs.map((name) => {
      const given = tensors.get(name)!;
      if (!network.inputs.includes(name) || given.shape.length !== outputOf(call.definition).axes.length || given.shape[1]! < lanes) return name;
      let copy = blocked.get(name);
      if (copy === undefined) {
        copy = freshName(tensors, `${name}.blocked`);
        tensors.set(copy, { ...given, name: copy });
        blocked.set(name, copy);
        copies.push(copyCall(takeName(names, `${name}.in`), given, copy));
      }
      return copy;
    });
    return { ...call, inputs };
  });
  return { ...network, tensors, calls: [...copies, ...calls] };
};

/** What a spatial call makes for the signature, if it has more than one pixel, gets a tensor of its own, and a copy behind it: a register tile of channels cannot store rows. */
const copiedOut = (network: Network, rows: ReadonlySet<string>): Pick<Network, 'calls' | 'tensors'> => {
  const tensors = new Map<string, NetworkTensor>(network.tensors), names = new Set(network.calls.map((call) => call.name));
  /** What is read instead of an output. */
  const blocked = new Map<string, string>();
  const calls = network.calls.flatMap((call): readonly Call[] => {
    const inputs = call.inputs.map((name) => blocked.get(name) ?? name), made = tensors.get(call.output)!;
    if (
      !network.outputs.includes(call.output) ||
      rows.has(call.output) ||
      made.shape[1] === 1 ||
      product(made.shape.slice(2)) === 1 ||
      !isSpatial(call.definition)
    )
      return [{ ...call, inputs }];
    const name = freshName(tensors, `${call.output}.blocked`);
    tensors.set(name, { ...made, name });
    blocked.set(call.output, name);
    return [{ ...call, inputs, output: name }, copyCall(takeName(names, `${call.name}.out`), { ...made, name }, call.output)];
  });
  return { calls, tensors };
};
