/**
 * Whether a call may write over an operand that nobody reads after it. Each element is then read where its own result is stored
 * and nowhere else, so no order of the points can go wrong. Memory of the signature, constants and slices are left alone.
 * Decides what is sound; which operand a call takes is a pass's choice.
 */
import { gathersOf, loadsOf, outputOf, readsOf, shapeOf, type Definition } from '../tensor/tensor.js';
import { sameIndex, variable } from '../index/index-expression.js';
import { sameLayout } from '../tensor/layout.js';
import { callLayout } from './call-layout.js';
import type { Call, Network } from './network.js';
import { slicesByWhole } from './slices.js';

/** Answers why a call of the network may not take the memory of its operand at a position, as what follows "would take the memory of x, "; undefined where it may. */
export const memoryFaults = (network: Network): ((call: Call, position: number) => string | undefined) => {
  const { inputs, outputs, tensors } = network, wholes = slicesByWhole(tensors), lastReader = new Map<string, Call>();
  for (const call of network.calls) for (const name of call.inputs) lastReader.set(name, call);
  const shared = (name: string): string | undefined => {
    const tensor = tensors.get(name);
    if (!tensor) return `and ${name} is not among the tensors`;
    if (inputs.includes(name) || outputs.includes(name)) return `and ${name} belongs to the signature`;
    if (tensor.data) return `and ${name} is a constant`;
    return wholes.has(name) || tensor.sliceOf !== undefined ? `and ${name} shares its memory with slices` : undefined;
  };
  return (call, position) => {
    const name = call.inputs[position], input = call.definition.inputs[position];
    if (name === undefined || !input) return `of which it has ${call.inputs.length}`;
    const fault = shared(name) ?? shared(call.output);
    if (fault !== undefined) return fault;
    const operand = tensors.get(name)!, made = tensors.get(call.output)!, last = lastReader.get(name)!;
    if (last !== call) return `which call "${last.name}" reads after it`;
    if (call.inputs.indexOf(name) !== call.inputs.lastIndexOf(name)) return 'which it reads as another operand too';
    if (operand.dtype !== made.dtype) return `which holds ${operand.dtype}, while ${made.name} holds ${made.dtype}`;
    const read = callLayout(operand, input.shape), stored = callLayout(made, shapeOf(outputOf(call.definition)));
    if (!read || !stored || !sameLayout(read, stored)) return `whose elements do not lie where those of ${made.name} do`;
    return isReadWhereStored(call.definition, position) ? undefined : 'of which it reads elements elsewhere than where their results are stored';
  };
};

/** Whether the output stage alone reads the input, each element at its own point, and no index is read from it. */
const isReadWhereStored = (definition: Definition, input: number): boolean => {
  const output = outputOf(definition), { name } = definition.inputs[input]!;
  if (output.reduce || definition.stages.some((stage) => stage !== output && readsOf(stage.value).has(name))) return false;
  const loads = loadsOf(output.value).filter(({ tensor }) => tensor === name);
  return loads.length > 0 && loads.every(({ at }) => at.every((index, axis) => sameIndex(index, variable(output.axes[axis]!))))
    && gathersOf(output.value).every(({ buffer }) => buffer !== name);
};
