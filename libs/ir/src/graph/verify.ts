/**
 * What must hold of a graph and of a network between any two passes. Structure only: that a node's operator exists and
 * agrees with the shapes is `lowering/graph/define-calls`' to say. Answers every fault as a sentence; repairs nothing.
 */
import { product } from '@loopsmith/util';
import { layoutFault, layoutSize } from '../tensor/layout.js';
import { outputOf, shapeOf, type Tensor } from '../tensor/tensor.js';
import { verifyDefinition } from '../tensor/verify.js';
import { typeText } from '../dtype.js';
import type { Graph } from './graph.js';
import { callLayout } from './call-layout.js';
import { memoryFaults } from './in-place.js';
import type { Network, NetworkTensor } from './network.js';
import { sliceBegin, slicesByWhole } from './slices.js';

/** Empty when the graph is sound. */
export const verifyGraph = (graph: Graph): readonly string[] => {
  const steps = graph.nodes.map((node) => ({
    name: `node "${node.name}"`,
    inputs: node.inputs.filter((name) => name !== ''),
    outputs: node.outputs.filter((name) => name !== ''),
  }));
  return [...flowFaults(graph, steps), ...repeated(graph.nodes.map((node) => node.name)).map((name) => `two nodes are called "${name}"`)];
};

/** Empty when the network is sound. */
export const verifyNetwork = (network: Network): readonly string[] => {
  const slices = slicesByWhole(network.tensors), names = new Map([...slices].map(([whole, parts]) => [whole, parts.map(({ name }) => name)]));
  const faults = [...flowFaults(network, network.calls.map((call) => ({ name: `call "${call.name}"`, inputs: call.inputs, outputs: [call.output] })), names)];
  for (const [whole, parts] of slices) faults.push(...sliceFaults(network, whole, parts));
  for (const name of repeated(network.calls.map((call) => call.name))) faults.push(`two calls are called "${name}"`);
  for (const tensor of network.tensors.values()) {
    const fault = layoutFault(tensor.layout, tensor.shape);
    if (fault !== undefined) faults.push(`tensor ${tensor.name} cannot be stored as planned: ${fault}`);
    if (tensor.sliceOf === undefined && tensor.layout.some((dim) => dim.offset !== 0)) faults.push(`tensor ${tensor.name} is no slice, yet its layout has an offset`);
  }
  for (const name of [...network.inputs, ...network.outputs]) {
    const tensor = network.tensors.get(name);
    if (tensor && layoutSize(tensor.layout) !== product(tensor.shape)) faults.push(`tensor ${name} belongs to the signature, yet is not stored densely`);
  }
  const memoryFault = memoryFaults(network);
  for (const call of network.calls) {
    const { inputs } = call.definition;
    for (const { message } of verifyDefinition(call.definition)) faults.push(`call "${call.name}": ${message}`);
    if (inputs.length !== call.inputs.length) { faults.push(`call "${call.name}" passes ${call.inputs.length} tensors to ${inputs.length} inputs`); continue; }
    const agree = (name: string, declared: Tensor, when: 'run' | 'compile'): void => {
      const tensor = network.tensors.get(name);
      if (!tensor) return;
      const where = `call "${call.name}" sees ${name} as ${declared.name}`;
      if (tensor.dtype !== declared.dtype) faults.push(`${where} of ${declared.dtype}, but it is ${tensor.dtype}`);
      if ((tensor.data === undefined) !== (when === 'run')) faults.push(`${where}, an input of ${when} time, but its value is ${tensor.data ? 'known' : 'not known'}`);
      if (when === 'run' ? callLayout(tensor, shapeOf(declared)) === undefined : product(tensor.shape) !== product(shapeOf(declared)))
        faults.push(`${where} of shape [${shapeOf(declared).join(',')}], but it has shape [${tensor.shape.join(',')}]`);
    };
    inputs.forEach((input, i) => agree(call.inputs[i]!, input, input.when));
    agree(call.output, outputOf(call.definition), 'run');
    const fault = call.inPlace === null ? undefined : memoryFault(call, call.inPlace);
    if (fault !== undefined) faults.push(`call "${call.name}" would take the memory of ${call.inputs[call.inPlace!] ?? `input ${call.inPlace}`}, ${fault}`);
  }
  return faults;
};

