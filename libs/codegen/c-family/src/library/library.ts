/**
 * The generated parts of a deployable library: network.c, the packed weights and the manifest. Pure: whoever packages the
 * library writes, compiles and links them together with the kernels and the generic runtime of `libs/runtime`.
 */
import type { KernelBuffer, KernelSource } from '@loopsmith/contracts';
import { bytesMoved, bytesOf, bytesOfData, constantBytes, flopsOf, layoutsOfCall, type Call, type MemoryPlan, type Network, type NetworkTensor } from '@loopsmith/ir';
import type { Json } from '@loopsmith/util';
import { manifestOf, type CallFacts, type LayerFacts, type LibrarySizes } from './manifest.js';
import { networkSource, type NetworkTables } from './network-source.js';
import { packedBuffers } from './packed-buffers.js';
import { placeOf, type Place } from './places.js';
import { WeightsWriter } from './weights.js';

export interface LibraryRequest {
  readonly network: Network;
  readonly memory: MemoryPlan;
  /** Per call of the network, in order. */
  readonly kernels: readonly CallKernel[];
  readonly threads: number;
  /** CPU features that the kernels need, as `__builtin_cpu_supports` names them. */
  readonly features: readonly string[];
  readonly target: string;
  /** SHA-256 of the model file. */
  readonly modelHash: string;
  /** What a driver compiles or loads where the library runs: then kernels are launched, each as its source says. */
  readonly deviceCode?: readonly Uint8Array[];
}
export interface CallKernel extends CallFacts { readonly kernel: KernelSource }
export interface LibraryParts {
  /** Text of network.c, to be compiled with `libs/runtime/native` on the include path. */
  readonly source: string;
  /** Contents of the weights file, to be written one after another. */
  readonly weights: readonly Uint8Array[];
  readonly manifest: Json;
  readonly sizes: LibrarySizes;
}

const alignment = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

export const libraryParts = (request: LibraryRequest): LibraryParts => {
  const { network, memory, kernels, threads, features, target, modelHash, deviceCode } = request;
  if (kernels.length !== network.calls.length) throw new Error(`the network makes ${network.calls.length} calls, but there are kernels for ${kernels.length}`);
  const weights = new WeightsWriter();
  const { calls, temporaryBytes, slackBytes, scratchBytes, overread } = placedCalls(request, weights);
  const inputs = network.inputs.map((name) => tensorOf(network, name));
  const outputs = network.outputs.map((name) => {
    const tensor = tensorOf(network, name);
    const source: Place = tensor.data ? { memory: 'weights', index: 0, offset: weights.add(bytesOfData(tensor.data)) } : placeOf(network, memory, tensor, tensor.layout);
    return { ...tensor, source };
  });
  const { payloadBytes: weightsBytes, checksum, parts } = weights.finish(), arenaBytes = aligned(memory.bytes) + temporaryBytes;
  const sizes: LibrarySizes = { weightBytes: weightsBytes, addedWeightBytes: weightsBytes - constantBytes(network), arenaBytes, scratchBytes };
  const layers = network.calls.map((call, i) => layerOf(network, call, kernels[i]!));
  return {
    source: networkSource({
      threads, features, inputs, outputs, calls, overread, slackBytes, arenaBytes, scratchBytes, weightsBytes, checksum, ...(deviceCode ? { deviceCode } : {}),
    }),
    weights: parts,
    manifest: manifestOf({ model: modelHash, target, threads, features, inputs, outputs, calls: kernels, layers, sizes }),
    sizes,
  };
};

interface PlacedCalls extends Pick<NetworkTables, 'calls' | 'slackBytes' | 'scratchBytes' | 'overread'> {
  /** What the temporaries of one call take behind the planned arena: the largest need of any. */
  readonly temporaryBytes: number;
}

/** Every kernel of every call with the places of its buffers; what is known when the library is built goes to `weights`. */
const placedCalls = ({ network, memory, kernels }: LibraryRequest, weights: WeightsWriter): PlacedCalls => {
  let temporaryBytes = 0, slackBytes = 0, scratchBytes = 0;
  const overread = { input: new Set<number>(), output: new Set<number>() };
  const calls = kernels.flatMap(({ kernel }, i) => {
    const call = network.calls[i]!;
    const tensorAt = (name: string): NetworkTensor => {
      const input = kernel.rewritten.inputs.findIndex((one) => one.name === name);
      return tensorOf(network, input < 0 ? call.output : call.inputs[input]!);
    };
    const compiled = packedBuffers(network, call, kernel.rewritten, kernel.buffers.filter((buffer) => isConstant(buffer, tensorAt)));
    // calls run one after another, so their temporaries share what follows the planned arena
    let temporaries = 0;
    const place = (buffer: KernelBuffer): Place => {
      slackBytes = Math.max(slackBytes, buffer.slack * bytesOf[buffer.dtype]);
      const bytes = compiled.get(buffer.tensor);
      if (bytes) return { memory: 'weights', index: 0, offset: weights.add(bytes) };
      if (buffer.role !== 'temporary') {
        const found = placeOf(network, memory, tensorAt(buffer.tensor), buffer.layout);
        if (buffer.slack > 0 && (found.memory === 'input' || found.memory === 'output')) overread[found.memory].add(found.index);
        return found;
      }
      const offset = aligned(memory.bytes) + temporaries;
      temporaries += aligned((buffer.size + buffer.slack) * bytesOf[buffer.dtype]);
      return { memory: 'arena', index: 0, offset };
    };
    const buffers = kernel.buffers.map(place);
    temporaryBytes = Math.max(temporaryBytes, temporaries);
    scratchBytes = Math.max(scratchBytes, kernel.scratchBytes);
    return kernel.symbols.map((symbol, s) => ({ symbol, buffers, ...(kernel.launches ? { launch: kernel.launches[s]! } : {}) }));
  });
  return { calls, temporaryBytes, slackBytes, scratchBytes, overread };
};

const layerOf = (network: Network, call: Call, { kernel }: CallKernel): LayerFacts => {
  const { definition, name } = call;
  return { name, kernels: kernel.symbols.length, flops: flopsOf(definition), bytes: bytesMoved(definition, layoutsOfCall(network, call)) };
};

/** Compile-time buffers, and run-time inputs whose value happens to be known. */
const isConstant = (buffer: KernelBuffer, tensorAt: (name: string) => NetworkTensor): boolean =>
  buffer.role === 'compile' || (buffer.role === 'input' && tensorAt(buffer.tensor).data !== undefined);

const tensorOf = (network: Network, name: string): NetworkTensor => {
  const tensor = network.tensors.get(name);
  if (!tensor) throw new Error(`the network has no tensor ${name}`);
  return tensor;
};
