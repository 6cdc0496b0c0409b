/**
 * Lets a call write over an operand that nobody reads after it: the shortcut of a residual sum, the operand of an elementwise
 * call. Each element is read where its own result is stored and nowhere else, so no order of the points can go wrong; the
 * task says that the two share memory, and its kernel promises the compiler nothing about them. Memory of the signature,
 * constants and slices are left alone.
 */
import { callLayout, gathersOf, outputOf, readsOf, sameIndex, sameLayout, shapeOf, slicesByWhole, variable, visitLoads, type Call, type Definition, type Network } from '@loopsmith/ir';

export const computeInPlace = (network: Network): Network => {
  const { inputs, outputs, tensors } = network;
  const wholes = slicesByWhole(tensors), lastReader = new Map<string, Call>();
  for (const call of network.calls) for (const name of call.inputs) lastReader.set(name, call);
  const isOwn = (name: string): boolean => !inputs.includes(name) && !outputs.includes(name) && !wholes.has(name) && tensors.get(name)!.sliceOf === undefined && !tensors.get(name)!.data;
  return {
    ...network,
    calls: network.calls.map((call) => {
      if (!isOwn(call.output)) return call;
      const made = tensors.get(call.output)!, seen = callLayout(made, shapeOf(outputOf(call.definition)));
      const at = call.inputs.findIndex((name, i) => {
        const operand = tensors.get(name)!, as = callLayout(operand, call.definition.inputs[i]!.shape);
        return isOwn(name) && lastReader.get(name) === call && call.inputs.indexOf(name) === call.inputs.lastIndexOf(name)
          && operand.dtype === made.dtype && as && seen && sameLayout(as, seen) && isReadWhereStored(call.definition, i);
      });
      return at < 0 ? call : { ...call, inPlace: at };
    }),
  };
};

/** Whether the output stage alone reads the input, each element at its own point, and no index is read from it. */
const isReadWhereStored = (definition: Definition, input: number): boolean => {
  const output = outputOf(definition), { name } = definition.inputs[input]!;
  if (output.reduce || definition.stages.some((stage) => stage !== output && readsOf(stage.value).has(name))) return false;
  let loads = 0, elsewhere = gathersOf(output.value).some(({ buffer }) => buffer === name);
  visitLoads(output.value, ({ tensor, at }) => {
    if (tensor !== name) return;
    loads++;
    if (!at.every((index, axis) => sameIndex(index, variable(output.axes[axis]!)))) elsewhere = true;
  });
  return loads > 0 && !elsewhere;
};