/** The slices of a tensor fill it, each element once. */
const sliceFaults = (network: Network, name: string, parts: readonly NetworkTensor[]): readonly string[] => {
  const whole = network.tensors.get(name);
  if (!whole) return parts.map((part) => `tensor ${part.name} is a slice of ${name}, which is not among the tensors`);
  const boxes = parts.map((part) => ({ part, begin: sliceBegin(network.tensors, part) })), faults: string[] = [];
  for (const [i, { part, begin }] of boxes.entries()) {
    if (part.dtype !== whole.dtype || part.shape.length !== whole.shape.length || part.shape.some((extent, axis) => begin[axis]! < 0 || begin[axis]! + extent > whole.shape[axis]!))
      faults.push(`tensor ${part.name} is no slice of ${name}: it does not lie inside of it`);
    for (const other of boxes.slice(0, i))
      if (part.shape.every((extent, axis) => begin[axis]! < other.begin[axis]! + other.part.shape[axis]! && other.begin[axis]! < begin[axis]! + extent))
        faults.push(`tensors ${other.part.name} and ${part.name} share elements of ${name}`);
  }
  const filled = parts.reduce((sum, part) => sum + product(part.shape), 0);
  return faults.length > 0 || filled === product(whole.shape) ? faults : [`the slices of tensor ${name} make ${filled} of its ${product(whole.shape)} elements`];
};

type Flow = Pick<Graph, 'inputs' | 'outputs' | 'tensors'>;
interface FlowStep { readonly name: string; readonly inputs: readonly string[]; readonly outputs: readonly string[] }

/** Every tensor exists, is made once, and is read only after it was made; the outputs are made, however often each is listed. */
const flowFaults = (flow: Flow, steps: readonly FlowStep[], slices: ReadonlyMap<string, readonly string[]> = new Map()): readonly string[] => {
  const faults: string[] = [];
  const made = new Set<string>(flow.inputs);
  // what has slices is made by them
  const isMade = (name: string): boolean => slices.get(name)?.every(isMade) ?? made.has(name);
  for (const [name, { dtype, shape, data }] of flow.tensors) {
    // nothing computes a tensor without elements, but a signature may name one
    const least = data || flow.inputs.includes(name) ? 0 : 1;
    if (shape.some((extent) => !Number.isInteger(extent) || extent < least))
      faults.push(
        `tensor ${name} has shape [${shape.join(',')}]; every extent must be ${least === 0 ? 'an integer that is not negative' : 'a positive integer'}`,
      );
    if (!data) continue;
    if (made.has(name)) faults.push(`input ${name} has a value`);
    made.add(name);
    if (data.dtype !== dtype || product(data.shape) !== product(shape))
      faults.push(`tensor ${name} is ${typeText({ dtype, shape })}, but its value is ${data.dtype} with ${product(data.shape)} elements`);
  }
  // an output may be listed twice: it is made once, and handed over at both places
  for (const name of repeated(flow.inputs)) faults.push(`input ${name} is listed twice`);
  for (const step of steps) {
    for (const name of step.inputs) {
      if (!isMade(name)) faults.push(`${step.name} reads ${name} before anything makes it`);
      if (flow.tensors.get(name)?.shape.includes(0)) faults.push(`${step.name} reads ${name}, which has no elements`);
    }
    for (const name of step.outputs) {
      if (!flow.tensors.has(name)) faults.push(`${step.name} makes ${name}, which is not among the tensors`);
      if (made.has(name) || slices.has(name)) faults.push(`${step.name} makes ${name} a second time`);
      made.add(name);
    }
  }
  for (const name of flow.inputs) if (!flow.tensors.has(name)) faults.push(`input ${name} is not among the tensors`);
  for (const name of flow.outputs) if (!isMade(name)) faults.push(`nothing makes the output ${name}`);
  for (const name of flow.tensors.keys()) if (!isMade(name)) faults.push(`nothing makes ${name}`);
  return faults;
};

const repeated = (names: readonly string[]): readonly string[] => [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
