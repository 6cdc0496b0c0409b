/**
 * Places every tensor between calls in one arena: tensors that are never alive together share bytes. Greedy by size, the
 * largest first, each at the lowest offset where nothing alive with it lies (Pisarchyk and Lee, "Efficient Memory Management
 * for Deep Neural Net Inference", 2020). Inputs and outputs of the model belong to the caller, constants to the library.
 */
import { bufferOf, bytesOf, layoutSize, type MemoryPlan, type Network } from '@loopsmith/ir';

const alignment = 64;

/**
 * Offsets are multiples of 64. What a kernel may read past the end of a tensor (a register tile's dead points) is never used, so it
 * may be the next tensor; behind the last one whoever makes the arena adds the largest slack of any buffer.
 */
export const planMemory = (network: Network): MemoryPlan => {
  const lives = lifetimes(network).map((life) => {
    const { dtype, layout } = network.tensors.get(life.names[0]!)!;
    return { ...life, bytes: Math.ceil(layoutSize(layout) * bytesOf[dtype] / alignment) * alignment, offset: 0 };
  });
  const placed: typeof lives = [];
  for (const life of lives.toSorted((a, b) => b.bytes - a.bytes || a.begin - b.begin)) {
    const beside = placed.filter((other) => other.begin <= life.end && life.begin <= other.end).sort((a, b) => a.offset - b.offset);
    for (const other of beside) {
      if (life.offset + life.bytes <= other.offset) break;
      life.offset = Math.max(life.offset, other.offset + other.bytes);
    }
    placed.push(life);
  }
  return {
    bytes: Math.max(0, ...placed.map(({ offset, bytes }) => offset + bytes)),
    offsets: new Map(lives.flatMap(({ names, offset }) => names.map((name) => [name, offset] as const))),
  };
};

/** Tensors that have one buffer after another (each computed in place of the one before), and the calls from the first that writes to it to the last that reads any of it. */
interface Life { readonly names: readonly string[]; readonly begin: number; readonly end: number }

const lifetimes = (network: Network): readonly Life[] => {
  const lives = new Map<string, { names: string[]; begin: number; end: number }>();
  const buffer = (name: string): string => bufferOf(network.tensors, network.tensors.get(name)!).name;
  const elsewhere = new Set([...network.inputs, ...network.outputs]);
  network.calls.forEach((call, i) => {
    const made = buffer(call.output), taken = call.inPlace === null ? undefined : lives.get(buffer(call.inputs[call.inPlace]!));
    if (taken) { taken.names.push(made); lives.set(made, taken); }
    else if (!elsewhere.has(made) && !lives.has(made)) lives.set(made, { names: [made], begin: i, end: i });
    for (const name of [made, ...call.inputs.map(buffer)]) { const life = lives.get(name); if (life) life.end = i; }
  });
  return [...new Set(lives.values())];
};
