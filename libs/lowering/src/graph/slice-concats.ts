/**
 * Lets what is concatenated be written where it will be read: each operand becomes a slice of the result's buffer, and the
 * concatenation is gone. Where the operand cannot be one (an input, a constant, an output of the model, an operand of two
 * concatenations), a copy writes the slice. Slices hold whole blocks of the layout, since the padding lanes of one would be
 * its neighbour's elements, and start where the target's kernels may; where a boundary is neither, the concatenation stays a call.
 */
import { bytesOf, firstPlace, type Call, type Layout, type Network, type NetworkTensor } from '@loopsmith/ir';
import { concatenationOf } from './concatenation.js';
import { copyCall } from './copy-call.js';
import { freshName } from './edit.js';

/** `sliceBytes`: a slice starts at a multiple of so many. */
export const sliceConcats = (network: Network, sliceBytes = 1): Network => {
  const tensors = new Map(network.tensors), made = new Set(network.calls.map((call) => call.output));
  const names = new Set(network.calls.map((call) => call.name));
  const calls: Call[] = [];
  // the last first: a result that is itself concatenated has its own place by the time its operands get theirs
  for (const call of network.calls.toReversed()) {
    const slices = slicesOf(call, tensors, sliceBytes), moved = new Set<string>();
    const copies = slices?.flatMap(({ part, layout }, i): readonly { readonly call: Call; readonly slice: NetworkTensor }[] => {
      if (
        made.has(part.name) &&
        part.sliceOf === undefined &&
        !moved.has(part.name) &&
        !network.outputs.includes(part.name) &&
        sameOrder(part.layout, layout)
      ) {
        moved.add(part.name);
        return [];
      }
      const name = freshName(tensors, `${call.output}.part${i}`);
      return [{ call: copyCall(freshName(names, `${call.name}.part${i}`), part, name), slice: { name, dtype: part.dtype, shape: part.shape, layout, sliceOf: call.output } }];
    });
    if (!slices || !copies || moved.size === 0) { calls.push(call); continue; }
    for (const { part, layout } of slices) if (moved.delete(part.name)) tensors.set(part.name, { ...part, layout, sliceOf: call.output });
    for (const copy of copies.reverse()) { tensors.set(copy.slice.name, copy.slice); names.add(copy.call.name); calls.push(copy.call); }
  }
  return { ...network, tensors, calls: calls.reverse() };
};

/** Whether two layouts order the elements of a tensor alike, wherever they begin and whatever lies between. */
const sameOrder = (a: Layout, b: Layout): boolean =>
  a.length === b.length && a.every((dim, i) => dim.axis === b[i]!.axis && dim.divide === b[i]!.divide && dim.modulo === b[i]!.modulo);

/** The places of a concatenation's operands in its result; undefined where the call is none, or a boundary cuts a block. */
const slicesOf = (
  call: Call,
  tensors: ReadonlyMap<string, NetworkTensor>,
  sliceBytes: number,
): readonly { readonly part: NetworkTensor; readonly layout: Layout }[] | undefined => {
  const found = concatenationOf(call.definition), whole = tensors.get(call.output)!;
  if (!found) return undefined;
  const { axis, parts } = found;
  const aligned = whole.layout.every(
    (dim) => dim.axis !== axis || parts.every(({ begin }) => (begin + dim.offset) % (dim.divide * (dim.modulo ?? 1)) === 0),
  );
  if (!aligned) return undefined;
  const slices = parts.map(({ input, begin }) => ({
    part: tensors.get(call.inputs[input]!)!,
    layout: whole.layout.map((dim) => (dim.axis === axis ? { ...dim, offset: dim.offset + begin } : dim)),
  }));
  return slices.every(({ layout }) => (firstPlace(layout) * bytesOf[whole.dtype]) % sliceBytes === 0) ? slices : undefined;
};
